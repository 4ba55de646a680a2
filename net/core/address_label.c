// SPDX-License-Identifier: MIT
/* See address_label.h. */
#include "net/core/address_label.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/instance.h"

static const struct {
	uint8_t prefix[16];
	uint8_t bits, label;
} first_rows[] = {
	{ { [15] = 1 }, 128, 0 },
	{ { 0 }, 96, 3 },
	{ { [10] = 0xff, 0xff }, 96, 4 },
	{ { 0x20, 0x01 }, 32, 6 },
	{ { 0x20, 0x01, 0x00, 0x10 }, 28, 7 },
	{ { 0x3f, 0xfe }, 16, 12 },
	{ { 0x20, 0x02 }, 16, 2 },
	{ { 0xfe, 0xc0 }, 10, 11 },
	{ { 0xfc }, 7, 5 },
	{ { 0 }, 0, 1 },
};

uint32_t address_label(const struct net *net, uint32_t index,
		       const struct net_addr *addr)
{
	const struct address_label *row;

	LIST_FOR_EACH(row, &net->labels.rows, list)
		if ((!row->index || row->index == index) &&
		    addr_in_prefix(addr, &row->prefix, row->bits))
			return row->label;
	return ADDRESS_LABEL_NONE;
}

static bool same(const struct address_label *a, const struct address_label *b)
{
	return a->bits == b->bits && a->index == b->index &&
	       addr_equal(&a->prefix, &b->prefix);
}

static struct address_label *find(struct net *net,
				  const struct address_label *like)
{
	struct address_label *row;

	LIST_FOR_EACH(row, &net->labels.rows, list)
		if (same(row, like))
			return row;
	return NULL;
}

/* Longer prefixes first; of one length those for an interface, the newest
 * first. */
static void insert(struct net *net, struct address_label *fresh)
{
	struct address_label *row;

	net->labels.count++;
	LIST_FOR_EACH(row, &net->labels.rows, list) {
		if (row->bits < fresh->bits ||
		    (row->bits == fresh->bits && !row->index)) {
			list_insert_before(&row->list, &fresh->list);
			return;
		}
	}
	list_push_back(&net->labels.rows, &fresh->list);
}

int address_label_add(struct net *net, const struct address_label *like,
		      bool replace)
{
	struct address_label *row = find(net, like);

	if (row) {
		if (!replace)
			return -EEXIST;
		row->label = like->label;
		net->labels.serial++;
		return 0;
	}
	if (net->labels.count >= ADDRESS_LABELS_MAX)
		return -ENOBUFS;
	row = port_alloc(sizeof *row);
	if (!row)
		return -ENOMEM;
	*row = *like;
	insert(net, row);
	net->labels.serial++;
	return 0;
}

int address_label_del(struct net *net, const struct address_label *like)
{
	struct address_label *row = find(net, like);

	if (!row)
		return -ESRCH;
	list_remove(&row->list);
	port_free(row);
	net->labels.count--;
	net->labels.serial++;
	return 0;
}

int address_labels_init(struct net *net)
{
	list_init(&net->labels.rows);
	for (size_t i = 0; i < ARRAY_LEN(first_rows); i++) {
		struct address_label *row = port_alloc(sizeof *row);

		if (!row)
			return -ENOMEM;
		memcpy(row->prefix.b, first_rows[i].prefix, 16);
		row->bits = first_rows[i].bits;
		row->label = first_rows[i].label;
		list_push_back(&net->labels.rows, &row->list);
		net->labels.count++;
	}
	return 0;
}

void address_labels_free(struct net *net)
{
	struct address_label *row;

	if (!net->labels.rows.next)
		return;
	while ((row = LIST_POP(&net->labels.rows, struct address_label, list)))
		port_free(row);
}
