// SPDX-License-Identifier: MIT
/*
 * What a route's metrics (ip-route(8)) change about its connections.
 */
#include <string.h>

#include "lib/errno.h"
#include "net/core/route.h"
#include "net/core/sockopt.h"
#include "net/tcp/ecn.h"
#include "tests/net/tcp_dialogue.h"
#include "tests/unit/test.h"

#define OPT_CONGESTION 13

/* The route to the peer gets one metric more. */
static void advise(struct dialogue *d, enum route_metric which, uint32_t value,
		   bool locked)
{
	static struct route_metrics metrics;
	struct route_hop hop = { .netif = &d->netif };
	struct route_spec spec = { .type = ROUTE_UNICAST,
				   .prefix = addr_ip4(0x0a000002),
				   .bits = 128,
				   .metrics = &metrics,
				   .hops = &hop,
				   .hop_count = 1 };

	memset(&metrics, 0, sizeof(metrics));
	CHECK_EQ(route_metric_set(&metrics, which, value), 0);
	if (locked)
		metrics.value[METRIC_LOCK] = 1u << which;
	CHECK_EQ(route_insert(d->net, &spec,
			      ROUTE_MODE_CREATE | ROUTE_MODE_REPLACE),
		 0);
}

#define SYN_OPTIONS "mss 1000,sackOK,nop,nop,nop,wscale 7"

TEST(initcwnd_of_a_route_is_the_first_window)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep;

	advise(d, METRIC_INITCWND, 4, false);
	ep = accepted(d, SYN_OPTIONS);
	CHECK_EQ(conn_of(ep)->cc.cwnd, 4);
	user_send(ep, d, 8000);
	for (int i = 0; i < 4; i++)
		CHECK_EQ(out_any(d)->length, 1000);
	out_nothing(d);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(cwnd_locked_by_a_route_is_never_exceeded)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep;

	advise(d, METRIC_CWND, 12, true);
	ep = accepted(d, SYN_OPTIONS);
	CHECK_EQ(conn_of(ep)->cc.cwnd, 10);
	user_send(ep, d, 40000);
	out_all(d);
	in(d, ". 1:1(0) ack 10001 win 1000");
	CHECK_EQ(conn_of(ep)->cc.cwnd, 12);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(initrwnd_and_window_of_a_route_bound_what_is_offered)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = listening(d, 80, 5);

	d->port = 80;
	advise(d, METRIC_INITRWND, 3, false);
	in(d, "S 0:0(0) win 65535 <mss 1460>");
	out(d, "S. 0:0(0) ack 1 win 4380 <mss 1460>");
	in(d, "R 1:1(0)");
	advise(d, METRIC_WINDOW, 9000, false);
	d->iss_known = false;
	in(d, "S 0:0(0) win 65535 <mss 1460,nop,wscale 7>");
	out(d, "S. 0:0(0) ack 1 win 8760 <mss 1460,nop,wscale 0>");
	in(d, "R 1:1(0)");
	user_close(ep, d);
	dialogue_end(d);
}

TEST(advmss_and_mtu_of_a_route_bound_the_mss_that_is_offered)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = user_socket(d), *other = user_socket(d);

	advise(d, METRIC_ADVMSS, 700, false);
	user_connect(ep, d, 80);
	CHECK_EQ(out_any(d)->h.opt.mss, 700);
	advise(d, METRIC_MTU, 1000, false);
	user_connect(other, d, 81);
	CHECK_EQ(out_any(d)->h.opt.mss, 960);
	user_close(ep, d);
	user_close(other, d);
	dialogue_end(d);
}

TEST(rto_min_of_a_route_replaces_the_settings)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep;

	d->net->tunables.tcp_early_retrans = 0;
	advise(d, METRIC_RTO_MIN, 5, false);
	ep = accepted(d, SYN_OPTIONS);
	CHECK_EQ(conn_of(ep)->rtt.rto_least, 5 * MS);
	user_send(ep, d, 100);
	out_any(d);
	CHECK(time_to_out(d, SEC) < 190 * MS);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(quickack_of_a_route_lets_no_ack_wait)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep;

	advise(d, METRIC_QUICKACK, 1, false);
	ep = accepted(d, "mss 1460");
	conn_of(ep)->ack.quick = 0;
	conn_of(ep)->ack.pingpong = 3;
	in(d, "P. 1:11(10) ack 1 win 65535");
	out(d, ". 1:1(0) ack 11");
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(feature_ecn_of_a_route_asks_for_it_and_agrees)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = user_socket(d);
	struct packet packet = { .tos = 0 };
	struct segment syn = { .packet = &packet,
			       .h.flags = TCP_SYN | TCP_ECE | TCP_CWR };

	d->net->tunables.tcp_ecn = 0;
	advise(d, METRIC_FEATURES, FEATURE_ECN, false);
	user_connect(ep, d, 80);
	CHECK_EQ(out_any(d)->h.flags, TCP_SYN | TCP_ECE | TCP_CWR);
	user_close(ep, d);
	CHECK(!ecn_accepts(d->net, &syn, false));
	CHECK(ecn_accepts(d->net, &syn, true));
	dialogue_end(d);
}

TEST(congctl_of_a_route_is_used_and_can_be_locked)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep;

	CHECK_STR(route_congestion_name(route_congestion_number("reno")),
		  "reno");
	for (size_t i = 0; congestion_at(i); i++)
		CHECK(route_congestion_number(congestion_at(i)->name));
	CHECK_EQ(route_congestion_number("vegas"), 0);
	advise(d, METRIC_CC_ALGO, route_congestion_number("reno"), true);
	ep = accepted(d, SYN_OPTIONS);
	CHECK_STR(conn_of(ep)->cc.ops->name, "reno");
	CHECK_EQ(user_set_bytes(ep, d, NET_IPPROTO_TCP, OPT_CONGESTION, "cubic",
				5),
		 -EPERM);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(ssthresh_rtt_and_reordering_of_a_route_are_where_it_begins)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep;

	advise(d, METRIC_SSTHRESH, 7, false);
	ep = accepted(d, SYN_OPTIONS);
	CHECK_EQ(conn_of(ep)->cc.ssthresh, 7);
	endpoint_put(ep);
	dialogue_drop(d);
	d = dialogue_new();
	advise(d, METRIC_REORDERING, 9, false);
	ep = accepted(d, SYN_OPTIONS);
	CHECK_EQ(conn_of(ep)->loss.reordering, 9);
	endpoint_put(ep);
	dialogue_drop(d);
	d = dialogue_new();
	advise(d, METRIC_RTT, 500, false);
	ep = accepted(d, SYN_OPTIONS);
	CHECK_EQ(conn_of(ep)->rtt.rto, 1500 * MS);
	endpoint_put(ep);
	dialogue_drop(d);
}

TEST(metrics_have_linuxs_limits)
{
	struct route_metrics m = { .value = { 0 } };

	CHECK_EQ(route_metric_set(&m, METRIC_ADVMSS, 100000), 0);
	CHECK_EQ(m.value[METRIC_ADVMSS], 65495);
	CHECK_EQ(route_metric_set(&m, METRIC_MTU, 100000), 0);
	CHECK_EQ(m.value[METRIC_MTU], 65520);
	CHECK_EQ(route_metric_set(&m, METRIC_HOPLIMIT, 300), 0);
	CHECK_EQ(m.value[METRIC_HOPLIMIT], 255);
	CHECK_EQ(route_metric_set(&m, METRIC_FEATURES, 0x100), -EINVAL);
}
