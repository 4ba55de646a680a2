// SPDX-License-Identifier: MIT
/*
 * A script in packetdrill's language, as read: options, then events in order,
 * each with a time and one of four things: a packet, a system call, a shell
 * command, a piece of code. Nothing here is ever freed: a process runs one
 * script.
 */
#pragma once

#include "lib/types.h"

/* ---- Expressions: arguments and results of system calls ---- */

enum expr_kind {
	EXPR_ELLIPSIS,
	EXPR_NUMBER,
	EXPR_STRING, /* text, length */
	EXPR_WORD, /* a symbolic constant */
	EXPR_BINARY, /* text[0] is the operator */
	EXPR_LIST, /* [a, b] */
	EXPR_STRUCT, /* {name = value, ...}; items may have a name */
	EXPR_CALL, /* htons(8080) */
};

struct expr {
	enum expr_kind kind;
	int64_t number;
	char *text;
	size_t length;
	char *name; /* as a member of a structure */
	int count;
	struct expr **items;
};

/* ---- Packets ---- */

enum packet_kind { PACKET_TCP, PACKET_UDP, PACKET_ICMP };

#define OPTIONS_MAX 40

struct script_packet {
	enum packet_kind kind;
	int line;
	bool inbound;
	const char *unsupported; /* why it cannot be run */

	bool has_tos, has_ttl, has_flow;
	uint8_t tos, tos_mask, ttl;
	uint32_t flow;
	/* Ours: other addresses, and IPv4 options, of inbound packets. */
	const char *src, *dst;
	uint8_t ip_options[OPTIONS_MAX];
	uint32_t ip_option_length;
	/* Ours: a fragment, bytes from ... end of what follows the IP header;
	 * end 0: the whole packet. */
	uint16_t ip_id;
	uint32_t part_from, part_end;
	bool has_ports;
	uint16_t src_port, dst_port;

	uint16_t flags; /* FIN 1 ... CWR 128, AE 256 */
	uint32_t seq, end, length;
	bool has_ack, has_window, has_urgent, any_seq, bad_checksum;
	uint32_t ack;
	uint32_t window, urgent;
	bool any_options, has_stamp, any_ts_val, any_ts_ecr;
	bool absolute_ecr;
	uint8_t options[OPTIONS_MAX];
	uint32_t option_length;

	/* ICMP; names as written, the version of IP decides. */
	char *type, *code;
	uint32_t mtu;
	bool echoed; /* [1:1001(1000)] or [udp (1000)] was given */
	enum packet_kind echoed_kind;
};

/* ---- Events ---- */

enum event_kind { EVENT_PACKET, EVENT_CALL, EVENT_SHELL, EVENT_CODE };
enum time_form {
	TIME_ABSOLUTE,
	TIME_RELATIVE,
	TIME_ANY,
	TIME_RANGE,
	TIME_RELATIVE_RANGE,
};

struct step {
	struct step *next;
	enum event_kind kind;
	int line;
	enum time_form form;
	int64_t usecs, usecs_end; /* usecs_end: of ranges */
	int64_t call_end; /* 0.1...0.3: -1 without */

	struct script_packet *packet;
	char *name; /* of the call */
	int argument_count;
	struct expr **arguments;
	struct expr *result; /* NULL: not looked at */
	char *error; /* EAGAIN */
	char *text; /* command or code */
};

#define DEFINITIONS 64

struct script {
	const char *path;
	char *topic;
	struct step *init, *events, *cleanup; /* init, cleanup: commands */
	/* Options; strings may be NULL. */
	const char *ip_version;
	int64_t mtu, tolerance_usecs, ts_tick_usecs;
	int connect_port, bind_port;
	const char *local_ip, *remote_ip, *gateway_ip, *so_filename;
	const char *init_scripts;
	bool non_fatal_packet, non_fatal_call, send_omit_free;
	double tolerance_percent;
	const char *unsupported;
	struct {
		char *name, *value;
	} define[DEFINITIONS];
	int definitions;
};

/* ---- Reading ---- */

struct reader {
	const char *path;
	const char *at; /* the rest of the text */
	int line;
	struct script *script;
};

/* Prints file:line: and ends the process: a script that cannot be read. */
NORETURN void reader_fail(const struct reader *r, const char *format, ...)
	PRINTF_LIKE(2, 3);
void reader_space(struct reader *r); /* blanks, comments, ends of lines */
bool reader_take(struct reader *r, const char *text); /* this text, if next */
void reader_expect(struct reader *r, const char *text);
/* [A-Za-z0-9_.]*, a copy with definitions replaced; NULL: none. */
char *reader_word(struct reader *r);
/* Only when the word follows, as a whole. */
bool reader_take_word(struct reader *r, const char *word);
int64_t reader_number(struct reader *r); /* decimal or 0x */
char *reader_quoted(struct reader *r, char quote); /* raw, to the quote */

struct expr *parse_expr(struct reader *r);
struct expr *parse_result(struct reader *r);
struct script_packet *parse_packet(struct reader *r);
struct script *parse_script(const char *path);
/* A whole file as text, or NULL. */
char *read_file(const char *path);
/* --name=value or --flag; false: no option of ours. */
bool parse_option(struct script *script, const char *text);

/* The value of a symbolic constant. */
bool symbol_find(const char *name, int64_t *value);
/* Every one of them, for pieces of code. */
int symbol_count(void);
const char *symbol_name(int i, int64_t *value);
/* "EAGAIN" for 11. */
const char *symbol_errno(int error);
