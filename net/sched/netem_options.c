// SPDX-License-Identifier: MIT
/*
 * netem's options: struct tc_netem_qopt (linux/pkt_sched.h) with TCA_NETEM_
 * attributes behind it. Everything is read into a copy of the settings, which
 * takes effect when all of it was good. What a change does not mention stays,
 * but for the loss model.
 */
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/instance.h"
#include "net/sched/netem.h"

#define TICK_SHIFT 6 /* Linux's psched tick: 64 ns */
#define FIXED 24 /* struct tc_netem_qopt */

enum {
	NETEM_CORR = 1, /* TCA_NETEM_ */
	NETEM_DELAY_DIST,
	NETEM_REORDER,
	NETEM_CORRUPT,
	NETEM_LOSS,
	NETEM_RATE,
	NETEM_ECN,
	NETEM_RATE64,
	NETEM_PAD,
	NETEM_LATENCY64,
	NETEM_JITTER64,
	NETEM_SLOT,
	NETEM_SLOT_DIST,
	NETEM_PRNG_SEED,
	NETEM_COUNT,
};

/* Models of loss, inside of NETEM_LOSS. */
enum { LOSS_STATE = 1, LOSS_GEMODEL = 2 };

/* The least length of each. */
static const uint8_t least[NETEM_COUNT] = {
	[NETEM_CORR] = 12,     [NETEM_REORDER] = 8,  [NETEM_CORRUPT] = 8,
	[NETEM_RATE] = 16,     [NETEM_ECN] = 4,	     [NETEM_RATE64] = 8,
	[NETEM_LATENCY64] = 8, [NETEM_JITTER64] = 8, [NETEM_SLOT] = 40,
	[NETEM_PRNG_SEED] = 8,
};

/* A change that is being read. */
struct change {
	struct netem_settings set;
	struct netem_dist *delay_dist, *slot_dist;
	struct nl_attr attrs[NETEM_COUNT];
};

/* ---- Reading ---- */

static int sort_attributes(const struct nl_attr *options, struct change *c)
{
	struct nl_attrs rest = { options->data + FIXED,
				 options->length - FIXED };
	struct nl_attr attr;

	while (nl_next(&rest, &attr)) {
		if (attr.type == 0 || attr.type >= NETEM_COUNT)
			continue;
		if (attr.length < least[attr.type])
			return -ERANGE;
		c->attrs[attr.type] = attr;
	}
	return 0;
}

static int read_dist(const struct nl_attr *attr, struct netem_dist **out)
{
	uint32_t count = attr->length / 2;
	struct netem_dist *dist;

	if (!attr->data)
		return 0;
	if (!count || count > NETEM_DIST_MAX)
		return -EINVAL;
	dist = port_alloc(sizeof *dist + count * sizeof dist->numbers[0]);
	if (!dist)
		return -ENOMEM;
	dist->count = count;
	for (uint32_t i = 0; i < count; i++)
		dist->numbers[i] = (int16_t)get_le16(attr->data + 2 * i);
	*out = dist;
	return 0;
}

static int read_loss(const struct nl_attr *attr, struct netem_settings *set)
{
	struct nl_attrs rest = nl_inside(attr);
	struct nl_attr model;

	set->loss_model = NETEM_LOSS_RANDOM;
	if (!attr->data)
		return 0;
	while (nl_next(&rest, &model)) {
		uint32_t count = model.type == LOSS_STATE ? 5 : 4;

		if ((model.type != LOSS_STATE && model.type != LOSS_GEMODEL) ||
		    model.length < count * 4)
			return -EINVAL;
		set->loss_model = model.type == LOSS_STATE ? NETEM_LOSS_STATE :
							     NETEM_LOSS_GEMODEL;
		set->loss_state = 0;
		for (uint32_t i = 0; i < count; i++)
			set->model[i] = get_le32(model.data + 4 * i);
	}
	return 0;
}

static void read_fixed(const uint8_t *at, struct netem_settings *set)
{
	set->latency = (int64_t)get_le32(at) << TICK_SHIFT;
	set->limit = get_le32(at + 4);
	set->loss = get_le32(at + 8);
	set->gap = get_le32(at + 12);
	set->duplicate = get_le32(at + 16);
	set->jitter = (int64_t)get_le32(at + 20) << TICK_SHIFT;
	/* As tc did before there was NETEM_REORDER. */
	if (set->gap)
		set->reorder = UINT32_MAX;
}

static void read_chance(const struct nl_attr *attr, uint32_t *probability,
			struct netem_chance *chance)
{
	if (!attr->data)
		return;
	*probability = get_le32(attr->data);
	*chance = (struct netem_chance){ .rho = get_le32(attr->data + 4) };
}

static void read_correlations(const struct nl_attr *attr,
			      struct netem_settings *set)
{
	struct netem_chance *chances[] = { &set->delay_chance,
					   &set->loss_chance,
					   &set->duplicate_chance };

	for (uint32_t i = 0; attr->data && i < ARRAY_LEN(chances); i++)
		*chances[i] = (struct netem_chance){
			.rho = get_le32(attr->data + 4 * i)
		};
}

static void read_rate(const struct nl_attr *rate, const struct nl_attr *wide,
		      struct netem_rate *to)
{
	if (rate->data)
		*to = (struct netem_rate){
			.rate = get_le32(rate->data),
			.packet_overhead = (int32_t)get_le32(rate->data + 4),
			.cell_size = get_le32(rate->data + 8),
			.cell_overhead = (int32_t)get_le32(rate->data + 12),
		};
	if (wide->data)
		to->rate = MAX(to->rate, get_le64(wide->data));
}

/* Without its sign, as far as netem_time() goes. */
static int64_t width(int64_t jitter)
{
	jitter = MAX(jitter, (int64_t)-INT32_MAX);
	return MIN(jitter < 0 ? -jitter : jitter, (int64_t)INT32_MAX);
}

static void read_slot(const struct nl_attr *attr, struct netem_settings *set,
		      nsec_t now)
{
	struct netem_slot *slot = &set->slot;

	if (!attr->data)
		return;
	slot->min_delay = (int64_t)get_le64(attr->data);
	slot->max_delay = (int64_t)get_le64(attr->data + 8);
	slot->max_packets = (int32_t)get_le32(attr->data + 16);
	slot->max_bytes = (int32_t)get_le32(attr->data + 20);
	slot->dist_delay = (int64_t)get_le64(attr->data + 24);
	slot->dist_jitter = (int64_t)get_le64(attr->data + 32);
	if (slot->max_packets == 0)
		slot->max_packets = INT32_MAX;
	if (slot->max_bytes == 0)
		slot->max_bytes = INT32_MAX;
	slot->dist_jitter = width(slot->dist_jitter);
	set->slot_packets = slot->max_packets;
	set->slot_bytes = slot->max_bytes;
	set->slot_next =
		slot->min_delay | slot->max_delay | slot->dist_jitter ? now : 0;
}

static void read_times(const struct change *c, struct netem_settings *set)
{
	const struct nl_attr *latency = &c->attrs[NETEM_LATENCY64];
	const struct nl_attr *jitter = &c->attrs[NETEM_JITTER64];

	if (latency->data)
		set->latency = (int64_t)get_le64(latency->data);
	if (jitter->data)
		set->jitter = (int64_t)get_le64(jitter->data);
	set->jitter = width(set->jitter);
}

static void read_settings(struct change *c, const uint8_t *fixed, nsec_t now)
{
	struct netem_settings *set = &c->set;
	const struct nl_attr *attrs = c->attrs;

	read_fixed(fixed, set);
	read_correlations(&attrs[NETEM_CORR], set);
	read_chance(&attrs[NETEM_REORDER], &set->reorder, &set->reorder_chance);
	read_chance(&attrs[NETEM_CORRUPT], &set->corrupt, &set->corrupt_chance);
	read_rate(&attrs[NETEM_RATE], &attrs[NETEM_RATE64], &set->rate);
	read_times(c, set);
	read_slot(&attrs[NETEM_SLOT], set, now);
	if (attrs[NETEM_ECN].data)
		set->ecn = get_le32(attrs[NETEM_ECN].data);
}

static void take_seed(struct netem *netem, const struct nl_attr *attr)
{
	if (attr->data)
		netem->set.seed = get_le64(attr->data);
	else
		port_random(&netem->set.seed, sizeof netem->set.seed);
	netem->random = netem->set.seed;
}

static void take_dist(struct netem_dist **to, struct netem_dist *dist)
{
	if (!dist)
		return;
	if (*to)
		port_free(*to);
	*to = dist;
}

static int read_change(const struct nl_attr *options, struct change *c,
		       nsec_t now)
{
	int err = sort_attributes(options, c);

	if (!err)
		err = read_loss(&c->attrs[NETEM_LOSS], &c->set);
	if (!err)
		err = read_dist(&c->attrs[NETEM_DELAY_DIST], &c->delay_dist);
	if (!err)
		err = read_dist(&c->attrs[NETEM_SLOT_DIST], &c->slot_dist);
	if (!err)
		read_settings(c, options->data, now);
	else if (c->delay_dist)
		port_free(c->delay_dist);
	return err;
}

int netem_change(struct qdisc *q, struct qdisc_request *request)
{
	struct netem *netem = netem_of(q);
	struct change *c;
	int err;

	if (request->options.length < FIXED)
		return -EINVAL;
	c = port_alloc(sizeof *c);
	if (!c)
		return -ENOMEM;
	c->set = netem->set;
	err = read_change(&request->options, c, q->netif->net->now);
	if (!err) {
		netem->set = c->set;
		netem->counter = 0;
		take_dist(&netem->delay_dist, c->delay_dist);
		take_dist(&netem->slot_dist, c->slot_dist);
		take_seed(netem, &c->attrs[NETEM_PRNG_SEED]);
	}
	port_free(c);
	return err;
}

/* ---- Writing ---- */

static uint32_t ticks(int64_t ns)
{
	return (uint32_t)MIN(ns >> TICK_SHIFT, (int64_t)UINT32_MAX);
}

static void put_words(struct nl_writer *w, uint16_t type, const uint32_t *words,
		      uint32_t count)
{
	uint8_t bytes[20];

	for (uint32_t i = 0; i < count; i++)
		put_le32(bytes + 4 * i, words[i]);
	nl_put(w, type, bytes, count * 4);
}

static void put_fixed(struct nl_writer *w, const struct netem_settings *s)
{
	uint8_t *at = nl_room(w, FIXED);

	if (!at)
		return;
	put_le32(at, ticks(s->latency));
	put_le32(at + 4, s->limit);
	put_le32(at + 8, s->loss);
	put_le32(at + 12, s->gap);
	put_le32(at + 16, s->duplicate);
	put_le32(at + 20, ticks(s->jitter));
}

static void put_rate(struct nl_writer *w, const struct netem_rate *r)
{
	const uint32_t words[] = {
		(uint32_t)MIN(r->rate, (uint64_t)UINT32_MAX),
		(uint32_t)r->packet_overhead,
		r->cell_size,
		(uint32_t)r->cell_overhead,
	};

	if (r->rate > UINT32_MAX)
		nl_put_u64(w, NETEM_RATE64, r->rate);
	put_words(w, NETEM_RATE, words, 4);
}

static void put_loss(struct nl_writer *w, const struct netem_settings *s)
{
	bool states = s->loss_model == NETEM_LOSS_STATE;
	uint32_t nest;

	if (s->loss_model == NETEM_LOSS_RANDOM)
		return;
	nest = nl_nest(w, NETEM_LOSS);
	put_words(w, states ? LOSS_STATE : LOSS_GEMODEL, s->model,
		  states ? 5 : 4);
	nl_nest_end(w, nest);
}

static void put_slot(struct nl_writer *w, const struct netem_slot *slot)
{
	uint8_t bytes[40];
	bool unlimited = slot->max_packets == INT32_MAX;

	if (!(slot->min_delay | slot->max_delay | slot->dist_jitter))
		return;
	put_le64(bytes, (uint64_t)slot->min_delay);
	put_le64(bytes + 8, (uint64_t)slot->max_delay);
	put_le32(bytes + 16, unlimited ? 0 : (uint32_t)slot->max_packets);
	unlimited = slot->max_bytes == INT32_MAX;
	put_le32(bytes + 20, unlimited ? 0 : (uint32_t)slot->max_bytes);
	put_le64(bytes + 24, (uint64_t)slot->dist_delay);
	put_le64(bytes + 32, (uint64_t)slot->dist_jitter);
	nl_put(w, NETEM_SLOT, bytes, sizeof bytes);
}

void netem_describe(const struct qdisc *q, struct nl_writer *w)
{
	const struct netem_settings *s = &container_of(q, struct netem, q)->set;
	const uint32_t correlations[] = { s->delay_chance.rho,
					  s->loss_chance.rho,
					  s->duplicate_chance.rho };
	const uint32_t reorder[] = { s->reorder, s->reorder_chance.rho };
	const uint32_t corrupt[] = { s->corrupt, s->corrupt_chance.rho };

	put_fixed(w, s);
	nl_put_u64(w, NETEM_LATENCY64, (uint64_t)s->latency);
	nl_put_u64(w, NETEM_JITTER64, (uint64_t)s->jitter);
	put_words(w, NETEM_CORR, correlations, 3);
	put_words(w, NETEM_REORDER, reorder, 2);
	put_words(w, NETEM_CORRUPT, corrupt, 2);
	put_rate(w, &s->rate);
	if (s->ecn)
		nl_put_u32(w, NETEM_ECN, s->ecn);
	put_loss(w, s);
	put_slot(w, &s->slot);
	nl_put_u64(w, NETEM_PRNG_SEED, s->seed);
}
