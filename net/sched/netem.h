// SPDX-License-Identifier: MIT
/*
 * Private to net/sched: netem's settings, its chances, and its state. Units as
 * tc-netem(8) means them: probabilities are parts of 2^32 - 1, times are
 * nanoseconds, rates bytes a second.
 */
#pragma once

#include "lib/rbtree.h"
#include "net/core/queueing.h"
#include "net/core/timer.h"

#define NETEM_DIST_MAX 16384 /* numbers in a distribution */
#define NETEM_DIST_SCALE 8192 /* one standard deviation in such a number */

/* Correlated chance: each value leans towards the last by `rho`. */
struct netem_chance {
	uint32_t last, rho;
};

/* Loss in bursts. */
enum netem_loss { NETEM_LOSS_RANDOM, NETEM_LOSS_STATE, NETEM_LOSS_GEMODEL };

struct netem_dist {
	uint32_t count;
	int16_t numbers[];
};

struct netem_rate {
	uint64_t rate; /* 0: no limit */
	int32_t packet_overhead;
	uint32_t cell_size;
	int32_t cell_overhead;
};

struct netem_slot {
	int64_t min_delay, max_delay;
	int32_t max_packets, max_bytes;
	int64_t dist_delay, dist_jitter;
};

struct netem_settings {
	int64_t latency, jitter;
	uint32_t limit, loss, gap, duplicate, reorder, corrupt, ecn;
	enum netem_loss loss_model;
	uint32_t loss_state; /* where the model stands */
	/* STATE: p13, p31, p32, p14, p23. GEMODEL: p, r, h, 1-k. */
	uint32_t model[5];
	struct netem_chance delay_chance, loss_chance, duplicate_chance,
		reorder_chance, corrupt_chance;
	struct netem_rate rate;
	struct netem_slot slot;
	nsec_t slot_next; /* 0: no slots */
	int64_t slot_packets, slot_bytes; /* still free in this one */
	uint64_t seed;
};

struct netem {
	struct qdisc q;
	struct netem_settings set;
	struct netem_dist *delay_dist, *slot_dist; /* or NULL */
	uint64_t random; /* the generator's state */
	uint32_t counter; /* packets since the last that overtook */
	struct list ready; /* those that overtake */
	uint32_t ready_count;
	struct rb_tree waiting; /* by packet->due */
	uint32_t waiting_count;
	struct timer timer;
};

static inline struct netem *netem_of(struct qdisc *q)
{
	return container_of(q, struct netem, q);
}

/* netem_chance.c */
uint32_t netem_random(struct netem *netem);
uint32_t netem_correlated(struct netem *netem, struct netem_chance *chance);
/* Whether something of this probability happens; never with 0. */
bool netem_happens(struct netem *netem, uint32_t probability,
		   struct netem_chance *chance);
bool netem_loses(struct netem *netem);
/* A time around `mean`: `jitter` is half the width, or the standard deviation
 * of a distribution. `chance` may be NULL. */
int64_t netem_time(struct netem *netem, int64_t mean, int32_t jitter,
		   struct netem_chance *chance, const struct netem_dist *dist);

/* netem_options.c */
int netem_change(struct qdisc *q, struct qdisc_request *request);
void netem_describe(const struct qdisc *q, struct nl_writer *w);
