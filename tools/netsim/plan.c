// SPDX-License-Identifier: MIT
/*
 * Everything that a seed decides, in one place: hosts, wires, settings, flows
 * with their sizes, options and ends, and the datagrams beside them. The sizes
 * are chosen so that a seed takes some ten milliseconds of a CPU.
 */
#include <stdlib.h>

#include "lib/format.h"
#include "lib/string.h"
#include "tools/netsim/flow.h"
#include "tools/netsim/talk.h"

#define MS NSEC_PER_MSEC
#define SEC NSEC_PER_SEC
#define OFFLOAD (NETIF_TX_CHECKSUM | NETIF_TSO4 | NETIF_TSO6)

#define TCP 6
#define TCP_NODELAY 1
#define TCP_MAXSEG 2
#define TCP_CORK 3
#define TCP_KEEPIDLE 4
#define TCP_KEEPINTVL 5
#define TCP_QUICKACK 12
#define TCP_CONGESTION 13
#define TCP_NOTSENT_LOWAT 25

/* ---- wires ---- */

static uint32_t up_to(struct sim *sim, uint32_t most)
{
	return most ? sim_random(sim, most + 1) : 0;
}

/* Evenly over the orders of magnitude. */
static uint32_t spread(struct sim *sim, uint32_t most)
{
	uint32_t limit = most >> sim_random(sim, 8);

	return up_to(sim, limit);
}

/* How bad the wires of this run are. */
struct weather {
	bool clean, burst, reorder, duplicate, corrupt, jitter, slow, cut;
	bool repack;
	uint32_t loss; /* millionths, at most */
	nsec_t delay;
};

static struct weather weather(struct sim *sim)
{
	struct weather x = { 0 };
	static const uint32_t losses[] = {
		0, 1000, 10000, 20000, 50000, 100000
	};

	x.delay = (nsec_t)spread(sim, 100) * MS + up_to(sim, 1000000);
	x.cut = !sim_once_in(sim, 4);
	x.slow = sim_once_in(sim, 3);
	x.jitter = sim_once_in(sim, 3);
	x.clean = sim_once_in(sim, 6);
	if (x.clean)
		return x;
	x.loss = losses[sim_random(sim, ARRAY_LEN(losses))];
	x.burst = sim_once_in(sim, 4);
	x.reorder = sim_once_in(sim, 3);
	x.duplicate = sim_once_in(sim, 4);
	x.corrupt = sim_once_in(sim, 5);
	x.repack = sim_once_in(sim, 3);
	return x;
}

static struct wire draw_wire(struct sim *sim, const struct weather *x)
{
	struct wire wire = { 0 };

	wire.delay = x->delay / 2 + up_to(sim, (uint32_t)(x->delay / 2));
	wire.cut = x->cut;
	if (x->jitter)
		wire.jitter = up_to(sim, (uint32_t)(5 * MS));
	if (x->slow) {
		wire.bits_per_second = 300000 + spread(sim, 100000000);
		wire.queue_bytes = 20000 + spread(sim, 200000);
	}
	wire.loss = up_to(sim, x->loss);
	if (x->burst) {
		wire.burst_enter = up_to(sim, 10000);
		wire.burst_leave = 50000 + up_to(sim, 500000);
		/* A few frames a second must not make it last for minutes. */
		wire.burst_longest = up_to(sim, (uint32_t)(2 * SEC));
		wire.burst_loss = 300000 + up_to(sim, 700000);
	}
	if (x->reorder) {
		wire.reorder = up_to(sim, 100000);
		wire.reorder_delay = up_to(sim, (uint32_t)(20 * MS));
	}
	if (x->duplicate)
		wire.duplicate = up_to(sim, 50000);
	if (x->repack)
		wire.repack = up_to(sim, 50000);
	if (x->corrupt)
		wire.corrupt = up_to(sim, 20000);
	return wire;
}

static void draw_hosts(struct sim *sim, const struct weather *x)
{
	uint32_t mtu = sim_once_in(sim, 3) ? 576 + sim_random(sim, 925) : 1500;

	sim->host_count = 2 + (int)spread(sim, SIM_HOSTS - 2);
	if (sim_once_in(sim, 12))
		mtu = 9000;
	for (int i = 0; i < sim->host_count; i++) {
		struct wire out = draw_wire(sim, x), in = draw_wire(sim, x);
		uint32_t features = sim_once_in(sim, 2) ? OFFLOAD : 0;
		char text[20];

		in.cut = false; /* what is left whole stays whole */
		format_to(text, sizeof text, "10.0.0.%d", i + 1);
		sim->hosts[i] = host_with(sim->w, text, 24, features, mtu);
		host_plug(sim->hosts[i], &out, &in);
		sim->slowest =
			MAX(sim->slowest, wire_slowest(&out, 66000) +
						  wire_slowest(&in, 66000));
		sim->duplicates |= out.duplicate || in.duplicate;
	}
	/* A jittery or full wire drops and delays, too. */
	sim->clean = x->clean && !x->slow && !x->jitter;
}

/* ---- settings ---- */

/* A setting that does not exist (yet) changes nothing. */
static void draw_settings(struct sim *sim, struct host *h)
{
	static const struct {
		const char *path;
		const char *values[4];
	} settings[] = {
		{ "net/ipv4/tcp_sack", { "0", "1", "1", "1" } },
		{ "net/ipv4/tcp_timestamps", { "0", "1", "2", "1" } },
		{ "net/ipv4/tcp_window_scaling", { "0", "1", "1", "1" } },
		{ "net/ipv4/tcp_rmem",
		  { "4096 8192 16384", "4096 131072 6291456",
		    "4096 20000 6291456", "4096 131072 262144" } },
		{ "net/ipv4/tcp_wmem",
		  { "4096 8192 16384", "4096 16384 4194304", "4096 65536 65536",
		    "4096 16384 4194304" } },
		{ "net/ipv4/tcp_mem",
		  { "1 2 3", "4 6 8", "16 24 32", "64 96 128" } },
		{ "net/ipv4/tcp_fin_timeout", { "5", "60", "60", "60" } },
		{ "net/ipv4/tcp_ecn", { "0", "1", "2", "2" } },
		{ "net/ipv4/tcp_dsack", { "0", "1", "1", "1" } },
		{ "net/ipv4/tcp_recovery", { "0", "1", "1", "1" } },
		{ "net/ipv4/tcp_early_retrans", { "0", "3", "3", "3" } },
		{ "net/ipv4/tcp_frto", { "0", "2", "2", "2" } },
		{ "net/ipv4/tcp_slow_start_after_idle",
		  { "0", "1", "1", "1" } },
		{ "net/ipv4/tcp_mtu_probing", { "0", "1", "2", "0" } },
		{ "net/ipv4/tcp_moderate_rcvbuf", { "0", "1", "1", "1" } },
		{ "net/ipv4/tcp_autocorking", { "0", "1", "1", "1" } },
		{ "net/ipv4/tcp_thin_linear_timeouts", { "1", "0", "0", "0" } },
		{ "net/ipv4/tcp_congestion_control",
		  { "reno", "cubic", "cubic", "cubic" } },
	};

	for (size_t i = 0; i < ARRAY_LEN(settings); i++)
		if (sim_once_in(sim, 3))
			host_tune(h, settings[i].path,
				  settings[i].values[sim_random(sim, 4)]);
}

static void set_text(struct host *h, struct endpoint *ep, int name,
		     const char *text)
{
	struct endpoint_request r = { .op = EP_OP_SETSOCKOPT,
				      .level = TCP,
				      .option = name,
				      .value = (void *)text,
				      .length = (uint32_t)strlen(text) };

	host_request(h, ep, &r);
}

static void draw_options(struct sim *sim, struct host *h, struct endpoint *ep)
{
	if (sim_once_in(sim, 3))
		host_set(h, ep, TCP, TCP_NODELAY, 1);
	if (sim_once_in(sim, 8))
		host_set(h, ep, TCP, TCP_CORK, 1);
	if (sim_once_in(sim, 6))
		host_set(h, ep, TCP, TCP_QUICKACK, (int)sim_random(sim, 2));
	if (sim_once_in(sim, 6))
		host_set(h, ep, TCP, TCP_MAXSEG, 300 + (int)up_to(sim, 1200));
	if (sim_once_in(sim, 4))
		set_text(h, ep, TCP_CONGESTION,
			 sim_once_in(sim, 2) ? "reno" : "cubic");
	if (sim_once_in(sim, 5))
		host_set(h, ep, NET_SOL_SOCKET, NET_SO_SNDBUF,
			 (int)spread(sim, 400000));
	if (sim_once_in(sim, 5))
		host_set(h, ep, NET_SOL_SOCKET, NET_SO_RCVBUF,
			 (int)spread(sim, 400000));
	if (sim_once_in(sim, 6))
		host_set(h, ep, TCP, TCP_NOTSENT_LOWAT,
			 1 + (int)spread(sim, 100000));
	if (sim_once_in(sim, 8))
		host_set(h, ep, NET_SOL_SOCKET, NET_SO_MAX_PACING_RATE,
			 100000 + (int)spread(sim, 10000000));
	if (sim_once_in(sim, 6)) {
		host_set(h, ep, TCP, TCP_KEEPIDLE, 1);
		host_set(h, ep, TCP, TCP_KEEPINTVL, 10);
		host_set(h, ep, NET_SOL_SOCKET, NET_SO_KEEPALIVE, 1);
	}
}

/* ---- flows ---- */

static void draw_side(struct sim *sim, struct side *side, uint64_t size)
{
	side->to_send = size;
	side->salt = (uint8_t)sim_random(sim, 256);
	side->write_size = 1 + spread(sim, 100000);
	side->read_size = 64 + spread(sim, 200000);
	side->ending = END_SHUTDOWN;
	switch (sim_random(sim, 12)) {
	case 0:
	case 1:
	case 2:
		side->ending = END_CLOSE;
		break;
	case 3:
		side->ending = END_ABORT;
		side->stop_at = spread(sim, 200000);
		break;
	case 4:
		side->ending = END_RUDE;
		side->stop_at = spread(sim, 100000);
		break;
	default:
		break;
	}
	/* Pauses that make a run long cost little: time is virtual. */
	if (sim_once_in(sim, 4) && size / side->write_size < 300)
		side->write_pause = up_to(sim, (uint32_t)(300 * MS));
	if (sim_once_in(sim, 4))
		side->read_pause = up_to(sim, (uint32_t)(100 * MS));
}

static uint64_t draw_size(struct sim *sim)
{
	return spread(sim, sim_once_in(sim, 5) ? 8000000 : 1500000);
}

static struct flow *draw_flow(struct sim *sim, struct listening *l)
{
	struct flow *flow = calloc(1, sizeof *flow);
	struct side *a = &flow->client, *b = &flow->server;
	uint32_t n = (uint32_t)sim->host_count;
	int family = sim_once_in(sim, 6) ? NET_IP6 : NET_IP4;

	flow->sim = sim;
	flow->number = sim->flow_count;
	flow->port = l->port;
	b->host = l->host;
	a->host = sim->hosts[sim_random(sim, n)];
	a->ep = host_socket(a->host, family, NET_SOCK_STREAM, 0);
	draw_options(sim, a->host, a->ep);
	draw_side(sim, a, draw_size(sim));
	draw_side(sim, b, draw_size(sim));
	if (sim_once_in(sim, 6)) {
		/* A half-open conversation: question, end of it, answer. */
		a->ending = END_SHUTDOWN;
		b->ending = END_AFTER_PEER;
	}
	a->to_get = b->to_send;
	b->to_get = a->to_send;
	/* Many small reads of much take real time. */
	a->read_size = MAX(a->read_size, (uint32_t)(a->to_get / 300));
	b->read_size = MAX(b->read_size, (uint32_t)(b->to_get / 300));
	flow->start = sim->w->now + (nsec_t)spread(sim, 3000) * MS;
	flow_open(flow);
	return flow;
}

static void draw_flows(struct sim *sim)
{
	int listeners = 1 + (int)sim_random(sim, 2);
	struct listening *l[2];

	for (int i = 0; i < listeners; i++) {
		struct host *h =
			sim->hosts[sim_random(sim, (uint32_t)sim->host_count)];
		int family = sim_once_in(sim, 2) ? NET_IP6 : NET_IP4;
		int backlog = sim_once_in(sim, 4) ? (int)sim_random(sim, 3) :
						    128;
		nsec_t pause = sim_once_in(sim, 4) ?
				       up_to(sim, (uint32_t)(300 * MS)) :
				       0;

		l[i] = flow_listen(sim, h, (uint16_t)(80 + i), family, backlog,
				   pause);
		draw_options(sim, h, l[i]->ep);
	}
	for (int n = 1 + (int)spread(sim, SIM_FLOWS - 1); n; n--) {
		sim->flows[sim->flow_count] =
			draw_flow(sim, l[sim_random(sim, (uint32_t)listeners)]);
		sim->flow_count++;
	}
}

void plan_make(struct sim *sim)
{
	struct weather x = weather(sim);

	draw_hosts(sim, &x);
	/* With cookies, an ACK that is lost is a connection that the server
	 * knows nothing of, and one that is repeated, two: RFC 4987 3.6. */
	sim->cookies = sim_once_in(sim, 8);
	for (int i = 0; i < sim->host_count; i++) {
		draw_settings(sim, sim->hosts[i]);
		host_tune(sim->hosts[i], "net/ipv4/tcp_syncookies",
			  sim->cookies ? "2" : "0");
	}
	draw_flows(sim);
	if (sim_once_in(sim, 3))
		talk_open(sim, 1 + up_to(sim, TALK_MESSAGES - 1),
			  1 + up_to(sim, (uint32_t)(50 * MS)),
			  1 + spread(sim, 9000));
}
