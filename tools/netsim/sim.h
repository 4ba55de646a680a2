// SPDX-License-Identifier: MIT
/*
 * One simulation: a world, what its users do, and what must hold.
 *
 *   plan.c    draws everything from the seed: hosts, wires, settings, flows
 *   flow.c    a TCP connection's two users: they act only when they are woken
 *   talk.c    UDP beside it
 *   law.c     how long a flow may stand still, by RFC 6298 and the wires alone
 *   watch.c   what must hold of every frame that is sent
 *   sim.c     the run, and what must hold at its end
 *
 * The first thing that does not hold ends the run: sim_fail() does not return.
 */
#pragma once

#include <setjmp.h>

#include "tools/netsim/world.h"

#define SIM_HOSTS 6
#define SIM_FLOWS 12

struct flow;
struct listening;
struct talk;

/* Ways to prove that the judges judge: netsim_main --sabotage. */
enum sabotage {
	SABOTAGE_NONE,
	SABOTAGE_FORGE, /* one payload byte changed, checksum made right */
	SABOTAGE_SILENCE, /* frames vanish for ever, and nothing excuses it */
	SABOTAGE_RESET, /* a reset that nobody asked for */
	SABOTAGE_REPEAT, /* a datagram arrives twice on a wire that does not */
	SABOTAGE_LEAK, /* memory that is not given back */
	SABOTAGE_OVERRUN, /* the peer's window is said to be larger */
	SABOTAGE_KINDS,
};

struct sim {
	struct world *w;
	struct host *hosts[SIM_HOSTS];
	int host_count;
	struct flow *flows[SIM_FLOWS];
	int flow_count;
	struct listening *listeners;
	struct talk *talk; /* NULL: no UDP */
	struct list ready; /* sides that were woken */
	bool cookies; /* listeners keep no state of half-open ones */
	bool clean; /* the wires neither lose nor change the order */
	bool duplicates; /* the wires repeat frames */
	nsec_t slowest; /* one way between any two hosts */
	uint64_t hash; /* of every frame sent */
	uint64_t frames, lost, doomed;
	enum sabotage sabotage;
	bool sabotaged;
	bool verbose;
	const char *capture, *record; /* FILE prefix, or NULL */
	jmp_buf failed;
	char failure[400];
};

/* Ends the run. */
void sim_fail(struct sim *sim, const char *fmt, ...) PRINTF_LIKE(2, 3) NORETURN;
/* A number below `below`, from the seed. */
uint32_t sim_random(struct sim *sim, uint32_t below);
/* True once in `n`. */
bool sim_once_in(struct sim *sim, uint32_t n);

/* Draws hosts, wires, settings, flows and datagrams. */
void plan_make(struct sim *sim);

/* One seed from start to end: 0, or 1 with sim->failure. */
int sim_run(struct sim *sim, uint64_t seed);
