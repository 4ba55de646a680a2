// SPDX-License-Identifier: MIT
/*
 * Goodput of one bulk transfer over a path with random loss, beside what theory
 * says of its congestion control. One line for each of (Reno, CUBIC) x RTT x
 * loss; docs/goodput.md explains the columns.
 *
 * Theory, in segments a round trip, for a loss probability p:
 *	Mathis, Semke, Mahdavi, Ott 1997 (Reno): sqrt(3/2) / sqrt(p)
 *	RFC 9438 5.1 (CUBIC): 1.054 RTT^(3/4) / p^(3/4), and in its
 *	Reno-friendly region (4.3) as much as Reno; the greater of both
 *	Padhye, Firoiu, Towsley, Kurose 1998: the same with the time that
 *	retransmission timeouts take; it matters at 5 %
 * and never more than the wire carries.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/errno.h"
#include "tools/netsim/world.h"

#define MS NSEC_PER_MSEC
#define SEC NSEC_PER_SEC
#define RATE 100000000ull /* bits a second */
#define TCP 6
#define TCP_CONGESTION 13
#define MSS 1448.0
#define SHARE (1448.0 / 1514.0) /* payload of a full frame */

struct row {
	const char *control;
	nsec_t rtt;
	uint32_t loss; /* millionths */
	double measured; /* bits a second */
};

struct bulk {
	struct endpoint *out, *in;
	uint64_t got;
};

/* Writes as long as there is room, reads what there is. */
static bool pump(struct world *w)
{
	struct bulk *b = w->context;
	struct frag_span span;
	bool any = false;

	if (!b->in || !b->out)
		return false;
	while (frag_ring_reserve(&b->out->tx, 65536, &span) == 0) {
		frag_ring_commit(&b->out->tx, span.length);
		any = true;
	}
	if (any)
		endpoint_kick(b->out);
	for (;;) {
		frag_ring_span(&b->in->rx, b->got, &span);
		if (!span.length)
			break;
		b->got += span.length;
		frag_ring_release(&b->in->rx, b->got);
		endpoint_consumed(b->in);
		any = true;
	}
	return any;
}

static void choose(struct host *h, struct endpoint *ep, const char *control)
{
	struct endpoint_request r = { .op = EP_OP_SETSOCKOPT,
				      .level = TCP,
				      .option = TCP_CONGESTION,
				      .value = (void *)control,
				      .length = (uint32_t)strlen(control) };

	if (host_request(h, ep, &r))
		fprintf(stderr, "no congestion control %s\n", control);
}

static double measure(const struct row *row, uint64_t seed)
{
	struct wire out = { .delay = row->rtt / 2,
			    .loss = row->loss,
			    .bits_per_second = RATE,
			    .cut = true };
	struct wire back = { .delay = row->rtt / 2 };
	struct world *w = world_new(seed);
	struct host *a, *b;
	struct endpoint *listener;
	struct bulk bulk = { 0 };
	nsec_t time = MAX(30 * SEC, 600 * row->rtt);
	uint64_t before;

	/* One bandwidth-delay product, as routers have. */
	out.queue_bytes =
		(uint32_t)(RATE / 8 * (uint64_t)row->rtt / SEC) + 10000;
	a = host_with(w, "10.0.0.1", 24,
		      NETIF_TX_CHECKSUM | NETIF_TSO4 | NETIF_TSO6, 1500);
	b = host_with(w, "10.0.0.2", 24, 0, 1500);
	hosts_join(a, b);
	a->wire = out;
	b->wire = back;
	listener = host_socket(b, NET_IP4, NET_SOCK_STREAM, 0);
	host_bind(b, listener, "10.0.0.2", 80);
	host_listen(b, listener, 1);
	bulk.out = host_socket(a, NET_IP4, NET_SOCK_STREAM, 0);
	choose(a, bulk.out, row->control);
	host_connect(a, bulk.out, "10.0.0.2", 80);
	for (int i = 0; i < 10000 && !bulk.in; i++) {
		world_run(w, row->rtt);
		bulk.in = endpoint_accept(listener);
	}
	w->context = &bulk;
	w->work = pump;
	/* Slow start is not what the formulas are about. */
	world_run(w, time / 3);
	before = bulk.got;
	world_run(w, time);
	return (double)(bulk.got - before) * 8 / ((double)time / SEC);
}

/* ---- theory ---- */

static double reno_window(double p)
{
	return sqrt(1.5 / p);
}

static double cubic_window(double p, double rtt)
{
	return MAX(1.054 * pow(rtt / p, 0.75), reno_window(p));
}

/* How much of the time is left by timeouts of 200 ms (Padhye et al., b = 1). */
static double padhye_share(double p, double rtt)
{
	double round = rtt * sqrt(2 * p / 3);
	double timeout = (0.2 + rtt) * MIN(1.0, 3 * sqrt(3 * p / 8)) * p *
			 (1 + 32 * p * p);

	return round / (round + timeout);
}

static double theory(const struct row *row, double *with_timeouts)
{
	double p = row->loss / 1e6, rtt = (double)row->rtt / SEC;
	double most = (double)RATE * SHARE, rate;

	*with_timeouts = most;
	if (!row->loss)
		return most;
	rate = !strcmp(row->control, "reno") ? reno_window(p) :
					       cubic_window(p, rtt);
	rate *= MSS * 8 / rtt;
	*with_timeouts = MIN(most, rate * padhye_share(p, rtt));
	return MIN(most, rate);
}

/* ---- the table ---- */

static struct row *rows;
static int row_count;

static void add_rows(void)
{
	static const char *const controls[] = { "reno", "cubic" };
	static const int rtts[] = { 10, 50, 200 };
	static const uint32_t losses[] = { 0, 1000, 10000, 50000 };

	for (size_t c = 0; c < ARRAY_LEN(controls); c++)
		for (size_t r = 0; r < ARRAY_LEN(rtts); r++)
			for (size_t l = 0; l < ARRAY_LEN(losses); l++)
				rows[row_count++] =
					(struct row){ .control = controls[c],
						      .rtt = rtts[r] * MS,
						      .loss = losses[l] };
}

static void measure_row(struct row *row)
{
	int seeds = row->loss ? 4 : 1;
	double sum = 0;

	for (int i = 1; i <= seeds; i++)
		sum += measure(row, (uint64_t)i * 7919);
	row->measured = sum / seeds;
}

/* Each worker takes every second row. */
static void measure_all(int jobs)
{
	for (int j = 0; j < jobs; j++) {
		if (fork() == 0) {
			for (int i = j; i < row_count; i += jobs)
				measure_row(&rows[i]);
			_exit(0);
		}
	}
	while (wait(NULL) > 0)
		;
}

int main(int argc, char **argv)
{
	rows = mmap(NULL, 100 * sizeof *rows, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	add_rows();
	measure_all(argc > 1 ? atoi(argv[1]) : 2);
	printf("%-7s %6s %7s %10s %10s %6s %10s %6s\n", "control", "RTT/ms",
	       "loss/%", "Mbit/s", "formula", "ratio", "timeouts", "ratio");
	for (int i = 0; i < row_count; i++) {
		struct row *row = &rows[i];
		double late, rate = theory(row, &late);

		printf("%-7s %6lld %7.1f %10.3f %10.3f %6.2f %10.3f %6.2f\n",
		       row->control, (long long)(row->rtt / MS),
		       row->loss / 1e4, row->measured / 1e6, rate / 1e6,
		       row->measured / rate, late / 1e6, row->measured / late);
	}
	return 0;
}
