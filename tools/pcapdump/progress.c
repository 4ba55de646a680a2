// SPDX-License-Identifier: MIT
/*
 * See progress.h. The clock is asked only at every 1024th packet.
 */
#include "tools/pcapdump/progress.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FIRST (500 * NSEC_PER_MSEC)
#define EVERY (200 * NSEC_PER_MSEC)

static nsec_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NSEC_PER_SEC + t.tv_nsec;
}

void progress_begin(struct progress *p, FILE *file)
{
	struct stat st;

	memset(p, 0, sizeof *p);
	/* Where both are one terminal the line would cut the output. */
	p->on = isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO);
	if (!p->on)
		return;
	if (fileno(file) >= 0 && !fstat(fileno(file), &st) &&
	    S_ISREG(st.st_mode))
		p->total = (uint64_t)st.st_size;
	p->next = now() + FIRST;
}

void progress_step(struct progress *p, uint64_t bytes, uint64_t packets)
{
	if (!p->on || ++p->calls % 1024 || now() < p->next)
		return;
	p->next = now() + EVERY;
	p->drawn = true;
	fprintf(stderr, "\r\033[Kpcapdump: %llu packets, %llu MiB",
		(unsigned long long)packets, (unsigned long long)(bytes >> 20));
	if (p->total)
		fprintf(stderr, " of %llu (%u %%)",
			(unsigned long long)(p->total >> 20),
			(unsigned)MIN(bytes * 100 / p->total, 100u));
}

void progress_end(struct progress *p)
{
	if (p->drawn)
		fputs("\r\033[K", stderr);
	p->drawn = false;
}
