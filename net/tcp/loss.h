// SPDX-License-Identifier: MIT
/*
 * Private to net/tcp. What a sender remembers of losses beside the flight: how
 * far packets may overtake each other, how to take a reduction back, and the
 * tail loss probe that is on its way. recovery.c and undo.c use it.
 */
#pragma once

#include "lib/types.h"
#include "net/tcp/seq.h"

/*
 * Undo: a reduction is taken back when all of the `undo_retrans` packets that
 * were sent again since came back as duplicates, or when an echoed timestamp is
 * older than `stamp`, our clock at the first repair. undo_retrans is negative
 * while nothing was sent again.
 */
struct loss {
	uint32_t lost; /* packets ever taken for lost */
	uint16_t reordering; /* DupThresh; grows with what is seen */
	uint16_t reorderings; /* how often it was; saturates */

	bool undo_on;
	bool stamped; /* `stamp` is valid */
	bool frto; /* RFC 5682: is the timeout spurious? */
	bool new_first; /* its step 2b: new data before repairs, once */
	bool probe_out; /* RFC 8985 7: one is on its way */
	bool probe_resent; /* it was a retransmission */
	seq_t undo_marker; /* snd.una when the reduction began */
	int32_t undo_retrans;
	uint32_t stamp;
	nsec_t resent_at; /* first repair since snd.una moved; 0: none */
	seq_t probe_end; /* snd.nxt at the probe */
};
