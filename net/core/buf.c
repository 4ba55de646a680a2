// SPDX-License-Identifier: MIT
/*
 * The end of a buffer: its own release function, or back to the port.
 */
#include "net/core/buf.h"

#include "net/core/port.h"

void buf_free(struct buf *buf)
{
	if (buf->release)
		buf->release(buf);
	else
		port_buf_free(buf);
}
