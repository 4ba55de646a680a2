// SPDX-License-Identifier: MIT
/*
 * Initial sequence numbers (RFC 9293 3.4.1, RFC 6528): a clock that ticks
 * every 4 microseconds plus a keyed hash of the two names, so that successive
 * incarnations of a connection go forward and strangers cannot guess.
 */
#include "net/tcp/handshake.h"

#include "lib/siphash.h"

#define ISN_TICK (4 * NSEC_PER_USEC)

static uint64_t hash_names(const struct siphash_key *key,
			   const struct net_name *local,
			   const struct net_name *remote)
{
	uint8_t bytes[36];

	__builtin_memcpy(bytes, local->addr.b, 16);
	__builtin_memcpy(bytes + 16, remote->addr.b, 16);
	put_be16(bytes + 32, local->port);
	put_be16(bytes + 34, remote->port);
	return siphash(key, bytes, sizeof(bytes));
}

seq_t seq_initial(const struct net *net, const struct net_name *local,
		  const struct net_name *remote)
{
	seq_t hash = hash_names(&tcp_of(net)->isn_key, local, remote);

	return (seq_t)(net->now / ISN_TICK) + hash;
}

uint32_t stamp_offset(const struct net *net, const struct net_name *local,
		      const struct net_name *remote)
{
	if (net->tunables.tcp_timestamps != 1)
		return 0;
	return hash_names(&tcp_of(net)->stamp_key, local, remote);
}
