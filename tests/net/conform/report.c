// SPDX-License-Identifier: MIT
/*
 * What a script's process tells: one line with the place and the reason, and
 * the status that the parent counts.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/net/conform/conform.h"

static const char *const version_names[] = { "ipv4", "ipv6",
					     "ipv4-mapped-ipv6" };

static void print(const char *path, int line, const char *label,
		  const char *format, va_list args)
{
	char text[4096];
	size_t n = (size_t)snprintf(
		text, sizeof(text), "%s:%d: %s%s%s", path, line,
		run.script ? version_names[run.version] : "",
		run.script ? ": " : "", label);

	n += (size_t)vsnprintf(text + n, sizeof(text) - n - 2, format, args);
	n = MIN(n, sizeof(text) - 2);
	text[n++] = '\n';
	if (write(STDOUT_FILENO, text, n) < 0)
		_exit(EXIT_FAILED);
}

void report_failure(const char *path, int line, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print(path, line, "", format, args);
	va_end(args);
	_exit(EXIT_FAILED);
}

void report_unsupported(const char *path, int line, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print(path, line, "unsupported: ", format, args);
	va_end(args);
	_exit(EXIT_UNSUPPORTED);
}

void fail(int line, bool fatal, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print(run.script->path, line, fatal ? "" : "warning: ", format, args);
	va_end(args);
	if (fatal)
		_exit(EXIT_FAILED);
}

void unsupported(int line, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print(run.script->path, line, "unsupported: ", format, args);
	va_end(args);
	_exit(EXIT_UNSUPPORTED);
}
