// SPDX-License-Identifier: MIT
/*
 * An independent judge of TCP: reads any capture and says where an end broke a
 * rule. It knows the RFCs and the bytes on the wire, and nothing of Weir's own
 * TCP: only the connection table, which it shares with the other modes.
 *
 * A rule that an RFC demands (MUST) gives a violation, one that it recommends
 * (SHOULD), or that cannot be decided from outside, a note. What follows from
 * a capture's own losses is told as "capture incomplete" and never as a
 * violation; rules that need the handshake are not judged without it. Rules
 * about the time of an answer are judged only for an end that the capture was
 * taken next to. docs/pcapdump.md has the list.
 */
#pragma once

#include "tools/pcapdump/pass.h"

enum check_rule {
	CHECK_INCOMPLETE,
	CHECK_IP_SUM,
	CHECK_SUM_SENT,
	CHECK_SUM_ACCEPTED,
	CHECK_SUM_BAD,
	CHECK_FLAGS,
	CHECK_NO_ACK_FLAG,
	CHECK_OPTION_MALFORMED,
	CHECK_OPTION_SYN_ONLY,
	CHECK_OPTION_UNASKED,
	CHECK_WSCALE,
	CHECK_TS_MISSING,
	CHECK_TS_UNASKED,
	CHECK_TS_BACKWARDS,
	CHECK_TS_ECHO,
	CHECK_ECN_UNASKED,
	CHECK_SEQ_CONTENT,
	CHECK_WINDOW_OVERRUN,
	CHECK_WINDOW_SHRUNK,
	CHECK_MSS,
	CHECK_INITIAL_WINDOW,
	CHECK_AFTER_FIN,
	CHECK_RST_STORM,
	CHECK_ACK_UNSENT,
	CHECK_ACK_BACKWARDS,
	CHECK_ACK_STRETCH,
	CHECK_ACK_DELAY,
	CHECK_ACK_DISORDER,
	CHECK_SACK_UNASKED,
	CHECK_SACK_RANGE,
	CHECK_SACK_FIRST,
	CHECK_RTO_EARLY,
	CHECK_RTO_LEAST,
	CHECK_RTO_BACKOFF,
	CHECK_RULES,
};

struct check_rule_text {
	const char *id; /* "WINDOW-OVERRUN" */
	bool violation; /* or a note */
	const char *clause; /* "RFC 9293 3.8.6" */
	const char *title;
};

extern const struct check_rule_text check_rules[CHECK_RULES];

struct check_finding {
	enum check_rule rule;
	const struct conn *conn; /* NULL: not of TCP */
	unsigned from; /* the side that broke it */
	uint64_t packet; /* where it shows */
	uint64_t because; /* an earlier packet that it depends on; 0: none */
	bool selected; /* the filter wants that packet */
	const char *text;
};

struct check {
	void (*found)(void *context, const struct check_finding *finding);
	void *context;
	struct check_conn **conns; /* by connection number */
	uint32_t room;
	uint64_t found_by_rule[CHECK_RULES];
};

/* Judges one packet; findings go to check->found at once. */
void check_add(struct check *check, const struct view *view);
/* What can be said only at the end of the capture. */
void check_end(struct check *check, const struct conn_table *table);
void check_free(struct check *check);
