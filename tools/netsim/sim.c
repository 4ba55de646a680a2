// SPDX-License-Identifier: MIT
/*
 * One run from its seed; see sim.h. What must hold at the end: every flow is
 * over, no stack knows a connection any more, all buffers are given back, the
 * counters add up, and no reset was sent where nothing can have gone astray.
 */
#include "tools/netsim/sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/bytes.h"
#include "lib/string.h"
#include "net/tcp/conn.h"
#include "net/wire/checksum.h"
#include "net/wire/ethernet.h"
#include "tools/netsim/capture.h"
#include "tools/netsim/flow.h"
#include "tools/netsim/port_host.h"
#include "tools/netsim/talk.h"
#include "tools/netsim/watch.h"

#define SEC NSEC_PER_SEC
/* After the last close: TIME-WAIT, FIN-WAIT-2, an orphan's retransmissions. */
#define AFTERWARDS (900 * SEC)
#define LONGEST (86400 * SEC) /* a bad wire and Karn's rule: slow, by right */

void sim_fail(struct sim *sim, const char *fmt, ...)
{
	va_list args;
	int n;

	n = snprintf(sim->failure, sizeof sim->failure,
		     "at %.6f s: ", (double)(sim->w->now - WORLD_START) / 1e9);
	va_start(args, fmt);
	vsnprintf(sim->failure + n, sizeof sim->failure - (size_t)n, fmt, args);
	va_end(args);
	for (int i = 0; i < sim->host_count; i++)
		capture_flush(sim->hosts[i]->capture);
	longjmp(sim->failed, 1);
}

uint32_t sim_random(struct sim *sim, uint32_t below)
{
	return world_random(sim->w, below);
}

bool sim_once_in(struct sim *sim, uint32_t n)
{
	return sim_random(sim, n) == 0;
}

/* ---- what the wires tell ---- */

static void excuse(struct sim *sim, const struct frame *frame)
{
	struct flow *flow = watch_flow(sim, frame);

	if (!flow)
		return;
	law_excuse(&flow->handshake);
	law_excuse(&flow->client.law);
	law_excuse(&flow->server.law);
}

static void frame_lost(struct world *w, const struct frame *frame)
{
	struct sim *sim = w->context;

	sim->lost++;
	if (sim->sabotage != SABOTAGE_SILENCE)
		excuse(sim, frame);
}

static void mix(struct sim *sim, const struct frame *frame)
{
	uint64_t h = sim->hash ^ (uint64_t)frame->time;

	for (uint32_t i = 0; i + 8 <= frame->length; i += 8) {
		uint64_t v;

		memcpy(&v, frame->bytes + i, 8);
		h = (h ^ v) * 0x9e3779b97f4a7c15ull;
		h ^= h >> 29;
	}
	sim->hash = h + frame->length;
}

static void frame_sent(struct world *w, const struct frame *frame)
{
	struct sim *sim = w->context;

	sim->frames++;
	mix(sim, frame);
	watch_frame(sim, frame);
}

static bool work(struct world *w)
{
	return flows_work(w->context);
}

/* ---- sabotage: what a broken stack might do ---- */

static void finish_tcp(struct frame *frame, uint32_t at)
{
	uint8_t *ip = frame->bytes + 14;
	struct net_addr src = addr_ip4(get_be32(ip + 12));
	struct net_addr dst = addr_ip4(get_be32(ip + 16));
	uint64_t sum = checksum_pseudo(&src, &dst, 6, frame->length - at);

	put_be16(frame->bytes + at + 16, 0);
	checksum_store(frame->bytes + at + 16,
		       checksum_finish(checksum_add(sum, frame->bytes + at,
						    frame->length - at)));
}

static void sabotage_segment(struct sim *sim, struct frame *frame)
{
	uint8_t *tcp = frame->bytes + 34;
	uint32_t data = 34 + (tcp[12] >> 4) * 4u;

	if (sim->sabotage == SABOTAGE_FORGE && frame->length > data + 8)
		frame->bytes[data + 7] ^= 0x40;
	else if (sim->sabotage == SABOTAGE_RESET && frame->length > data)
		tcp[13] |= 0x04;
	else if (sim->sabotage == SABOTAGE_OVERRUN && !(tcp[13] & 2))
		put_be16(tcp + 14, 0xffff);
	else
		return;
	sim->sabotaged = sim->sabotage != SABOTAGE_OVERRUN;
	finish_tcp(frame, 34);
}

static void repeat(struct sim *sim, const struct frame *frame)
{
	for (int i = 0; i < sim->host_count; i++)
		if (!memcmp(sim->hosts[i]->netif.mac, frame->bytes, 6))
			host_inject(sim->hosts[i], frame->bytes, frame->length);
	sim->sabotaged = true;
}

static bool sabotage(struct wire *wire, const struct frame *frame)
{
	struct sim *sim = wire->context;
	struct frame *f = (struct frame *)frame;
	struct flow *flow = watch_flow(sim, frame);

	if (sim->sabotage == SABOTAGE_REPEAT && !sim->sabotaged &&
	    talk_frame(frame))
		repeat(sim, frame);
	if (!flow || flow->reset_asked)
		return false;
	if (sim->sabotage == SABOTAGE_SILENCE && flow->accepted) {
		sim->sabotaged = true;
		return flow->server.connected;
	}
	/* A new checksum must not hide what the wire did. */
	if (!sim->sabotaged && flow->accepted && !frame->corrupted)
		sabotage_segment(sim, f);
	return false;
}

static void set_sabotage(struct sim *sim)
{
	for (int i = 0; sim->sabotage && i < sim->host_count; i++) {
		sim->hosts[i]->wire_in.drop = sabotage;
		sim->hosts[i]->wire_in.context = sim;
	}
}

/* ---- the end ---- */

static bool all_over(void *context)
{
	struct sim *sim = context;

	for (int i = 0; i < sim->flow_count; i++)
		if (!flow_over(sim->flows[i]))
			return false;
	return talk_over(sim->talk);
}

static bool all_quiet(void *context)
{
	struct sim *sim = context;

	for (int i = 0; i < sim->host_count; i++) {
		struct tcp_stack *tcp = sim->hosts[i]->net->tcp;

		if (tcp->alive || tcp->time_wait_count)
			return false;
	}
	return port_host_buffer_bytes() == 0 && heap_empty(&sim->w->frames);
}

static void check_counters(struct sim *sim, struct host *h)
{
	const struct stage_counters *c = &h->net->counters;
	uint64_t sum = c->delivered + c->consumed + c->held + c->sent;
	uint64_t drops = 0;

	for (int i = 0; i < REASON_COUNT; i++)
		drops += c->dropped[i];
	if (sum + drops != c->submitted)
		sim_fail(sim, "host %d: %llu packets, %llu ends",
			 h->netif.mac[5], (unsigned long long)c->submitted,
			 (unsigned long long)(sum + drops));
	if (h->netif.stats.rx_packets != h->frames_in)
		sim_fail(sim, "host %d: %llu frames came, %llu are counted",
			 h->netif.mac[5], (unsigned long long)h->frames_in,
			 (unsigned long long)h->netif.stats.rx_packets);
	if (h->netif.stats.tx_packets != h->frames_out)
		sim_fail(sim, "host %d: %llu frames left, %llu are counted",
			 h->netif.mac[5], (unsigned long long)h->frames_out,
			 (unsigned long long)h->netif.stats.tx_packets);
}

static void check_resets(struct sim *sim)
{
	uint64_t resets = 0;

	for (int i = 0; i < sim->flow_count; i++)
		if (sim->flows[i]->reset_asked)
			return;
	for (int i = 0; i < sim->host_count; i++)
		resets += sim->hosts[i]->net->stats.tcp.out_rsts;
	for (int i = 0; i < sim->host_count; i++)
		sim->lost +=
			sim->hosts[i]->net->counters.dropped[REASON_TCP_MEMORY];
	if (sim->clean && !sim->cookies && !sim->lost && resets)
		sim_fail(sim, "%llu resets that nobody asked for",
			 (unsigned long long)resets);
}

static void say_leftover(struct sim *sim)
{
	for (int i = 0; i < sim->host_count; i++) {
		struct tcp_stack *tcp = sim->hosts[i]->net->tcp;

		if (tcp->alive || tcp->time_wait_count)
			sim_fail(sim,
				 "host %d: %u connections and %u in "
				 "TIME-WAIT do not end",
				 i + 1, tcp->alive, tcp->time_wait_count);
	}
	sim_fail(sim, "%ld bytes of buffers are not given back",
		 port_host_buffer_bytes());
}

static void finish(struct sim *sim)
{
	for (int i = 0; i < sim->flow_count; i++)
		if (sim->verbose)
			flow_describe(sim->flows[i]);
	flow_unlisten(sim);
	talk_close(sim);
	if (sim->sabotage == SABOTAGE_LEAK)
		sim->sabotaged = port_buf_alloc(100) != NULL;
	if (!world_run_until(sim->w, AFTERWARDS, all_quiet, sim))
		say_leftover(sim);
	for (int i = 0; i < sim->host_count; i++)
		check_counters(sim, sim->hosts[i]);
	check_resets(sim);
}

static void run(struct sim *sim)
{
	long leaked;

	plan_make(sim);
	set_sabotage(sim);
	for (int i = 0; sim->capture && i < sim->host_count; i++) {
		char path[300];

		snprintf(path, sizeof path, "%s.host%d.pcapng", sim->capture,
			 i + 1);
		host_capture(sim->hosts[i], path);
	}
	if (!world_run_until(sim->w, LONGEST, all_over, sim))
		sim_fail(sim, "flows do not end");
	finish(sim);
	leaked = world_end(sim->w);
	if (leaked) {
		snprintf(sim->failure, sizeof sim->failure,
			 "%ld objects are not given back", leaked);
		longjmp(sim->failed, 1);
	}
}

int sim_run(struct sim *sim, uint64_t seed)
{
	sim->w = world_new(seed);
	sim->w->context = sim;
	sim->w->frame_lost = frame_lost;
	sim->w->frame_sent = frame_sent;
	sim->w->work = work;
	sim->w->record = sim->record;
	list_init(&sim->ready);
	if (setjmp(sim->failed))
		return 1;
	run(sim);
	for (int i = 0; i < sim->flow_count; i++)
		free(sim->flows[i]);
	free(sim->talk);
	return 0;
}
