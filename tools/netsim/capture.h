// SPDX-License-Identifier: MIT
/* A capture of one host into a file, by the stack's own tap. */
#pragma once

#include "net/net.h"

struct capture;

struct capture *capture_start(struct net *net, const char *path);
/* The file alone; someone else gives the sink to the stack. */
struct capture *capture_create(struct net *net, const char *path);
struct tap_sink *capture_sink(struct capture *capture);
/* Before the process ends in the middle; NULL will do. */
void capture_flush(struct capture *capture);
/* After the net has ended; NULL will do. */
void capture_end(struct capture *capture);
