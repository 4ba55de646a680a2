// SPDX-License-Identifier: MIT
/*
 * The tracer's printers of values in user memory: strings, sets, times,
 * addresses, structures, as strace prints them. What cannot be read is printed
 * as a pointer.
 */
#include "kernel/syscall/strace_values.h"

#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/syscall/strace_names.h"
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/parse.h"
#include "lib/string.h"

#define LIST_SHOWN 8

/* clang-format off */
#define EVENT_NAMES(prefix) \
	{ 1, prefix "IN" }, { 2, prefix "PRI" }, { 4, prefix "OUT" }, \
	{ 8, prefix "ERR" }, { 16, prefix "HUP" }, { 32, prefix "NVAL" }, \
	{ 64, prefix "RDNORM" }, { 128, prefix "RDBAND" }, \
	{ 256, prefix "WRNORM" }, { 512, prefix "WRBAND" }, \
	{ 1024, prefix "MSG" }, { 0x2000, prefix "RDHUP" }
static const struct flag_name poll_names[] = { EVENT_NAMES("POLL") };
static const struct flag_name epoll_names[] = {
	EVENT_NAMES("EPOLL"), { 1u << 28, "EPOLLEXCLUSIVE" },
	{ 1u << 29, "EPOLLWAKEUP" }, { 1u << 30, "EPOLLONESHOT" },
	{ 1u << 31, "EPOLLET" },
};
/* clang-format on */
static const struct flag_set poll_set = { poll_names, ARRAY_LEN(poll_names), 0,
					  NULL };
static const struct flag_set epoll_set = { epoll_names, ARRAY_LEN(epoll_names),
					   0, NULL };

void strace_bytes(struct text *text, const uint8_t *bytes, size_t size)
{
	static const char letters[] = "abtnvfr";

	text_char(text, '"');
	for (size_t i = 0; i < size; i++) {
		uint8_t c = bytes[i];
		bool digit_follows = i + 1 < size && bytes[i + 1] >= '0' &&
				     bytes[i + 1] <= '7';

		if (c == '"' || c == '\\')
			text_add(text, "\\%c", c);
		else if (c >= 7 && c <= 13)
			text_add(text, "\\%c", letters[c - 7]);
		else if (is_printable((char)c))
			text_char(text, (char)c);
		else
			text_add(text, digit_follows ? "\\%03o" : "\\%o", c);
	}
	text_char(text, '"');
}

void strace_pointer(struct text *text, uaddr_t at)
{
	if (at)
		text_add(text, "0x%llx", (unsigned long long)at);
	else
		text_str(text, "NULL");
}

void strace_string(struct text *text, uaddr_t at, size_t limit)
{
	char string[PATH_SHOWN + 1];
	ssize_t length = copy_string_from_user(string, at, limit + 1);

	if (length == -ENAMETOOLONG)
		length = (ssize_t)limit;
	if (!at || length < 0) {
		strace_pointer(text, at);
		return;
	}
	strace_bytes(text, (uint8_t *)string, (size_t)length);
	if ((size_t)length == limit)
		text_str(text, "...");
}

void strace_buffer(struct text *text, uaddr_t at, size_t size)
{
	uint8_t bytes[STRING_SHOWN];
	size_t shown = MIN(size, sizeof(bytes));

	if (!at || copy_from_user(bytes, at, shown)) {
		strace_pointer(text, at);
		return;
	}
	strace_bytes(text, bytes, shown);
	if (size > shown)
		text_str(text, "...");
}

void strace_strings(struct text *text, uaddr_t at)
{
	text_char(text, '[');
	for (unsigned i = 0; i < LIST_SHOWN; i++) {
		uint64_t item;

		if (get_user_64(&item, at + i * 8) || !item)
			break;
		text_str(text, i ? ", " : "");
		strace_string(text, item, STRING_SHOWN);
		if (i + 1 == LIST_SHOWN)
			text_str(text, ", ...");
	}
	text_char(text, ']');
}

void strace_signals(struct text *text, uaddr_t at)
{
	uint64_t set;
	bool some = false, inverted;

	if (!at || get_user_64(&set, at)) {
		strace_pointer(text, at);
		return;
	}
	inverted = __builtin_popcountll(set) > 32;
	if (inverted)
		text_char(text, '~');
	text_char(text, '[');
	for (int i = 1; i <= 64; i++) {
		if (!(set >> (i - 1) & 1) == !inverted)
			continue;
		if (some)
			text_char(text, ' ');
		some = true;
		if (i < 32) {
			struct text name;
			char buf[16];

			text_init(&name, buf, sizeof(buf));
			strace_signal(&name, i);
			text_str(text, buf + 3); /* without SIG */
		} else {
			text_add(text, "RT_%d", i - 32);
		}
	}
	text_char(text, ']');
}

void strace_pair(struct text *text, uaddr_t at, const char *first,
		 const char *second)
{
	uint64_t value[2];

	if (!at || copy_from_user(value, at, sizeof(value)))
		strace_pointer(text, at);
	else
		text_add(text, "{%s=%lld, %s=%lld}", first, (long long)value[0],
			 second, (long long)value[1]);
}

void strace_timer(struct text *text, uaddr_t at)
{
	if (!at) {
		text_str(text, "NULL");
		return;
	}
	text_str(text, "{it_interval=");
	strace_pair(text, at, "tv_sec", "tv_nsec");
	text_str(text, ", it_value=");
	strace_pair(text, at + 16, "tv_sec", "tv_nsec");
	text_char(text, '}');
}

void strace_stat(struct text *text, uaddr_t at)
{
	uint8_t stat[144];
	uint32_t mode;

	if (copy_from_user(stat, at, sizeof(stat))) {
		strace_pointer(text, at);
		return;
	}
	mode = get_le32(stat + 24);
	text_str(text, "{st_mode=");
	strace_mode(text, mode);
	if ((mode & 0170000) == 0020000 || (mode & 0170000) == 0060000) {
		uint64_t device = get_le64(stat + 40);

		text_add(text, ", st_rdev=makedev(0x%x, 0x%x)",
			 (unsigned)(device >> 8 & 0xfff),
			 (unsigned)(device & 0xff));
	} else {
		text_add(text, ", st_size=%llu",
			 (unsigned long long)get_le64(stat + 48));
	}
	text_str(text, ", ...}");
}

void strace_ints(struct text *text, uaddr_t at, unsigned count)
{
	text_char(text, '[');
	for (unsigned i = 0; i < count; i++) {
		uint32_t value;

		if (get_user_32(&value, at + i * 4))
			break;
		text_add(text, i ? ", %d" : "%d", (int)value);
	}
	text_char(text, ']');
}

void strace_pollfds(struct text *text, uaddr_t at, unsigned count, bool result)
{
	unsigned shown = 0;

	text_char(text, '[');
	for (unsigned i = 0; i < count && shown < LIST_SHOWN; i++) {
		uint8_t entry[8];
		uint16_t events;

		if (copy_from_user(entry, at + i * 8, sizeof(entry)))
			break;
		events = get_le16(entry + (result ? 6 : 4));
		if (result && !events)
			continue;
		text_add(text, "%s{fd=%d, %s=", shown++ ? ", " : "",
			 (int)get_le32(entry), result ? "revents" : "events");
		strace_flags(text, &poll_set, events);
		text_char(text, '}');
	}
	text_char(text, ']');
}

void strace_epoll_event(struct text *text, uaddr_t at)
{
	uint8_t event[12];

	if (!at || copy_from_user(event, at, sizeof(event))) {
		strace_pointer(text, at);
		return;
	}
	text_str(text, "{events=");
	strace_flags(text, &epoll_set, get_le32(event));
	text_add(text, ", data={u32=%u, u64=%llu}}", get_le32(event + 4),
		 (unsigned long long)get_le64(event + 4));
}

void strace_epoll_events(struct text *text, uaddr_t at, long count)
{
	text_char(text, '[');
	for (long i = 0; i < count && i < LIST_SHOWN; i++) {
		text_str(text, i ? ", " : "");
		strace_epoll_event(text, at + (uaddr_t)i * 12);
	}
	text_char(text, ']');
}

void strace_address(struct text *text, uaddr_t at, size_t size)
{
	uint8_t a[110];

	size = MIN(size, sizeof(a));
	memset(a, 0, sizeof(a));
	if (!at || size < 2 || copy_from_user(a, at, size)) {
		strace_pointer(text, at);
		return;
	}
	switch (get_le16(a)) {
	case 1:
		text_str(text, "{sa_family=AF_UNIX, sun_path=");
		if (a[2])
			strace_bytes(text, a + 2,
				     strnlen((char *)a + 2, size - 2));
		else
			text_str(text, "@"),
				strace_bytes(text, a + 3,
					     size > 3 ? size - 3 : 0);
		text_char(text, '}');
		break;
	case 2:
		text_add(text,
			 "{sa_family=AF_INET, sin_port=htons(%u), "
			 "sin_addr=inet_addr(\"%u.%u.%u.%u\")}",
			 get_be16(a + 2), a[4], a[5], a[6], a[7]);
		break;
	case 10:
		text_add(text,
			 "{sa_family=AF_INET6, sin6_port=htons(%u), "
			 "sin6_addr=\"",
			 get_be16(a + 2));
		for (int i = 0; i < 8; i++)
			text_add(text, i ? ":%x" : "%x",
				 get_be16(a + 8 + i * 2));
		text_str(text, "\"}");
		break;
	default:
		text_add(text, "{sa_family=%u, ...}", get_le16(a));
	}
}

void strace_sigaction(struct text *text, uaddr_t at)
{
	static const struct flag_name names[] = {
		{ 1, "SA_NOCLDSTOP" },	      { 2, "SA_NOCLDWAIT" },
		{ 4, "SA_SIGINFO" },	      { 0x04000000, "SA_RESTORER" },
		{ 0x08000000, "SA_ONSTACK" }, { 0x10000000, "SA_RESTART" },
		{ 0x40000000, "SA_NODEFER" }, { 0x80000000, "SA_RESETHAND" },
	};
	static const struct flag_set set = { names, ARRAY_LEN(names), 0, NULL };
	uint64_t action[4]; /* handler, flags, restorer, mask */

	if (!at || copy_from_user(action, at, sizeof(action))) {
		strace_pointer(text, at);
		return;
	}
	text_str(text, "{sa_handler=");
	if (action[0] < 2)
		text_str(text, action[0] ? "SIG_IGN" : "SIG_DFL");
	else
		strace_pointer(text, action[0]);
	text_str(text, ", sa_mask=");
	strace_signals(text, at + 24);
	text_str(text, ", sa_flags=");
	strace_flags(text, &set, action[1]);
	if (action[1] & 0x04000000) {
		text_str(text, ", sa_restorer=");
		strace_pointer(text, action[2]);
	}
	text_char(text, '}');
}

void strace_wait_status(struct text *text, uaddr_t at)
{
	uint32_t status;

	if (!at || get_user_32(&status, at)) {
		strace_pointer(text, at);
		return;
	}
	if ((status & 0x7f) == 0) {
		text_add(text, "[{WIFEXITED(s) && WEXITSTATUS(s) == %u}]",
			 status >> 8 & 0xff);
	} else if (status == 0xffff) {
		text_str(text, "[{WIFCONTINUED(s)}]");
	} else if ((status & 0xff) == 0x7f) {
		text_str(text, "[{WIFSTOPPED(s) && WSTOPSIG(s) == ");
		strace_signal(text, (int)(status >> 8 & 0xff));
		text_str(text, "}]");
	} else {
		text_str(text, "[{WIFSIGNALED(s) && WTERMSIG(s) == ");
		strace_signal(text, (int)(status & 0x7f));
		text_str(text, status & 0x80 ? " && WCOREDUMP(s)}]" : "}]");
	}
}

/* `limit`: how many bytes of them hold data. */
void strace_iovecs(struct text *text, uaddr_t at, uint64_t count, size_t limit)
{
	text_char(text, '[');
	for (uint64_t i = 0; i < count && i < LIST_SHOWN; i++) {
		uint64_t vector[2];
		size_t size;

		if (copy_from_user(vector, at + i * 16, sizeof(vector)))
			break;
		size = MIN((size_t)vector[1], limit);
		limit -= size;
		text_str(text, i ? ", {iov_base=" : "{iov_base=");
		strace_buffer(text, vector[0], size);
		text_add(text, ", iov_len=%llu}",
			 (unsigned long long)vector[1]);
	}
	text_char(text, ']');
}

/* struct msghdr: name, its length, vectors, their number, control, ... */
void strace_message(struct text *text, uaddr_t at, size_t limit)
{
	uint64_t header[7];

	if (!at || copy_from_user(header, at, sizeof(header))) {
		strace_pointer(text, at);
		return;
	}
	text_str(text, "{msg_name=");
	strace_address(text, header[0], (uint32_t)header[1]);
	text_add(text, ", msg_namelen=%u, msg_iov=", (uint32_t)header[1]);
	strace_iovecs(text, header[2], header[3], limit);
	text_add(text, ", msg_iovlen=%llu, msg_controllen=%llu, msg_flags=%u}",
		 (unsigned long long)header[3], (unsigned long long)header[5],
		 (uint32_t)header[6]);
}

void strace_environment(struct text *text, uaddr_t at)
{
	uint64_t item;
	unsigned count = 0;

	while (count < 10000 && !get_user_64(&item, at + count * 8) && item)
		count++;
	strace_pointer(text, at);
	text_add(text, " /* %u var%s */", count, count == 1 ? "" : "s");
}
