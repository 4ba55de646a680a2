// SPDX-License-Identifier: MIT
/*
 * A capture into a file; see capture.h. The sink takes every block: a
 * simulation loses no record.
 */
#include "tools/netsim/capture.h"

#include <stdio.h>
#include <stdlib.h>

struct capture {
	struct tap_sink sink;
	struct config_request request;
	FILE *file;
};

static bool write_block(struct tap_sink *sink, const void *block, size_t length)
{
	struct capture *c = container_of(sink, struct capture, sink);

	return fwrite(block, 1, length, c->file) == length;
}

static void started(struct request *request)
{
	if (request->result)
		fprintf(stderr, "no capture: error %d\n", -request->result);
}

struct tap_sink *capture_sink(struct capture *c)
{
	return &c->sink;
}

struct capture *capture_create(struct net *net, const char *path)
{
	struct capture *c = calloc(1, sizeof *c);

	c->file = fopen(path, "wb");
	if (!c->file) {
		perror(path);
		free(c);
		return NULL;
	}
	c->sink.write = write_block;
	return c;
}

struct capture *capture_start(struct net *net, const char *path)
{
	struct capture *c = capture_create(net, path);

	if (!c)
		return NULL;
	c->request.op = CONFIG_CAPTURE;
	c->request.sink = &c->sink;
	c->request.request.done = started;
	net_configure(net, &c->request);
	return c;
}

void capture_flush(struct capture *c)
{
	if (c)
		fflush(c->file);
}

void capture_end(struct capture *c)
{
	if (!c)
		return;
	fclose(c->file);
	free(c);
}
