// SPDX-License-Identifier: MIT
/*
 * netem's dice. The generator is its own, seeded by tc's `seed` or else once
 * from the port, so that one seed gives one sequence of events. Correlated
 * values are an autoregression of first order, x' = (1 - rho) r + rho x. Loss
 * in bursts: the four-state Markov chain of Salsano, Ludovici and Ordine
 * (2009), and Gilbert and Elliott's with two.
 */
#include "net/sched/netem.h"

/* Steele, Lea and Flood's SplitMix64; its better half. */
uint32_t netem_random(struct netem *netem)
{
	uint64_t z = netem->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)((z ^ (z >> 31)) >> 32);
}

uint32_t netem_correlated(struct netem *netem, struct netem_chance *chance)
{
	uint32_t fresh = netem_random(netem);
	uint64_t rho;

	if (!chance || !chance->rho)
		return fresh;
	rho = (uint64_t)chance->rho + 1;
	chance->last = (uint32_t)((fresh * ((UINT64_C(1) << 32) - rho) +
				   chance->last * rho) >>
				  32);
	return chance->last;
}

bool netem_happens(struct netem *netem, uint32_t probability,
		   struct netem_chance *chance)
{
	return probability && probability >= netem_correlated(netem, chance);
}

/* ---- Loss ---- */

enum { GAP, BURST, BURST_LOST, GAP_LOST }; /* loss_state of STATE */
enum { GOOD, BAD }; /* of GEMODEL */

/* One step of the chain: gap (all arrives) with single losses, burst (much is
 * lost) with arrivals between. */
static bool step_states(struct netem_settings *s, uint32_t dice)
{
	uint32_t p13 = s->model[0], p31 = s->model[1], p32 = s->model[2];
	uint32_t p14 = s->model[3], p23 = s->model[4];

	switch (s->loss_state) {
	case GAP:
		if (dice < p14)
			s->loss_state = GAP_LOST;
		else if (dice < (uint64_t)p14 + p13)
			s->loss_state = BURST_LOST;
		break;
	case BURST:
		if (dice < p23)
			s->loss_state = BURST_LOST;
		break;
	case BURST_LOST:
		if (dice < p32)
			s->loss_state = BURST;
		else if (dice < (uint64_t)p32 + p31)
			s->loss_state = GAP;
		break;
	default:
		s->loss_state = GAP;
		break;
	}
	return s->loss_state == GAP_LOST || s->loss_state == BURST_LOST;
}

static bool step_gemodel(struct netem *netem)
{
	struct netem_settings *s = &netem->set;
	uint32_t p = s->model[0], r = s->model[1], h = s->model[2];
	uint32_t loss_when_good = s->model[3];

	if (s->loss_state == GOOD) {
		if (netem_random(netem) < p)
			s->loss_state = BAD;
		return netem_random(netem) < loss_when_good;
	}
	if (netem_random(netem) < r)
		s->loss_state = GOOD;
	return netem_random(netem) > h;
}

bool netem_loses(struct netem *netem)
{
	struct netem_settings *s = &netem->set;

	switch (s->loss_model) {
	case NETEM_LOSS_STATE:
		return step_states(s, netem_random(netem));
	case NETEM_LOSS_GEMODEL:
		return step_gemodel(netem);
	default:
		return netem_happens(netem, s->loss, &s->loss_chance);
	}
}

/* ---- Times ---- */

int64_t netem_time(struct netem *netem, int64_t mean, int32_t jitter,
		   struct netem_chance *chance, const struct netem_dist *dist)
{
	uint32_t dice;
	int64_t number;

	if (jitter == 0)
		return mean;
	dice = netem_correlated(netem, chance);
	/* Scaled down, since a remainder would lose the correlation. */
	if (!dist)
		return mean - jitter +
		       (int64_t)(dice * (2 * (uint64_t)jitter) >> 32);
	number = dist->numbers[(uint64_t)dice * dist->count >> 32];
	number *= jitter; /* and rounded to the nearest */
	number += number >= 0 ? NETEM_DIST_SCALE / 2 : -NETEM_DIST_SCALE / 2;
	return mean + number / NETEM_DIST_SCALE;
}
