// SPDX-License-Identifier: MIT
/*
 * Runs a script, event by event, on the virtual clock.
 *
 * Calls, commands and inbound packets happen at their time; an expected packet
 * is waited for until its time and tolerance are over. A `+` counts from the
 * event before it as the script times it, or from when it really happened if
 * that was left open (`*`, ranges). Each call and packet takes a few
 * microseconds, as it does on real machines: nothing has a round trip of zero.
 */
#include "tests/net/conform/libc.h"

#include "tests/net/conform/conform.h"
#include "tests/net/conform/machine.h"

#define STEP (10 * NSEC_PER_USEC)

struct run run;

/* ---- Time ---- */

int64_t script_time(nsec_t live)
{
	return run.script_start + (live - run.live_start) / NSEC_PER_USEC;
}

static nsec_t live_time(int64_t usecs)
{
	return run.live_start + (usecs - run.script_start) * NSEC_PER_USEC;
}

bool within_tolerance(int64_t actual, int64_t first, int64_t last)
{
	int64_t tolerance = run.script->tolerance_usecs;

	return actual >= first - tolerance && actual <= last + tolerance;
}

static int64_t last_moment(const struct step *e)
{
	return e->form == TIME_RANGE || e->form == TIME_RELATIVE_RANGE ?
		       e->usecs_end :
		       e->usecs;
}

void check_time(const struct step *e, nsec_t live, const char *what)
{
	int64_t got = script_time(live);

	if (e->form == TIME_ANY ||
	    within_tolerance(got, e->usecs, last_moment(e)))
		return;
	fail(e->line,
	     !(e->kind == EVENT_PACKET ? run.script->non_fatal_packet :
					 run.script->non_fatal_call),
	     "timing error: expected %s at %.6f, happened at %.6f", what,
	     (double)e->usecs / 1e6, (double)got / 1e6);
}

int64_t script_length(const struct script *script)
{
	int64_t now = 0, first = 0;

	for (const struct step *e = script->events; e; e = e->next) {
		if (e->form == TIME_RELATIVE || e->form == TIME_RELATIVE_RANGE)
			now += e->usecs;
		else if (e->form != TIME_ANY)
			now = MAX(now, e->usecs);
		if (e == script->events)
			first = now;
	}
	return now - first;
}

/* Relative times become absolute ones. */
static void set_time(struct step *e, int64_t base)
{
	if (e->form == TIME_RELATIVE || e->form == TIME_RELATIVE_RANGE) {
		e->usecs += base;
		e->usecs_end += base;
	}
	if (e->form == TIME_ANY)
		e->usecs = base;
}

/* ---- Conversations ---- */

struct conversation *conversation_new(int script_fd, int fd, uint8_t protocol)
{
	struct conversation *c = calloc(1, sizeof(*c));

	c->script_fd = script_fd;
	c->live_fd = fd;
	c->protocol = protocol;
	c->next = run.conversations;
	run.conversations = c;
	return c;
}

struct conversation *conversation_by_fd(int script_fd)
{
	for (struct conversation *c = run.conversations; c; c = c->next)
		if (c->script_fd == script_fd)
			return c;
	return NULL;
}

struct conversation *conversation_by_ports(uint8_t protocol,
					   uint16_t local_port,
					   uint16_t remote_port)
{
	for (struct conversation *c = run.conversations; c; c = c->next)
		if (c->protocol == protocol && c->local_port == local_port &&
		    c->remote_port == remote_port &&
		    c->state == CONVERSATION_KNOWN)
			return c;
	return NULL;
}

uint16_t next_peer_port(void)
{
	return run.next_port++;
}

/* ---- Events ---- */

static void advance_to(struct step *e)
{
	if (e->form != TIME_ANY)
		machine_advance(live_time(e->usecs));
	if (e->form == TIME_ANY)
		e->usecs = script_time(machine_now);
}

static void run_event(struct step *e)
{
	run.event = e;
	if (e->kind == EVENT_PACKET && !e->packet->inbound) {
		run_outbound(e);
		return;
	}
	advance_to(e);
	if (e->form == TIME_RANGE || e->form == TIME_RELATIVE_RANGE)
		e->usecs_end = MAX(e->usecs_end, e->usecs);
	check_time(e, machine_now, "event");
	if (e->kind == EVENT_PACKET)
		run_inbound(e);
	else if (e->kind == EVENT_CALL)
		run_call(e);
	else if (e->kind == EVENT_SHELL)
		run_shell(e->text, e->line);
	else
		run_code(e);
	if (e->kind == EVENT_PACKET || e->kind == EVENT_CALL)
		machine_advance(machine_now + STEP);
}

static void run_commands(struct step *list)
{
	for (struct step *e = list; e; e = e->next) {
		run.event = e;
		run_shell(e->text, e->line);
	}
}

static void run_events(void)
{
	int64_t base = 0;

	if (run.script->events && run.script->events->form != TIME_ANY)
		run.script_start = run.script->events->usecs;
	run.live_start = machine_now;
	for (struct step *e = run.script->events; e; e = e->next) {
		set_time(e, base);
		run_event(e);
		base = e->usecs;
	}
	wait_for_calls();
}

/* ---- Beginning and end ---- */

static void read_address(const char *text, struct net_addr *addr)
{
	char *copy;

	if (!text)
		return;
	copy = strdup(text);
	copy[strcspn(copy, "/")] = 0;
	if (addr_parse(copy, addr))
		unsupported(1, "no address: %s", text);
}

static void set_addresses(const struct script *s)
{
	addr_parse(run.six ? "fd3d:a0b:17d6::1" : "192.168.0.1", &run.local);
	addr_parse(run.six ? "fd3d:fa7b:d17d::1" : "192.0.2.1", &run.remote);
	read_address(s->local_ip, &run.local);
	read_address(s->remote_ip, &run.remote);
	if ((addr_family(&run.local) == NET_IP6) != run.six ||
	    (addr_family(&run.remote) == NET_IP6) != run.six)
		unsupported(1, "addresses of the other version of IP");
}

static void start(const struct script *s)
{
	struct machine_config config = { .six = run.six,
					 .bits = run.six ? 48 : 16 };

	/* Room for the same segments in both, as packetdrill does it; an MTU
	 * that was given for IPv6 alone is meant as it stands. */
	config.mtu = s->mtu ? (uint32_t)s->mtu : 1500;
	if (run.six && !(s->mtu && run.one_version))
		config.mtu += 20;
	config.address = run.local;
	machine_start(&config);
}

static void reset_all(void)
{
	for (struct conversation *c = run.conversations; c; c = c->next)
		if (c->protocol == 6)
			packet_inject_reset(c);
}

void run_script(struct script *script, enum ip_version version)
{
	long left;

	run.script = script;
	run.version = version;
	run.six = version == VERSION_6;
	run.next_port = 40000;
	if (script->unsupported)
		unsupported(1, "%s", script->unsupported);
	set_addresses(script);
	start(script);
	if (script->init_scripts)
		run_shell(script->init_scripts, 1);
	run_commands(script->init);
	run_events();
	run_commands(script->cleanup);
	reset_all();
	left = machine_end();
	if (left)
		fail(1, true, "%ld objects are left when the stack has ended",
		     left);
}
