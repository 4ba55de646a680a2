// SPDX-License-Identifier: MIT
/*
 * /proc/net/{tcp,udp,raw}[6] with Linux's exact columns (proc(5)): addresses
 * as the machine's 32-bit words of the network bytes, ports and states in
 * hexadecimal, lines of IPv4 padded to a fixed width.
 */
#include "kernel/mm/slab.h"
#include "kernel/report/net_report.h"
#include "kernel/report/snapshot.h"
#include "lib/format.h"

#define TCP_WIDTH 149
#define UDP_WIDTH 127
#define TICKS(ms) ((ms) / 10) /* USER_HZ is 100 */
#define TCP_LISTEN 10
#define TCP_TIME_WAIT 6
#define INFINITE_SSTHRESH 0x7fffffff

static void pad_line(struct text *text, size_t start, size_t width)
{
	while (width && text->len < start + width)
		text_char(text, ' ');
	text_char(text, '\n');
}

static void print_name(struct text *text, const struct net_name *name,
		       int family)
{
	const uint32_t *w = name->addr.w;

	if (family == 4)
		text_add(text, "%08X:%04X", w[3], name->port);
	else
		text_add(text, "%08X%08X%08X%08X:%04X", w[0], w[1], w[2], w[3],
			 name->port);
}

/* The columns that all protocols share; `index` counts lines. */
static void print_common(struct text *text, const struct socket_info *info,
			 unsigned index, int index_width)
{
	text_add(text, "%*u: ", index_width, index);
	print_name(text, &info->local, info->family);
	text_char(text, ' ');
	print_name(text, &info->remote, info->family);
	text_add(text, " %02X %08X:%08X %02X:%08lX %08X %5u %8d %llu %d ",
		 info->state, info->tx_queue, info->rx_queue, info->timer,
		 (unsigned long)TICKS(info->timer_ms), info->retransmits,
		 info->uid, 0, (unsigned long long)info->inode,
		 (int)info->refs);
	/* The kernel's address of the socket is nobody's business. */
	text_add(text, "%016x", 0);
}

static void print_tcp(struct text *text, const struct socket_info *info,
		      unsigned index)
{
	int ssthresh = info->state == TCP_LISTEN ? 0 :
		       info->ssthresh >= INFINITE_SSTHRESH ?
						   -1 :
						   (int)info->ssthresh;

	print_common(text, info, index, 4);
	if (info->state != TCP_TIME_WAIT)
		text_add(text, " %lu %lu %u %u %d",
			 (unsigned long)TICKS(info->rto_ms),
			 (unsigned long)TICKS(info->ato_ms), 0, info->cwnd,
			 ssthresh);
}

typedef void print_fn(struct text *text, const struct socket_info *info,
		      unsigned index);

static void print_datagram(struct text *text, const struct socket_info *info,
			   unsigned index)
{
	print_common(text, info, index, 5);
	text_add(text, " %u", info->dropped);
}

static void print_raw(struct text *text, const struct socket_info *info,
		      unsigned index)
{
	print_common(text, info, index, 4);
	text_add(text, " %u", info->dropped);
}

struct lines {
	struct text *text;
	int family;
	print_fn *print;
	size_t width;
	unsigned index;
};

static void print_line(const struct socket_info *info, void *arg)
{
	struct lines *lines = arg;
	size_t start = lines->text->len;

	if (info->family != lines->family)
		return;
	lines->print(lines->text, info, lines->index++);
	pad_line(lines->text, start, lines->width);
}

static void print_all(struct text *text, enum list_kind kind, int family,
		      print_fn *print, size_t width)
{
	struct lines lines = { text, family, print, width, 0 };

	snapshot_sockets(kind, print_line, &lines);
}

static void print_header(struct text *text, const char *header, size_t width)
{
	size_t start = text->len;

	text_str(text, header);
	pad_line(text, start, width);
}

static const char header_6[] = "  sl  local_address                         "
			       "remote_address                        "
			       "st tx_queue rx_queue tr tm->when retrnsmt"
			       "   uid  timeout inode";

void net_report_tcp(struct text *text, void *arg)
{
	int family = (int)(uintptr_t)arg;

	if (family == 4)
		print_header(text,
			     "  sl  local_address rem_address   st tx_queue "
			     "rx_queue tr tm->when retrnsmt   uid  timeout "
			     "inode",
			     TCP_WIDTH);
	else
		print_header(text, header_6, 0);
	print_all(text, LIST_TCP, family, print_tcp,
		  family == 4 ? TCP_WIDTH : 0);
}

static const char header_4[] =
	"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when "
	"retrnsmt   uid  timeout inode ref pointer drops";

static void datagram_header(struct text *text, int family, const char *before,
			    size_t width)
{
	if (family == 4) {
		text_str(text, before);
		print_header(text, header_4, width - (width ? 1 : 0));
		return;
	}
	text_str(text, header_6);
	print_header(text, " ref pointer drops", 0);
}

void net_report_udp(struct text *text, void *arg)
{
	int family = (int)(uintptr_t)arg;

	datagram_header(text, family, " ", UDP_WIDTH);
	print_all(text, LIST_UDP, family, print_datagram,
		  family == 4 ? UDP_WIDTH : 0);
}

/* Nobody makes such sockets here: socket(2) refuses them. */
void net_report_udplite(struct text *text, void *arg)
{
	datagram_header(text, (int)(uintptr_t)arg, " ", UDP_WIDTH);
}

void net_report_raw(struct text *text, void *arg)
{
	int family = (int)(uintptr_t)arg;

	datagram_header(text, family, "", 0);
	print_all(text, LIST_RAW, family,
		  family == 4 ? print_raw : print_datagram, 0);
}

void net_report_icmp(struct text *text, void *arg)
{
	int family = (int)(uintptr_t)arg;

	datagram_header(text, family, "", UDP_WIDTH + 1);
	print_all(text, LIST_PING, family, print_datagram,
		  family == 4 ? UDP_WIDTH : 0);
}
