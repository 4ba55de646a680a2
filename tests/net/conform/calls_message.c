// SPDX-License-Identifier: MIT
/*
 * System calls with structures of structures: readv and writev, sendmsg and
 * recvmsg with control messages, poll and epoll.
 */
#include "tests/net/conform/libc.h"

#include "kernel/sched/clock.h"
#include "kernel/syscall/syscall.h"
#include "lib/bytes.h"
#include "tests/net/conform/conform.h"
#include "tests/net/conform/machine.h"

#define IOVECS 64
#define CONTROL_ROOM 4096
#define EVENTS 64
#define SOL_SOCKET 1
#define SCM_TIMESTAMP 29
#define SCM_TIMESTAMPNS 35
#define SCM_TIMESTAMPING 37
#define SO_EE_ORIGIN_TIMESTAMPING 4

static uaddr_t user(const void *p)
{
	return (uaddr_t)(uintptr_t)p;
}

/* ---- iovecs ---- */

/* [{..., 1000}, {"abc", 3}]; their number. */
static int put_iovecs(const struct step *e, const struct expr *list,
		      uint8_t iovecs[IOVECS * 16])
{
	int n = 0;

	if (list->kind != EXPR_LIST || is_ellipsis(list))
		unsupported(e->line, "iovecs that are no list");
	for (; n < list->count && n < IOVECS; n++) {
		const struct expr *v = list->items[n];
		const struct expr *text;
		size_t size;
		char *data;

		if (v->kind != EXPR_STRUCT || v->count < 2)
			unsupported(e->line, "an iovec of another form");
		size = (size_t)value_of(v->items[1]);
		data = calloc(1, size + 1);
		text = v->items[0];
		if (text->kind == EXPR_STRING)
			memcpy(data, text->text, MIN(size, text->length));
		put_le64(iovecs + n * 16, user(data));
		put_le64(iovecs + n * 16 + 8, size);
	}
	return n;
}

static long vector_call(struct step *e)
{
	uint8_t iovecs[IOVECS * 16];
	int n = put_iovecs(e, argument_expr(e, 1), iovecs);

	if (e->argument_count > 2)
		n = (int)argument(e, 2);
	return !strcmp(e->name, "readv") ?
		       sys_readv(argument_fd(e, 0), user(iovecs), (size_t)n) :
		       sys_writev(argument_fd(e, 0), user(iovecs), (size_t)n);
}

/* ---- Messages ---- */

struct user_message {
	uint8_t header[56], name[128], control[CONTROL_ROOM];
	uint8_t iovecs[IOVECS * 16];
};

static size_t put_control(const struct step *e, const struct expr *list,
			  uint8_t *to)
{
	size_t at = 0;

	if (list->kind != EXPR_LIST)
		return 0;
	for (int i = 0; i < list->count; i++) {
		const struct expr *m = list->items[i];
		const struct expr *data;
		size_t size;

		if (m->kind != EXPR_STRUCT || at + 256 > CONTROL_ROOM)
			unsupported(e->line, "a control message's form");
		data = member(m, "cmsg_data");
		size = data ? value_bytes(data, to + at + 16, 200) : 0;
		put_le64(to + at, (uint64_t)member_or(m, "cmsg_len",
						      (int64_t)(16 + size)));
		put_le32(to + at + 8, (uint32_t)member_or(m, "cmsg_level", 0));
		put_le32(to + at + 12, (uint32_t)member_or(m, "cmsg_type", 0));
		at += ALIGN_UP(16 + size, (size_t)8);
	}
	return at;
}

static struct user_message *make_message(const struct step *e, bool send)
{
	struct user_message *m = calloc(1, sizeof(*m));
	const struct expr *x = argument_expr(e, 1), *part;

	if (x->kind != EXPR_STRUCT)
		unsupported(e->line, "a message header of another form");
	part = member(x, "msg_name");
	if (part && (part->kind == EXPR_STRUCT || is_ellipsis(part))) {
		int length = value_address(part, &run.remote,
					   (uint16_t)run.script->connect_port,
					   m->name);

		put_le64(m->header, user(m->name));
		put_le32(m->header + 8, send ? (uint32_t)length : 128);
	}
	part = member(x, "msg_iov");
	if (part) {
		int n = put_iovecs(e, part, m->iovecs);

		put_le64(m->header + 16, user(m->iovecs));
		put_le64(m->header + 24, (uint64_t)n);
	}
	part = member(x, "msg_control");
	if (part) {
		put_le64(m->header + 32, user(m->control));
		put_le64(m->header + 40,
			 send ? put_control(e, part, m->control) :
				CONTROL_ROOM);
	}
	put_le32(m->header + 48, (uint32_t)member_or(x, "msg_flags", 0));
	return m;
}

static long call_sendmsg(struct step *e)
{
	struct user_message *m = make_message(e, true);
	struct conversation *c = conversation_by_fd((int)argument(e, 0));

	if (c && get_le64(m->header) && c->state == CONVERSATION_NEW) {
		c->state = CONVERSATION_CONNECTING;
		c->remote_port = address_port(m->name);
	}
	return sys_sendmsg(argument_fd(e, 0), user(m->header),
			   (unsigned)argument(e, 2));
}

/* ---- What came back ---- */

static void check_field(const struct step *e, const struct expr *s,
			const char *name, int64_t got)
{
	const struct expr *want = member(s, name);

	if (want && !is_ellipsis(want) &&
	    (uint32_t)value_of(want) != (uint32_t)got)
		call_fail(e, "%s: expected %lld, got %lld", name,
			  (long long)value_of(want), (long long)got);
}

/* {scm_sec=0, scm_nsec=200000000}: a time of the script. */
static void check_stamp(const struct step *e, const struct expr *want,
			const uint8_t *data, bool micro)
{
	nsec_t unit = micro ? NSEC_PER_USEC : 1;
	nsec_t got = (nsec_t)get_le64(data) * NSEC_PER_SEC +
		     (nsec_t)get_le64(data + 8) * unit;
	int64_t first = member_or(want, "scm_sec", 0) * 1000000 +
			member_or(want, "scm_nsec", 0) / 1000;
	int64_t at;

	first += member_or(want, "tv_sec", 0) * 1000000 +
		 member_or(want, "tv_usec", 0) +
		 member_or(want, "tv_nsec", 0) / 1000;
	at = script_time(got - clock_realtime_offset());
	if (!within_tolerance(at, first, first))
		call_fail(e, "time stamp: expected %.6f, got %.6f",
			  (double)first / 1e6, (double)at / 1e6);
}

static void check_error(const struct step *e, const struct expr *want,
			const uint8_t *data)
{
	check_field(e, want, "ee_errno", get_le32(data));
	check_field(e, want, "ee_origin", data[4]);
	check_field(e, want, "ee_type", data[5]);
	check_field(e, want, "ee_code", data[6]);
	check_field(e, want, "ee_info", get_le32(data + 8));
	check_field(e, want, "ee_data", get_le32(data + 12));
}

static void check_control_data(const struct step *e, const struct expr *want,
			       int level, int type, const uint8_t *data,
			       size_t size)
{
	uint8_t bytes[256];
	size_t n;

	if (!want || is_ellipsis(want))
		return;
	if (want->kind == EXPR_STRUCT && member(want, "ee_origin")) {
		check_error(e, want, data);
	} else if (want->kind == EXPR_STRUCT && level == SOL_SOCKET &&
		   (type == SCM_TIMESTAMP || type == SCM_TIMESTAMPNS ||
		    type == SCM_TIMESTAMPING)) {
		check_stamp(e, want, data, type == SCM_TIMESTAMP);
	} else {
		n = value_bytes(want, bytes, sizeof(bytes) - 16);
		if (size < n || memcmp(bytes, data, n) != 0)
			call_fail(e,
				  "control message %d/%d: other data "
				  "(%u bytes, first word %u)",
				  level, type, (unsigned)size,
				  size >= 4 ? get_le32(data) : 0);
	}
}

static void check_control(const struct step *e, const struct expr *list,
			  const struct user_message *m)
{
	size_t room = get_le64(m->header + 40), at = 0;

	if (!list || list->kind != EXPR_LIST || is_ellipsis(list))
		return;
	for (int i = 0; i < list->count; i++) {
		const struct expr *want = list->items[i];
		size_t length;

		if (want->kind != EXPR_STRUCT)
			continue;
		if (at + 16 > room) {
			call_fail(e, "control message %d is not there", i + 1);
			return;
		}
		length = get_le64(m->control + at);
		check_field(e, want, "cmsg_len", (int64_t)length);
		check_field(e, want, "cmsg_level",
			    (int32_t)get_le32(m->control + at + 8));
		check_field(e, want, "cmsg_type",
			    (int32_t)get_le32(m->control + at + 12));
		check_control_data(e, member(want, "cmsg_data"),
				   (int)get_le32(m->control + at + 8),
				   (int)get_le32(m->control + at + 12),
				   m->control + at + 16, length - 16);
		at += ALIGN_UP(length, (size_t)8);
	}
	if (at < room)
		call_fail(e, "a control message more than expected: %u/%u",
			  get_le32(m->control + at + 8),
			  get_le32(m->control + at + 12));
}

static long call_recvmsg(struct step *e)
{
	struct user_message *m = make_message(e, false);
	const struct expr *x = argument_expr(e, 1);
	long n = sys_recvmsg(argument_fd(e, 0), user(m->header),
			     (unsigned)argument(e, 2));

	if (n < 0)
		return n;
	check_field(e, x, "msg_flags", get_le32(m->header + 48));
	check_control(e, member(x, "msg_control"), m);
	return n;
}

/* ---- poll ---- */

static const char *poll_text(uint32_t bits)
{
	static char text[128];
	static const char *const names[] = { "IN",     "PRI",	 "OUT",
					     "ERR",    "HUP",	 "NVAL",
					     "RDNORM", "RDBAND", "WRNORM",
					     "WRBAND" };

	text[0] = 0;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (bits & 1u << i)
			snprintf(text + strlen(text),
				 sizeof(text) - strlen(text), "%s%s",
				 *text ? "|" : "", names[i]);
	if (bits & 0x2000)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "|RDHUP");
	return text;
}

static long call_poll(struct step *e)
{
	const struct expr *list = argument_expr(e, 0);
	uint8_t fds[EVENTS * 8] = { 0 };
	int n = 0;
	long result;

	if (list->kind == EXPR_LIST)
		n = MIN(list->count, EVENTS);
	for (int i = 0; i < n; i++) {
		const struct expr *p = list->items[i];

		put_le32(fds + i * 8,
			 (uint32_t)live_fd((int)member_or(p, "fd", -1)));
		put_le16(fds + i * 8 + 4, (uint16_t)member_or(p, "events", 0));
	}
	result = sys_poll(user(fds), (unsigned)argument(e, 1),
			  (int)argument(e, 2));
	for (int i = 0; i < n && result >= 0; i++) {
		const struct expr *want = member(list->items[i], "revents");
		uint16_t got = get_le16(fds + i * 8 + 6);

		if (want && !is_ellipsis(want) && value_of(want) != got)
			call_fail(e, "revents: expected %#llx, got %#x (%s)",
				  (long long)value_of(want), got,
				  poll_text(got));
	}
	return result;
}

/* The member that carries the program's own word. */
static const struct expr *event_data(const struct expr *s)
{
	static const char *const names[] = { "fd", "u32", "u64", "ptr" };
	const struct expr *found = NULL;

	for (size_t i = 0; i < ARRAY_LEN(names) && !found; i++)
		found = member(s, names[i]);
	return found;
}

static void put_event(const struct expr *s, uint8_t to[12])
{
	const struct expr *data = event_data(s);

	put_le32(to, (uint32_t)member_or(s, "events", 0));
	put_le64(to + 4,
		 data && !is_ellipsis(data) ? (uint64_t)value_of(data) : 0);
}

static long call_epoll_ctl(struct step *e)
{
	const struct expr *s = e->argument_count > 3 ? argument_expr(e, 3) :
						       NULL;
	uint8_t bytes[12] = { 0 };

	if (s && s->kind == EXPR_LIST && s->count == 1)
		s = s->items[0];
	if (s && s->kind == EXPR_STRUCT)
		put_event(s, bytes);
	return sys_epoll_ctl(argument_fd(e, 0), (int)argument(e, 1),
			     argument_fd(e, 2), user(bytes));
}

static void check_event(const struct step *e, const struct expr *want,
			const uint8_t *got)
{
	uint8_t bytes[12];
	const struct expr *data = event_data(want);

	put_event(want, bytes);
	if (!is_ellipsis(member(want, "events") ? member(want, "events") :
						  want) &&
	    get_le32(bytes) != get_le32(got))
		call_fail(e, "events: expected %#x, got %#x (%s)",
			  get_le32(bytes), get_le32(got),
			  poll_text(get_le32(got)));
	if (data && !is_ellipsis(data) &&
	    get_le32(bytes + 4) != get_le32(got + 4))
		call_fail(e, "another file's event: %u", get_le32(got + 4));
}

static long call_epoll_wait(struct step *e)
{
	const struct expr *list = argument_expr(e, 1);
	uint8_t events[EVENTS * 12] = { 0 };
	int most = MIN((int)argument(e, 2), EVENTS);
	long n;

	/* epoll_pwait2's timespec is not spoken here. */
	n = sys_epoll_wait(argument_fd(e, 0), user(events), most,
			   (int)argument(e, 3));
	if (n <= 0)
		return n;
	if (list->kind == EXPR_STRUCT)
		check_event(e, list, events);
	for (int i = 0; list->kind == EXPR_LIST && !is_ellipsis(list) &&
			i < list->count && i < n;
	     i++)
		check_event(e, list->items[i], events + i * 12);
	return n;
}

call_body message_call(const char *name)
{
	static const struct {
		const char *name;
		call_body body;
	} calls[] = {
		{ "readv", vector_call },
		{ "writev", vector_call },
		{ "sendmsg", call_sendmsg },
		{ "recvmsg", call_recvmsg },
		{ "poll", call_poll },
		{ "epoll_ctl", call_epoll_ctl },
		{ "epoll_wait", call_epoll_wait },
		{ "epoll_pwait", call_epoll_wait },
	};

	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		if (!strcmp(calls[i].name, name))
			return calls[i].body;
	return NULL;
}
