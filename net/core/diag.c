// SPDX-License-Identifier: MIT
/* See diag.h. */
#include "net/core/diag.h"

#include "lib/string.h"
#include "net/core/endpoint.h"
#include "net/core/instance.h"

struct demux_entry *diag_next_in_demux(const struct demux *demux,
				       struct diag_walk *walk)
{
	for (; walk->table < 2; walk->table++) {
		const struct demux_table *table = walk->table ? &demux->pairs :
								&demux->locals;
		struct demux_entry *entry = demux_resume(
			table, &walk->bucket, &walk->skip, &walk->budget);

		if (entry || !walk->budget)
			return entry;
		walk->bucket = walk->skip = 0;
	}
	return NULL;
}

struct demux_entry *diag_next_in_list(const struct list *all,
				      struct demux_entry *(*of)(struct list *),
				      struct diag_walk *walk)
{
	struct list *node = all->next;

	for (uint32_t n = 0; n < walk->skip && node != all; n++)
		node = node->next;
	for (; node != all && walk->budget; node = node->next) {
		struct demux_entry *entry = of(node);

		walk->budget--;
		walk->skip++;
		if (entry)
			return entry;
	}
	return NULL;
}

const struct diag_inet *diag_inet_find(const struct net *net, uint32_t number)
{
	const struct diag_inet *const *at = net->diag->inet;

	while (*at && (*at)->number != number)
		at++;
	return *at;
}

/* What has no endpoint is known by its names. */
uint64_t diag_cookie(const struct net *net, const struct demux_entry *entry)
{
	uint8_t key[36];

	if (entry->kind == DEMUX_SOCKET)
		return entry_endpoint(entry)->id;
	put_le16(key, entry->local.port);
	put_le16(key + 2, entry->remote.port);
	memcpy(key + 4, entry->local.addr.b, 16);
	memcpy(key + 20, entry->remote.addr.b, 16);
	return siphash(&net->secret, key, sizeof key) | BIT(63);
}
