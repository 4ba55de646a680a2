// SPDX-License-Identifier: MIT
/* An event record into a file; see record_file.h. */
#include "tools/netsim/record_file.h"

#include <stdio.h>
#include <stdlib.h>

#include "net/core/record.h"
#include "tools/netsim/port_host.h"

struct record_file {
	struct recorder recorder;
	FILE *file;
};

static void write_bytes(struct recorder *recorder, const void *bytes,
			size_t length)
{
	struct record_file *f =
		container_of(recorder, struct record_file, recorder);

	if (f->file && fwrite(bytes, 1, length, f->file) != length)
		perror("record");
}

struct record_file *record_start_file(const char *prefix, unsigned long number,
				      struct net_config *config)
{
	struct record_file *f = calloc(1, sizeof *f);
	char path[300];

	snprintf(path, sizeof path, "%s.host%lu.rec", prefix, number);
	f->file = fopen(path, "wb");
	if (!f->file) {
		perror(path);
		free(f);
		return NULL;
	}
	f->recorder.write = write_bytes;
	record_init(&f->recorder, config->now, config->epoch, false);
	config->recorder = &f->recorder;
	return f;
}

void record_end(struct record_file *f)
{
	if (!f)
		return;
	fclose(f->file);
	f->file = NULL; /* net_destroy() may still draw and run events */
	port_host_record(NULL);
}
