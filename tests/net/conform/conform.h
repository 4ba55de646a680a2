// SPDX-License-Identifier: MIT
/*
 * The run of one script: what its parts share. One process runs one script on
 * one version of IP, so this state is global and simply ends with the process.
 *
 * A conversation is what packetdrill calls a socket: the pair of ports that a
 * script's packets are about, the initial sequence numbers that map its
 * relative numbers to those on the wire, and the descriptors, if they are known.
 */
#pragma once

#include "net/wire/address.h"
#include "tests/net/conform/script.h"

struct wire_packet;

#define EXIT_FAILED 1
#define EXIT_UNSUPPORTED 2
#define EXIT_LEFT_OUT 3 /* it takes longer than was asked for */

/* Print `path:line: ...` and end this script. */
NORETURN void report_failure(const char *path, int line, const char *format,
			     ...) PRINTF_LIKE(3, 4);
NORETURN void report_unsupported(const char *path, int line, const char *format,
				 ...) PRINTF_LIKE(3, 4);
/* The same, of this run's script; `fatal` false: print and go on. */
void fail(int line, bool fatal, const char *format, ...) PRINTF_LIKE(3, 4);
NORETURN void unsupported(int line, const char *format, ...) PRINTF_LIKE(2, 3);

enum conversation_state {
	CONVERSATION_NEW,
	CONVERSATION_LISTENING,
	CONVERSATION_CONNECTING, /* its first packet tells the local port */
	CONVERSATION_KNOWN, /* both ports are */
};

#define STAMPS_MAX 4096

struct conversation {
	struct conversation *next;
	enum conversation_state state;
	uint8_t protocol;
	int script_fd, live_fd; /* -1: none */
	uint16_t local_port, remote_port; /* 0: not known */
	bool isn_known;
	uint32_t script_isn, live_isn; /* of the stack's direction */
	/* Timestamps that the stack sent, and what the script calls them. */
	bool stamp_known;
	uint32_t first_script_stamp, first_live_stamp;
	int stamp_count;
	struct {
		uint32_t script, live;
	} stamps[STAMPS_MAX];
	/* For the reset at the end: what the peer would send next. */
	uint32_t peer_next, stack_next;
	bool seen;
};

enum ip_version { VERSION_4, VERSION_6, VERSION_MAPPED };

struct run {
	struct script *script;
	enum ip_version version;
	bool six; /* packets on the wire are IPv6 */
	bool one_version; /* the script or the caller asked for this one */
	bool verbose;
	struct net_addr local, remote;
	nsec_t live_start;
	int64_t script_start; /* microseconds */
	struct step *event; /* being run */
	struct conversation *conversations, *under_test;
	uint16_t next_port;
};

extern struct run run;

/* Runs it to its end; returns only when it passed. */
void run_script(struct script *script, enum ip_version version);
/* How long it takes at least, in microseconds. */
int64_t script_length(const struct script *script);
/* Microseconds of the script's clock at a time of the machine. */
int64_t script_time(nsec_t live);
/* Fails unless `live` is when the event was to happen. */
void check_time(const struct step *e, nsec_t live, const char *what);
bool within_tolerance(int64_t actual, int64_t first, int64_t last);

struct conversation *conversation_new(int script_fd, int live_fd,
				      uint8_t protocol);
struct conversation *conversation_by_fd(int script_fd);
struct conversation *conversation_by_ports(uint8_t protocol,
					   uint16_t local_port,
					   uint16_t remote_port);
uint16_t next_peer_port(void);

/* ---- Packets ---- */

/* A packet on the wire, taken apart; numbers as the script has them. */
struct live_packet {
	uint8_t protocol; /* 0: neither TCP, UDP nor ICMP */
	bool partial, corrupt;
	uint32_t gso_size;
	uint8_t tos, ttl;
	uint32_t flow;
	uint16_t src_port, dst_port;
	uint32_t seq, ack, window, urgent;
	uint16_t flags;
	uint32_t length; /* of the payload */
	uint8_t options[OPTIONS_MAX];
	uint32_t option_length;
	uint8_t *tcp; /* the header in the packet */
	/* ICMP */
	uint8_t type, code;
	uint32_t mtu;
	uint8_t echoed_protocol;
	uint16_t echoed_src_port, echoed_dst_port;
	uint32_t echoed_seq, echoed_length;
};

void packet_dissect(struct live_packet *p, const struct wire_packet *wire);
/* From the peer to the stack. */
void packet_inject(const struct script_packet *p, struct conversation *c);
void packet_inject_reset(struct conversation *c);
/* ICMP's numbers for names; -1: not known. */
int icmp_type_number(const char *name, bool six);
int icmp_code_number(int type, const char *name, bool six);

/* In packetdrill's notation, in one of a few static buffers. */
const char *packet_text(const struct script_packet *p);
const char *live_text(const struct live_packet *p);
const char *options_text(const uint8_t *at, uint32_t length);
/* What differs, or NULL. `partly`: the packet is a piece, PSH not looked at. */
const char *packet_compare(const struct script_packet *want,
			   const struct live_packet *got,
			   struct conversation *c, bool partly);

void run_inbound(struct step *e);
void run_outbound(struct step *e);

/* ---- Values ---- */

/* A number; symbolic constants, htons() and the like are worked out. */
int64_t value_of(const struct expr *e);
bool is_ellipsis(const struct expr *e);
const struct expr *member(const struct expr *structure, const char *name);
int64_t member_or(const struct expr *structure, const char *name, int64_t or);
/* The bytes of an argument: an int for [1], a string's, a structure's. */
size_t value_bytes(const struct expr *e, uint8_t *to, size_t room);
/* sockaddr of the version; `...` is the given address. Its length. */
int value_address(const struct expr *e, const struct net_addr *addr,
		  uint16_t port, uint8_t *to);
uint16_t address_port(const uint8_t *sockaddr);
/* Script's descriptor to the kernel's. */
int live_fd(int script_fd);
void map_fd(int script_fd, int live);

/* ---- System calls ---- */

void run_call(struct step *e);
/* Those that sleep (0...0.1) still to end. */
void wait_for_calls(void);
/* Compares a result with what the event says. */
void check_result(const struct step *e, long result);
void call_fail(const struct step *e, const char *format, ...) PRINTF_LIKE(2, 3);
/* The arguments of the event; `i` counts from 0. */
int64_t argument(const struct step *e, int i);
struct expr *argument_expr(const struct step *e, int i);
int argument_fd(const struct step *e, int i);
typedef long (*call_body)(struct step *e);
call_body message_call(const char *name); /* those of calls_message.c */

/* ---- Commands and code ---- */

void script_defaults(struct script *script);
void run_shell(const char *text, int line);
void run_code(struct step *e);
/* Within defaults: what is not known is passed over. */
extern bool shell_lenient;
/* Only settings, which need no shell. */
bool shell_understands(const char *text);

/* What the machine does itself. "net/ipv4/tcp_sack"; false: not known. */
bool tunable_set(const char *path, const char *text, int line);
/* One command that is no setting. */
void machine_command(char *words[], int n, int line);
/* A whole text; false: command by command, please. */
bool machine_shell(const char *text, int line);
