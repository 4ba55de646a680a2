// SPDX-License-Identifier: MIT
/*
 * Datagrams between the hosts; see talk.h. A datagram says who sent it, its
 * number and its length, and the rest is a function of those.
 */
#include "tools/netsim/talk.h"

#include <stdlib.h>

#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/wire/ethernet.h"

#define MAGIC 0x57656972
#define HEADER 12u

struct talker {
	struct sim *sim;
	struct endpoint *ep;
	struct list ready;
	int number;
};

struct talk {
	struct sim *sim;
	struct alarm alarm;
	struct talker talkers[SIM_HOSTS];
	uint32_t messages, sent;
	nsec_t interval;
	uint32_t largest;
	struct message {
		int from, to;
		uint32_t length;
		uint32_t got;
	} message[TALK_MESSAGES];
};

static uint8_t byte_at(uint32_t number, uint32_t i)
{
	return (uint8_t)(number * 7 + i * 3 + (i >> 8));
}

static void fill(struct datagram *d, const uint8_t *header, uint32_t number)
{
	uint32_t at = 0;

	while (at < d->length) {
		uint8_t *to;
		uint32_t n = datagram_span(d, at, &to);

		for (uint32_t i = 0; i < n; i++)
			to[i] = at + i < HEADER ? header[at + i] :
						  byte_at(number, at + i);
		at += n;
	}
}

static void send_one(struct talk *talk)
{
	struct sim *sim = talk->sim;
	uint32_t number = talk->sent++;
	struct message *m = &talk->message[number];
	uint8_t header[HEADER];
	struct datagram *d;

	m->from = (int)sim_random(sim, (uint32_t)sim->host_count);
	m->to = (int)sim_random(sim, (uint32_t)sim->host_count);
	m->length = HEADER + sim_random(sim, talk->largest);
	put_be32(header, MAGIC);
	put_be32(header + 4, number);
	put_be32(header + 8, m->length);
	d = datagram_new(m->length);
	fill(d, header, number);
	d->flags |= DATAGRAM_HAS_NAME;
	d->remote.addr = sim->hosts[m->to]->addr;
	d->remote.port = TALK_PORT;
	if (endpoint_send_datagram(talk->talkers[m->from].ep, d))
		datagram_free(d);
}

static void ring(struct alarm *alarm)
{
	struct talk *talk = container_of(alarm, struct talk, alarm);

	send_one(talk);
	if (talk->sent < talk->messages)
		alarm_set(talk->sim->w, alarm,
			  talk->sim->w->now + talk->interval);
}

static void check(struct talker *t, const struct datagram *d)
{
	struct talk *talk = t->sim->talk;
	uint8_t header[HEADER];
	uint32_t at = 0, number = 0;
	struct message *m;

	while (at < d->length) {
		uint8_t *bytes;
		uint32_t n = datagram_span(d, at, &bytes);

		for (uint32_t i = 0; i < n; i++) {
			if (at + i < HEADER)
				header[at + i] = bytes[i];
			if (at + i == HEADER - 1)
				number = get_be32(header + 4);
			if (at + i >= HEADER &&
			    bytes[i] != byte_at(number, at + i))
				sim_fail(t->sim, "a datagram is wrong at %u",
					 at + i);
		}
		at += n;
	}
	if (d->length < HEADER || get_be32(header) != MAGIC ||
	    number >= talk->sent)
		sim_fail(t->sim, "a datagram that nobody sent");
	m = &talk->message[number];
	if (m->to != t->number || m->length != d->length)
		sim_fail(t->sim, "datagram %u: %u bytes for %d, sent %u to %d",
			 number, d->length, t->number, m->length, m->to);
	if (m->got++ && !t->sim->duplicates)
		sim_fail(t->sim, "datagram %u arrived twice", number);
}

static void wake(void *owner, uint32_t events)
{
	struct talker *t = owner;
	struct datagram *d;

	/* A datagram socket may be read from its wake-up: nothing is posted. */
	while ((d = endpoint_receive_datagram(t->ep))) {
		check(t, d);
		datagram_free(d);
	}
	/* Unreachable and the like are told to a socket that asks. */
	endpoint_take_error(t->ep);
}

static const struct endpoint_notify notify = { .wake = wake };

void talk_open(struct sim *sim, uint32_t messages, nsec_t interval,
	       uint32_t largest)
{
	struct talk *talk = calloc(1, sizeof *talk);

	sim->talk = talk;
	talk->sim = sim;
	talk->messages = messages;
	talk->interval = interval;
	talk->largest = largest;
	talk->alarm.ring = ring;
	heap_node_init(&talk->alarm.due);
	for (int i = 0; i < sim->host_count; i++) {
		struct talker *t = &talk->talkers[i];

		t->sim = sim;
		t->number = i;
		t->ep = host_socket(sim->hosts[i], NET_IP4, NET_SOCK_DGRAM, 0);
		if (host_bind(sim->hosts[i], t->ep, "0.0.0.0", TALK_PORT))
			sim_fail(sim, "no port for datagrams");
		endpoint_adopt(t->ep, &notify, t);
	}
	alarm_set(sim->w, &talk->alarm, sim->w->now + interval);
}

bool talk_over(const struct talk *talk)
{
	return !talk || talk->sent == talk->messages;
}

void talk_close(struct sim *sim)
{
	struct talk *talk = sim->talk;

	if (!talk)
		return;
	for (int i = 0; i < sim->host_count; i++)
		endpoint_close(talk->talkers[i].ep);
	world_settle(sim->w);
}

bool talk_frame(const struct frame *frame)
{
	return frame->length > 60 &&
	       get_be16(frame->bytes + 12) == ETHERTYPE_IP4 &&
	       frame->bytes[23] == 17 &&
	       !(get_be16(frame->bytes + 20) & 0x3fff) &&
	       get_be16(frame->bytes + 36) == TALK_PORT;
}
