// SPDX-License-Identifier: MIT
/* The law of standing still; see law.h. */
#include "tools/netsim/law.h"

#include "tools/netsim/flow.h"

#define SEC NSEC_PER_SEC
#define AFTER_LOST_SYN (3 * SEC) /* RFC 6298 5.7 */
#define DELAYS (1 * SEC) /* delayed ACKs (RFC 1122: 0.5 s), Nagle, cork */
#define EXCUSES 3
#define MOST (2 * 120 * SEC) /* RFC 6298 2.5: at least 60 s */

static void broken(struct law *law)
{
	sim_fail(law->sim,
		 "flow %d: %s stands still for %lld ms, %lld ms are allowed",
		 law->flow->number, law->what,
		 (long long)((law->sim->w->now - law->since) / NSEC_PER_MSEC),
		 (long long)(law->allowed / NSEC_PER_MSEC));
}

static void ring(struct alarm *alarm)
{
	struct law *law = container_of(alarm, struct law, alarm);

	if (!law->watching)
		return;
	if (!law->excused && !flow_excused(law->flow))
		broken(law);
	if (law->excused && ++law->excuses == EXCUSES) {
		flow_doom(law->flow);
		return;
	}
	law->excused = false;
	law->since = law->sim->w->now;
	law->allowed = MAX(law->allowed * 2, 3 * (law->since - law->started));
	law->allowed = MIN(law->allowed, MOST) + law->base;
	alarm_set(law->sim->w, &law->alarm, law->since + law->allowed);
}

void law_init(struct law *law, struct sim *sim, struct flow *flow,
	      const char *what)
{
	nsec_t rtt = 2 * sim->slowest;

	law->sim = sim;
	law->flow = flow;
	law->what = what;
	law->base = 2 * MAX(AFTER_LOST_SYN, 5 * rtt) + 2 * rtt + DELAYS;
	law->alarm.ring = ring;
	heap_node_init(&law->alarm.due);
}

static void begin(struct law *law, nsec_t allowed)
{
	law->watching = true;
	law->excused = law->lost_at &&
		       law->sim->w->now - law->lost_at < allowed;
	law->excuses = 0;
	law->since = law->started = law->sim->w->now;
	law->allowed = allowed;
	alarm_set(law->sim->w, &law->alarm, law->since + allowed);
}

void law_watch(struct law *law, nsec_t idle)
{
	if (!law->watching)
		begin(law, law->base + MAX(law->echo, 2 * idle));
}

void law_progress(struct law *law, bool more)
{
	nsec_t stall = law->watching ? law->sim->w->now - law->started : 0;

	law->echo = MAX(law->echo / 8 * 7, 3 * stall);
	if (more)
		begin(law, law->base + law->echo);
	else
		law_stop(law);
}

void law_excuse(struct law *law)
{
	law->excused = true;
	law->lost_at = law->sim->w->now;
}

void law_stop(struct law *law)
{
	law->watching = false;
	alarm_stop(law->sim->w, &law->alarm);
}
