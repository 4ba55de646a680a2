// SPDX-License-Identifier: MIT
/*
 * Events of inotify as text: what the tests of it share. Watches are shown by
 * their numbers (they count from 1), cookies by the order in which they came.
 */
#pragma once

#include "tests/abi/abi.h"

#include <sys/inotify.h>

static const char *in_text(uint32_t mask)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} names[] = {
		{ IN_ACCESS, "ACCESS" },
		{ IN_MODIFY, "MODIFY" },
		{ IN_ATTRIB, "ATTRIB" },
		{ IN_CLOSE_WRITE, "CLOSE_WRITE" },
		{ IN_CLOSE_NOWRITE, "CLOSE_NOWRITE" },
		{ IN_OPEN, "OPEN" },
		{ IN_MOVED_FROM, "MOVED_FROM" },
		{ IN_MOVED_TO, "MOVED_TO" },
		{ IN_CREATE, "CREATE" },
		{ IN_DELETE, "DELETE" },
		{ IN_DELETE_SELF, "DELETE_SELF" },
		{ IN_MOVE_SELF, "MOVE_SELF" },
		{ IN_UNMOUNT, "UNMOUNT" },
		{ IN_Q_OVERFLOW, "Q_OVERFLOW" },
		{ IN_IGNORED, "IGNORED" },
		{ IN_ISDIR, "ISDIR" },
	};
	static char text[200];

	text[0] = 0;
	for (size_t i = 0; i < LEN(names); i++) {
		if (!(mask & names[i].bit))
			continue;
		if (text[0])
			strcat(text, "|");
		strcat(text, names[i].name);
		mask &= ~names[i].bit;
	}
	if (mask)
		sprintf(text + strlen(text), "|%x", mask);
	return text;
}

static unsigned cookie_index(uint32_t cookie)
{
	static uint32_t seen[64];
	static unsigned count;

	if (!cookie)
		return 0;
	for (unsigned i = 0; i < count; i++)
		if (seen[i] == cookie)
			return i + 1;
	seen[count % LEN(seen)] = cookie;
	return ++count;
}

/* Prints all that is queued on a non-blocking descriptor; counts it. */
UNUSED static int drain(int fd, const char *what)
{
	_Alignas(struct inotify_event) char buffer[8192];
	int count = 0;
	ssize_t got;

	say("-- %s", what);
	while ((got = read(fd, buffer, sizeof buffer)) > 0) {
		for (char *at = buffer; at < buffer + got;) {
			struct inotify_event *event = (void *)at;

			say("wd %d %s cookie %u name %u '%s'", event->wd,
			    in_text(event->mask), cookie_index(event->cookie),
			    event->len, event->len ? event->name : "");
			at += sizeof *event + event->len;
			count++;
		}
	}
	return count;
}

UNUSED static int inotify_new(void)
{
	return (int)MUST(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
}
