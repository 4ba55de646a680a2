// SPDX-License-Identifier: MIT
/*
 * System calls of a script. Each is turned into the arguments of the kernel's
 * own function, called in a task, and its result and what it wrote compared
 * with what the script says.
 */
#include "tests/net/conform/libc.h"

#include "kernel/syscall/syscall.h"
#include "lib/bytes.h"
#include "tests/net/conform/conform.h"
#include "tests/net/conform/machine.h"

#define AF_INET 2
#define AF_INET6 10
#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17
#define SOCK_DGRAM 2
#define BUFFER_MAX (64 << 20)
#define OPTION_MAX 4096

/* ---- Arguments and results ---- */

void call_fail(const struct step *e, const char *format, ...)
{
	char text[400];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fail(e->line, !run.script->non_fatal_call, "%s(): %s", e->name, text);
}

struct expr *argument_expr(const struct step *e, int i)
{
	if (i >= e->argument_count)
		unsupported(e->line, "%s() with %d arguments", e->name,
			    e->argument_count);
	return e->arguments[i];
}

int64_t argument(const struct step *e, int i)
{
	return value_of(argument_expr(e, i));
}

int argument_fd(const struct step *e, int i)
{
	return live_fd((int)argument(e, i));
}

/* A number to be compared with a value that the kernel wrote. */
static void check_number(const struct step *e, const struct expr *want,
			 int64_t got, const char *what)
{
	if (is_ellipsis(want) || (int32_t)value_of(want) == (int32_t)got)
		return;
	call_fail(e, "%s: expected %lld, got %lld", what,
		  (long long)value_of(want), (long long)got);
}

static bool result_matches(const struct step *e, long result)
{
	if (!e->result || e->result->kind == EXPR_ELLIPSIS)
		return true;
	if (result >= 0)
		return value_of(e->result) == result;
	return value_of(e->result) == -1 &&
	       (!e->error || !strcmp(e->error, symbol_errno((int)-result)) ||
		(!strcmp(e->error, "EWOULDBLOCK") && result == -EAGAIN) ||
		(!strcmp(e->error, "ENOTSUP") && result == -EOPNOTSUPP));
}

void check_result(const struct step *e, long result)
{
	char want[64] = "...";

	if (result_matches(e, result))
		return;
	if (e->result && e->result->kind != EXPR_ELLIPSIS)
		snprintf(want, sizeof(want), "%lld%s%s",
			 (long long)value_of(e->result), e->error ? " " : "",
			 e->error ? e->error : "");
	if (result < 0)
		call_fail(e, "expected result %s, got -1 %s", want,
			  symbol_errno((int)-result));
	else
		call_fail(e, "expected result %s, got %ld", want, result);
}

/* A call that makes a descriptor: the script's number stands for it. */
static long made_fd(const struct step *e, long result)
{
	int64_t want = -1;

	if (e->result && !is_ellipsis(e->result))
		want = value_of(e->result);
	if (result < 0 || want < 0)
		return result;
	map_fd((int)want, (int)result);
	return want;
}

static uint8_t *buffer(int64_t size)
{
	if (size < 0 || size > BUFFER_MAX)
		size = 0;
	return calloc(1, (size_t)size + 16);
}

static uaddr_t user(const void *p)
{
	return (uaddr_t)(uintptr_t)p;
}

/* ---- Sockets ---- */

static long call_socket(struct step *e)
{
	int family = is_ellipsis(argument_expr(e, 0)) ?
			     (run.version == VERSION_4 ? AF_INET : AF_INET6) :
			     (int)argument(e, 0);
	int type = (int)argument(e, 1), protocol = (int)argument(e, 2);
	long fd = sys_socket(family, type, protocol);
	long result = made_fd(e, fd);

	if (result >= 0)
		run.under_test = conversation_new((int)result, (int)fd,
						  (type & 15) == SOCK_DGRAM ?
							  PROTOCOL_UDP :
							  PROTOCOL_TCP);
	return result;
}

static struct conversation *of_call(const struct step *e)
{
	return conversation_by_fd((int)argument(e, 0));
}

static long call_bind(struct step *e)
{
	struct conversation *c = of_call(e);
	struct net_addr any = run.version == VERSION_4 ? addr_ip4(0) :
							 addr_any6();
	uint8_t name[128];
	int length = value_address(argument_expr(e, 1), &any,
				   (uint16_t)run.script->bind_port, name);
	long result;

	if (!is_ellipsis(argument_expr(e, 2)))
		length = (int)argument(e, 2);
	result = sys_bind(argument_fd(e, 0), user(name), length);
	if (!result && c) {
		c->local_port = address_port(name);
		if (!c->local_port) {
			uint32_t room = sizeof(name);

			sys_getsockname(argument_fd(e, 0), user(name),
					user(&room));
			c->local_port = address_port(name);
		}
	}
	return result;
}

static long call_listen(struct step *e)
{
	struct conversation *c = of_call(e);
	long result = sys_listen(argument_fd(e, 0), (int)argument(e, 1));

	if (!result && c) {
		c->state = CONVERSATION_LISTENING;
		run.under_test = c;
	}
	return result;
}

static void expect_connect(struct conversation *c, const uint8_t *name)
{
	if (!c || c->state == CONVERSATION_KNOWN)
		return;
	c->state = CONVERSATION_CONNECTING;
	c->remote_port = address_port(name);
	run.under_test = c;
}

/* A datagram socket has its ports as soon as it is connected. */
static void learn_ports(struct conversation *c, int fd)
{
	uint8_t name[128];
	uint32_t room = sizeof(name);

	if (!c || c->protocol != PROTOCOL_UDP)
		return;
	if (!sys_getsockname(fd, user(name), user(&room)))
		c->local_port = address_port(name);
	if (c->local_port && c->remote_port)
		c->state = CONVERSATION_KNOWN;
}

static long call_connect(struct step *e)
{
	struct conversation *c = of_call(e);
	uint8_t name[128];
	int length = value_address(argument_expr(e, 1), &run.remote,
				   (uint16_t)run.script->connect_port, name);
	long result;

	if (!is_ellipsis(argument_expr(e, 2)))
		length = (int)argument(e, 2);
	if (get_le16(name))
		expect_connect(c, name);
	result = sys_connect(argument_fd(e, 0), user(name), length);
	learn_ports(c, argument_fd(e, 0));
	return result;
}

/* The new descriptor belongs to the conversation with that peer. */
static void name_child(int script_fd, int fd, const uint8_t *name)
{
	uint16_t port = address_port(name);

	for (struct conversation *c = run.conversations; c; c = c->next) {
		if (c->remote_port != port || c->script_fd >= 0 ||
		    c->protocol != PROTOCOL_TCP)
			continue;
		c->script_fd = script_fd;
		c->live_fd = fd;
		return;
	}
}

static long accept_with(struct step *e, int flags)
{
	uint8_t name[128] = { 0 };
	uint32_t room = sizeof(name);
	long fd =
		sys_accept4(argument_fd(e, 0), user(name), user(&room), flags);
	long result = made_fd(e, fd);

	if (fd >= 0)
		name_child((int)result, (int)fd, name);
	return result;
}

static long call_accept(struct step *e)
{
	return accept_with(e, 0);
}

static long call_accept4(struct step *e)
{
	return accept_with(e, (int)argument(e, 3));
}

static long call_close(struct step *e)
{
	struct conversation *c = of_call(e);
	int script_fd = (int)argument(e, 0);
	long result = sys_close(live_fd(script_fd));

	if (c && !result) {
		c->script_fd = c->live_fd = -1;
		if (c->state == CONVERSATION_NEW ||
		    c->state == CONVERSATION_LISTENING)
			c->local_port = 0;
	}
	if (!result)
		map_fd(script_fd, -1);
	return result;
}

static long call_shutdown(struct step *e)
{
	return sys_shutdown(argument_fd(e, 0), (int)argument(e, 1));
}

static void check_address(const struct step *e, const struct expr *want,
			  const uint8_t *got)
{
	uint8_t name[128];
	int length;

	if (want->kind != EXPR_STRUCT)
		return;
	length = value_address(want, &run.local, 0, name);
	if (memcmp(name, got, (size_t)length) != 0)
		call_fail(e, "another address, port %u", address_port(got));
}

static long get_name(struct step *e, bool peer)
{
	uint8_t name[128] = { 0 };
	uint32_t room = sizeof(name);
	long result = peer ? sys_getpeername(argument_fd(e, 0), user(name),
					     user(&room)) :
			     sys_getsockname(argument_fd(e, 0), user(name),
					     user(&room));

	if (!result)
		check_address(e, argument_expr(e, 1), name);
	return result;
}

static long call_getsockname(struct step *e)
{
	return get_name(e, false);
}

static long call_getpeername(struct step *e)
{
	return get_name(e, true);
}

/* ---- Options ---- */

static long call_setsockopt(struct step *e)
{
	const struct expr *value = argument_expr(e, 3);
	uint8_t bytes[OPTION_MAX] = { 0 };
	size_t size = 0;
	int length;

	if (value->kind == EXPR_ELLIPSIS ||
	    (value->kind == EXPR_WORD && !strcmp(value->text, "NULL")))
		return sys_setsockopt(argument_fd(e, 0), (int)argument(e, 1),
				      (int)argument(e, 2), 0,
				      (int)argument(e, 4));
	size = value_bytes(value, bytes, sizeof(bytes) - 16);
	length = is_ellipsis(argument_expr(e, 4)) ? (int)size :
						    (int)argument(e, 4);
	return sys_setsockopt(argument_fd(e, 0), (int)argument(e, 1),
			      (int)argument(e, 2), user(bytes), length);
}

static void check_members(const struct step *e, const struct expr *want,
			  const uint8_t *got)
{
	size_t at = 0;

	for (int i = 0; i < want->count; i++) {
		const struct expr *item = want->items[i];
		bool wide = item->name && !strncmp(item->name, "tv_", 3);
		int64_t v = wide ? (int64_t)get_le64(got + at) :
				   (int32_t)get_le32(got + at);

		check_number(e, item, v, item->name ? item->name : "value");
		at += wide ? 8 : 4;
	}
}

static void check_option(const struct step *e, const uint8_t *got,
			 uint32_t length)
{
	const struct expr *want = argument_expr(e, 3);
	const struct expr *want_length = argument_expr(e, 4);

	if (want_length->kind == EXPR_LIST && !is_ellipsis(want_length))
		check_number(e, want_length, length, "length");
	if (is_ellipsis(want))
		return;
	if (want->kind == EXPR_STRING) {
		if (strncmp(want->text, (const char *)got, want->length) != 0)
			call_fail(e, "expected \"%s\", got \"%.*s\"",
				  want->text, (int)length, got);
		return;
	}
	if (want->kind == EXPR_LIST && want->count == 1 &&
	    want->items[0]->kind == EXPR_STRUCT)
		want = want->items[0];
	if (want->kind == EXPR_STRUCT)
		check_members(e, want, got);
	else
		check_number(e, want,
			     length == 1 ? *got : (int32_t)get_le32(got),
			     "value");
}

static long call_getsockopt(struct step *e)
{
	const struct expr *room_expr = argument_expr(e, 4);
	uint8_t bytes[OPTION_MAX] = { 0 };
	uint32_t room = is_ellipsis(room_expr) ? OPTION_MAX :
						 (uint32_t)value_of(room_expr);
	const struct expr *value = argument_expr(e, 3);
	long result;

	room = MIN(room, (uint32_t)OPTION_MAX);
	/* Some options read what is there first (TCP_ZEROCOPY_RECEIVE). */
	if (value->kind == EXPR_STRUCT && !is_ellipsis(value) &&
	    member(value, "address") && !is_ellipsis(value->items[0]))
		value_bytes(value, bytes, sizeof(bytes) - 16);
	result = sys_getsockopt(argument_fd(e, 0), (int)argument(e, 1),
				(int)argument(e, 2), user(bytes), user(&room));
	if (result >= 0)
		check_option(e, bytes, room);
	return result;
}

/* ---- Bytes ---- */

/* The text of the script, or that many zeros. */
static uint8_t *data_argument(const struct step *e, int i, int64_t size)
{
	const struct expr *text = argument_expr(e, i);
	uint8_t *data = buffer(size);

	if (text->kind == EXPR_STRING && size > 0)
		memcpy(data, text->text, MIN(text->length, (size_t)size));
	return data;
}

static void check_data(const struct step *e, int i, const uint8_t *got, long n)
{
	const struct expr *want = argument_expr(e, i);

	if (want->kind == EXPR_STRING && n > 0 &&
	    memcmp(want->text, got, MIN(want->length, (size_t)n)) != 0)
		call_fail(e, "other bytes than the script's");
}

static long call_read(struct step *e)
{
	int64_t size = argument(e, 2);
	uint8_t *data = buffer(size);
	long n = sys_read(argument_fd(e, 0), user(data), (size_t)size);

	check_data(e, 1, data, n);
	return n;
}

static long call_write(struct step *e)
{
	int64_t size = argument(e, 2);

	return sys_write(argument_fd(e, 0), user(data_argument(e, 1, size)),
			 (size_t)size);
}

static long call_recv(struct step *e)
{
	int64_t size = argument(e, 2);
	uint8_t *data = buffer(size);
	long n = sys_recvfrom(argument_fd(e, 0), user(data), (size_t)size,
			      (unsigned)argument(e, 3), 0, 0);

	check_data(e, 1, data, n);
	return n;
}

static long call_recvfrom(struct step *e)
{
	int64_t size = argument(e, 2);
	uint8_t *data = buffer(size), name[128] = { 0 };
	uint32_t room = sizeof(name);
	bool wanted = argument_expr(e, 4)->kind == EXPR_STRUCT ||
		      is_ellipsis(argument_expr(e, 4));
	long n = sys_recvfrom(argument_fd(e, 0), user(data), (size_t)size,
			      (unsigned)argument(e, 3), wanted ? user(name) : 0,
			      wanted ? user(&room) : 0);

	check_data(e, 1, data, n);
	if (n >= 0)
		check_address(e, argument_expr(e, 4), name);
	return n;
}

static long call_send(struct step *e)
{
	int64_t size = argument(e, 2);

	return sys_sendto(argument_fd(e, 0), user(data_argument(e, 1, size)),
			  (size_t)size, (unsigned)argument(e, 3), 0, 0);
}

static long call_sendto(struct step *e)
{
	int64_t size = argument(e, 2);
	const struct expr *to = argument_expr(e, 4);
	struct conversation *c = of_call(e);
	uint8_t name[128];
	uaddr_t at = 0;
	int length = 0;
	long n;

	if (to->kind == EXPR_STRUCT || is_ellipsis(to)) {
		length = value_address(to, &run.remote,
				       (uint16_t)run.script->connect_port,
				       name);
		at = user(name);
		expect_connect(c, name);
	}
	if (at && !is_ellipsis(argument_expr(e, 5)))
		length = (int)argument(e, 5);
	n = sys_sendto(argument_fd(e, 0), user(data_argument(e, 1, size)),
		       (size_t)size, (unsigned)argument(e, 3), at, length);
	learn_ports(c, argument_fd(e, 0));
	return n;
}

static uaddr_t offset_argument(const struct step *e, int i, uint64_t *offset)
{
	const struct expr *at = argument_expr(e, i);

	if (at->kind != EXPR_LIST || is_ellipsis(at))
		return 0;
	*offset = (uint64_t)value_of(at);
	return user(offset);
}

static long call_sendfile(struct step *e)
{
	uint64_t offset = 0;
	uaddr_t at = offset_argument(e, 2, &offset);

	return sys_sendfile(argument_fd(e, 0), argument_fd(e, 1), at,
			    (size_t)argument(e, 3));
}

static long call_splice(struct step *e)
{
	uint64_t in = 0, out = 0;
	uaddr_t in_at = offset_argument(e, 1, &in);
	uaddr_t out_at = offset_argument(e, 3, &out);

	return sys_splice(argument_fd(e, 0), in_at, argument_fd(e, 2), out_at,
			  (size_t)argument(e, 4), (unsigned)argument(e, 5));
}

/* ---- Descriptors ---- */

static long call_open(struct step *e)
{
	const struct expr *path = argument_expr(e, 0);

	if (path->kind != EXPR_STRING)
		unsupported(e->line, "open() without a path");
	return made_fd(e, machine_open(path->text, (int)argument(e, 1)));
}

static long call_pipe(struct step *e)
{
	const struct expr *want = argument_expr(e, 0);
	int32_t fds_made[2] = { -1, -1 };
	int flags = e->argument_count > 1 ? (int)argument(e, 1) : 0;
	long result = sys_pipe2(user(fds_made), flags);

	if (!result && want->kind == EXPR_LIST && want->count == 2) {
		map_fd((int)value_of(want->items[0]), fds_made[0]);
		map_fd((int)value_of(want->items[1]), fds_made[1]);
	}
	return result;
}

static long call_fcntl(struct step *e)
{
	unsigned command = (unsigned)argument(e, 1);
	uint64_t arg = e->argument_count > 2 ? (uint64_t)argument(e, 2) : 0;
	long result = sys_fcntl(argument_fd(e, 0), command, arg);

	return command == 0 || command == 1030 ? made_fd(e, result) : result;
}

static long call_ioctl(struct step *e)
{
	const struct expr *value = argument_expr(e, 2);
	uint8_t bytes[64] = { 0 };
	long result;

	if (!is_ellipsis(value))
		value_bytes(value, bytes, sizeof(bytes) - 16);
	result = sys_ioctl(argument_fd(e, 0), (unsigned)argument(e, 1),
			   user(bytes));
	if (!result)
		check_number(e, value, (int32_t)get_le32(bytes), "value");
	return result;
}

static long call_dup(struct step *e)
{
	return made_fd(e, sys_dup(argument_fd(e, 0)));
}

static long call_epoll_create(struct step *e)
{
	bool one = !strcmp(e->name, "epoll_create1");

	return made_fd(e, one ? sys_epoll_create1((int)argument(e, 0)) :
				sys_epoll_create((int)argument(e, 0)));
}

static long call_eventfd(struct step *e)
{
	int flags = e->argument_count > 1 ? (int)argument(e, 1) : 0;

	return made_fd(e, sys_eventfd2((unsigned)argument(e, 0), flags));
}

static long call_cap_set(struct step *e)
{
	const struct expr *list = argument_expr(e, 0);
	uint64_t set = 0;

	if (list->kind == EXPR_LIST)
		for (int i = 0; i < list->count; i++)
			set |= BIT(value_of(list->items[i]));
	machine_capabilities(set);
	return 0;
}

/* ---- The table ---- */

static const struct {
	const char *name;
	call_body body;
} calls[] = {
	{ "socket", call_socket },
	{ "bind", call_bind },
	{ "listen", call_listen },
	{ "connect", call_connect },
	{ "accept", call_accept },
	{ "accept4", call_accept4 },
	{ "close", call_close },
	{ "shutdown", call_shutdown },
	{ "getsockname", call_getsockname },
	{ "getpeername", call_getpeername },
	{ "setsockopt", call_setsockopt },
	{ "getsockopt", call_getsockopt },
	{ "read", call_read },
	{ "write", call_write },
	{ "recv", call_recv },
	{ "recvfrom", call_recvfrom },
	{ "send", call_send },
	{ "sendto", call_sendto },
	{ "sendfile", call_sendfile },
	{ "splice", call_splice },
	{ "open", call_open },
	{ "pipe", call_pipe },
	{ "pipe2", call_pipe },
	{ "fcntl", call_fcntl },
	{ "ioctl", call_ioctl },
	{ "dup", call_dup },
	{ "epoll_create", call_epoll_create },
	{ "epoll_create1", call_epoll_create },
	{ "eventfd", call_eventfd },
	{ "cap_set", call_cap_set },
};

static call_body find_body(const struct step *e)
{
	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		if (!strcmp(calls[i].name, e->name))
			return calls[i].body;
	return message_call(e->name);
}

/* ---- Running them ---- */

struct sleeper {
	struct sleeper *next;
	struct task task;
	struct step *event;
	call_body body;
	int64_t base; /* script time that a relative end counts from */
};

static struct sleeper *sleepers;

static void call_in_task(void *arg)
{
	struct sleeper *s = arg;

	check_result(s->event, s->body(s->event));
}

static void check_end(struct sleeper *s)
{
	struct step *e = s->event;
	int64_t got = script_time(s->task.ended);
	int64_t end = e->call_end;

	if (end < 0)
		return;
	if (e->form != TIME_ABSOLUTE)
		end += s->base;
	if (!within_tolerance(got, end, end))
		call_fail(e, "expected to return at %.6f, returned at %.6f",
			  (double)end / 1e6, (double)got / 1e6);
}

static void await(struct sleeper *s)
{
	nsec_t end = machine_now + 3600 * NSEC_PER_SEC;

	while (!s->task.done && machine_now < end)
		machine_run(end, false);
	if (!s->task.done)
		call_fail(s->event, "never returned");
	else
		check_end(s);
}

void wait_for_calls(void)
{
	for (struct sleeper *s = sleepers; s; s = s->next)
		await(s);
	sleepers = NULL;
}

void run_call(struct step *e)
{
	struct sleeper *s = calloc(1, sizeof(*s));

	s->event = e;
	s->body = find_body(e);
	s->base = e->usecs;
	if (!s->body)
		unsupported(e->line, "the system call %s()", e->name);
	if (e->call_end >= 0)
		wait_for_calls(); /* there is one other thread */
	if (e->call_end < 0) {
		task_run(&s->task, call_in_task, s);
		await(s);
	} else {
		task_start(&s->task, call_in_task, s);
		s->next = sleepers;
		sleepers = s;
	}
}
