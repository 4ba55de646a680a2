// SPDX-License-Identifier: MIT
/*
 * RTM_*ADDRLABEL: labels for the choice of source addresses (ip-addrlabel(8)):
 * struct ifaddrlblmsg {family, bits, index, serial} and IFAL_ attributes.
 */
#include "net/core/address_label.h"

#include "lib/errno.h"
#include "net/core/instance.h"
#include "net/netlink/route.h"

#define HEADER 12

enum { IFAL_ADDRESS = 1, IFAL_LABEL = 2, IFAL_COUNT };

static const struct nl_rule rules[IFAL_COUNT] = {
	[IFAL_ADDRESS] = { NL_BYTES, 16 },
	[IFAL_LABEL] = { NL_U32 },
};

static bool put_label(struct nl_writer *w, const struct nl_header *header,
		      const struct net *net, const struct address_label *row)
{
	uint32_t start = nl_begin(w, header);
	uint8_t *at = nl_room(w, HEADER);

	if (at) {
		at[0] = RT_AF_INET6;
		at[2] = row->bits;
		put_le32(at + 4, row->index);
		put_le32(at + 8, net->labels.serial);
	}
	/* Also ::ffff:0:0, which is a prefix of sixteen bytes here. */
	nl_put(w, IFAL_ADDRESS, row->prefix.b, 16);
	nl_put_u32(w, IFAL_LABEL, row->label);
	return nl_end(w, start);
}

static int dump(struct nl_dump *dump, struct nl_writer *w) NET_THREAD_ROOT
{
	struct nl_header header = nl_dump_header(dump, RTM_NEWADDRLABEL);
	const struct address_label *row;
	uint64_t n = 0;

	if (dump->at[1] && dump->at[1] != dump->net->labels.serial + 1u)
		header.flags |= NL_DUMP_INTERRUPTED;
	dump->at[1] = dump->net->labels.serial + 1u;
	LIST_FOR_EACH(row, &dump->net->labels.rows, list) {
		if (n++ < dump->at[0])
			continue;
		if (!put_label(w, &header, dump->net, row))
			return 1;
		dump->at[0] = n;
	}
	return 0;
}

static int check_dump(struct nl_call *call)
{
	const uint8_t *body = call->body;

	if (!call->socket->strict)
		return 0;
	if (call->length < HEADER)
		return nl_fail(call, -EINVAL, NULL,
			       "Invalid header for address label dump request");
	if (body[1] || body[2] || body[3] || get_le32(body + 4) ||
	    get_le32(body + 8))
		return nl_fail(
			call, -EINVAL, NULL,
			"Invalid values in header for address label dump request");
	if (call->length > HEADER)
		return nl_fail(
			call, -EINVAL, NULL,
			"Invalid data after header for address label dump request");
	return 0;
}

static int read_row(struct nl_call *call,
		    struct address_label *row) ON_NET_THREAD
{
	const struct nl_attr *attrs;
	int err = nl_parse_body(call, HEADER, rules, IFAL_COUNT, &attrs);

	if (err)
		return err;
	if (call->body[0] != RT_AF_INET6 || call->body[2] > 128 ||
	    !attrs[IFAL_ADDRESS].data || !attrs[IFAL_LABEL].data)
		return -EINVAL;
	row->label = nl_u32(&attrs[IFAL_LABEL]);
	if (row->label == ADDRESS_LABEL_NONE)
		return -EINVAL;
	for (int i = 0; i < 16; i++)
		row->prefix.b[i] = attrs[IFAL_ADDRESS].data[i];
	row->bits = call->body[2];
	row->index = get_le32(call->body + 4);
	addr_mask(&row->prefix, row->bits);
	return 0;
}

static int new_label(struct nl_call *call) NET_THREAD_ROOT
{
	struct address_label row = { .bits = 0 };
	int err = read_row(call, &row);

	if (err)
		return err;
	if (row.index && !netif_by_index(call->net, row.index))
		return -EINVAL;
	return address_label_add(call->net, &row,
				 call->header.flags & NL_REPLACE);
}

static int del_label(struct nl_call *call) NET_THREAD_ROOT
{
	struct address_label row = { .bits = 0 };
	int err = read_row(call, &row);

	return err ? err : address_label_del(call->net, &row);
}

static const struct nl_handler handlers[] = {
	{ .type = RTM_NEWADDRLABEL, .call = new_label },
	{ .type = RTM_DELADDRLABEL, .call = del_label },
	{ .type = RTM_GETADDRLABEL,
	  .open = true,
	  .dump = dump,
	  .dump_check = check_dump },
};

const struct rt_table rt_address_label_table = { handlers,
						 ARRAY_LEN(handlers) };
