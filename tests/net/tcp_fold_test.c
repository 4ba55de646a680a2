// SPDX-License-Identifier: MIT
/*
 * Folding of idle connections: small, exact, and nobody notices.
 */
#include "net/core/record.h"
#include "net/tcp/fold.h"
#include "net/tcp/memory.h"
#include "tests/net/tcp_dialogue.h"
#include "tests/unit/test.h"
#include "tools/netsim/port_host.h"

#define ALL "mss 1460,sackOK,TS val 100 ecr 0,wscale 7"

/* An accepted connection that has had a conversation. */
static struct endpoint *talked(struct dialogue *d)
{
	struct endpoint *ep = accepted(d, ALL);

	in(d, "P. 1:101(100) ack 1 win 500 <TS val 110 ecr 0>");
	CHECK_EQ(user_receive(ep, d, NULL, 1000), 100);
	CHECK_EQ(user_send(ep, d, 300), 300);
	wait_for(d, 20 * MS);
	in(d, ". 101:101(0) ack 301 win 500 <TS val 120 ecr 0>");
	out_all(d);
	return ep;
}

TEST(an_idle_connection_is_folded_and_goes_on_as_before)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = talked(d);
	struct tcp_conn before, *after;

	CHECK(!ep->folded);
	before = *conn_of(ep);
	wait_for(d, 5 * SEC);
	out_nothing(d);
	CHECK(ep->folded);
	after = conn_of(ep);
	CHECK(!ep->folded);
	CHECK_EQ(after->snd.una, before.snd.una);
	CHECK_EQ(after->rtt.srtt, before.rtt.srtt);
	CHECK_EQ(after->cc.cwnd, before.cc.cwnd);
	CHECK_EQ(after->stamp.recent, before.stamp.recent);
	CHECK(after->cc.ops == before.cc.ops && after->ep == ep);
	CHECK(list_empty(&after->dying) && flight_empty(&after->flight));
	CHECK_EQ(memcmp(&after->count, &before.count, sizeof(before.count)), 0);
	CHECK_EQ(memcmp(&after->set, &before.set, sizeof(before.set)), 0);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(a_folded_connection_answers_its_peer_and_its_user)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = talked(d);

	wait_for(d, 5 * SEC);
	CHECK(ep->folded);
	in(d, "P. 101:111(10) ack 301 win 500 <TS val 5000 ecr 0>");
	wait_for(d, 50 * MS); /* the ACK may be delayed */
	out(d, ". 301:301(0) ack 111");
	CHECK_EQ(user_receive(ep, d, NULL, 100), 10);
	wait_for(d, 5 * SEC);
	CHECK(ep->folded);
	CHECK_EQ(user_send(ep, d, 50), 50);
	out(d, "P. 301:351(50) ack 111");
	in(d, ". 111:111(0) ack 351 win 500 <TS val 9000 ecr 0>");
	wait_for(d, 5 * SEC);
	CHECK(ep->folded);
	user_close(ep, d);
	out(d, "F. 351:351(0) ack 111");
	dialogue_drop(d);
}

TEST(what_is_unread_is_no_reason_to_stay)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = talked(d);

	in(d, "P. 101:111(10) ack 301 win 500 <TS val 130 ecr 0>");
	out_all(d);
	wait_for(d, 5 * SEC);
	CHECK(ep->folded);
	CHECK_EQ(user_receive(ep, d, NULL, 100), 10);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(keepalive_and_data_in_flight_keep_a_connection_unfolded)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = talked(d);

	CHECK_EQ(user_set(ep, d, NET_SOL_SOCKET, NET_SO_KEEPALIVE, 1), 0);
	wait_for(d, 10 * SEC);
	CHECK(!ep->folded);
	CHECK_EQ(user_set(ep, d, NET_SOL_SOCKET, NET_SO_KEEPALIVE, 0), 0);
	user_send(ep, d, 10);
	wait_for(d, 10 * SEC);
	CHECK(!ep->folded);
	in(d, ". 101:101(0) ack 311 win 500 <TS val 8000 ecr 0>");
	wait_for(d, 5 * SEC);
	CHECK(ep->folded);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(unfolding_without_memory_uses_the_spare_then_drops)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = talked(d);

	wait_for(d, 5 * SEC);
	CHECK(ep->folded);
	port_host_fail_after(0);
	CHECK(conn_of(ep) != NULL);
	port_host_fail_after(-1);
	wait_for(d, 5 * SEC);
	CHECK(ep->folded);
	/* The spare is gone: -ENOMEM; and nobody is hurt by a close. */
	CHECK(conn_of(ep) == NULL);
	CHECK(conn_of(ep) != NULL);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* Words of all sizes, near to each other and far apart. */
static void scramble(uint32_t *words, size_t count, uint64_t *seed)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t r;

		*seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
		r = (uint32_t)(*seed >> 32);
		if (i > 0 && r % 3 == 0)
			words[i] = words[r / 3 % i] + (r >> 5 & 1023) - 512;
		else
			words[i] = r >> (r % 4 * 8);
		if (r % 7 == 0)
			words[i] = 0;
	}
}

TEST(whatever_stands_in_a_connection_stands_there_again)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = talked(d);
	uint64_t seed = 1;

	for (int i = 0; i < 500; i++) {
		struct tcp_conn *conn = conn_of(ep), before;

		scramble((uint32_t *)&conn->count, sizeof(conn->count) / 4,
			 &seed);
		scramble((uint32_t *)&conn->cc.cubic,
			 sizeof(conn->cc.cubic) / 4, &seed);
		scramble((uint32_t *)&conn->cc.hystart,
			 sizeof(conn->cc.hystart) / 4, &seed);
		before = *conn;
		wait_for(d, 5 * SEC);
		CHECK(ep->folded);
		conn = conn_of(ep);
		CHECK_MEM(&conn->count, &before.count, sizeof(before.count));
		CHECK_MEM(&conn->cc, &before.cc, sizeof(before.cc));
		CHECK_MEM(&conn->snd, &before.snd, sizeof(before.snd));
		CHECK_MEM(&conn->rcv, &before.rcv, sizeof(before.rcv));
	}
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(a_folded_connection_is_a_fifth_of_one)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = talked(d);

	wait_for(d, 5 * SEC);
	CHECK(ep->folded);
	printf("# %u bytes of %zu\n", fold_size(ep), sizeof(struct tcp_conn));
	CHECK(fold_size(ep) <= sizeof(struct tcp_conn) / 5);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* ---- Readers who are quick ---- */

static struct endpoint *quick;

/* He reads between the stack's look and its wish to be told. */
static void sample(struct endpoint *ep)
{
	ep->tx_tail = atomic_load(&ep->tx.tail);
	ep->rx_head = atomic_load(&ep->rx.head);
	if (ep != quick)
		return;
	quick = NULL;
	frag_ring_release(&ep->rx, ep->rx.tail);
	endpoint_consumed(ep);
}

TEST(what_is_read_while_a_connection_is_folded_is_charged_no_more)
{
	static const struct recorder_ops ops = { .sample = sample };
	struct recorder recorder = { .ops = &ops };
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = talked(d);
	struct tcp_conn *conn;

	in(d, "P. 101:111(10) ack 301 win 500 <TS val 130 ecr 0>");
	out_all(d);
	wait_for(d, 5 * SEC);
	CHECK(ep->folded);
	CHECK(tcp_of(d->net)->memory.charged > 0);
	conn = conn_of(ep);
	conn->due[KEEP_TIMER] = 0; /* as when that finds it idle */
	atomic_store(&ep->rx_kick_at, UINT64_MAX);
	quick = ep;
	ep->watched = true;
	d->net->recorder = &recorder;
	CHECK(fold_conn(conn));
	d->net->recorder = NULL;
	ep->watched = false;
	CHECK(!quick);
	settle(d);
	CHECK_EQ(tcp_of(d->net)->memory.charged, 0);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* ---- What is told of them ---- */

static struct endpoint *gone;

static void socket_gone(struct net *net, struct endpoint *ep)
{
	gone = ep;
}

TEST(the_end_of_a_folded_connection_is_told)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = talked(d);

	wait_for(d, 5 * SEC);
	CHECK(ep->folded);
	port_host_fail_after(0);
	CHECK(conn_of(ep) != NULL); /* the spare, and there is no other one */
	port_host_fail_after(-1);
	wait_for(d, 5 * SEC);
	CHECK(ep->folded);
	d->net->watch.socket_gone = socket_gone;
	user_close(ep, d);
	CHECK(gone == ep);
	dialogue_drop(d);
}
