// SPDX-License-Identifier: MIT
/*
 * A queue with many writers and one reader, without a lock: writers push onto
 * a stack with compare-and-swap, the reader takes the whole stack and turns it
 * round. Order per writer is kept, and so is the order of pushes. Pushing is
 * allowed in interrupts. The reader's side belongs to one thread at a time.
 */
#pragma once

#include "lib/types.h"
#include "lib/atomic.h"

struct mail {
	struct mail *next;
};

struct mailbox {
	struct mail *pushed; /* atomic */
	struct mail *taken; /* reader's: in order of arrival */
};

/* True when the box was empty of pushes before. */
static inline bool mailbox_push(struct mailbox *box, struct mail *mail)
{
	struct mail *old = atomic_load_relaxed(&box->pushed);

	do {
		mail->next = old;
	} while (!__atomic_compare_exchange_n(&box->pushed, &old, mail, true,
					      __ATOMIC_SEQ_CST,
					      __ATOMIC_RELAXED));
	return old == NULL;
}

/* Reader: the oldest without taking it, or NULL. */
static inline struct mail *mailbox_peek(struct mailbox *box)
{
	struct mail *mail, *next, *turned = NULL;

	if (box->taken)
		return box->taken;
	if (!atomic_load_relaxed(&box->pushed))
		return NULL;
	for (mail = atomic_exchange(&box->pushed, (struct mail *)NULL); mail;
	     mail = next) {
		next = mail->next;
		mail->next = turned;
		turned = mail;
	}
	box->taken = turned;
	return turned;
}

/* Reader: the oldest, or NULL. */
static inline struct mail *mailbox_pop(struct mailbox *box)
{
	struct mail *mail = mailbox_peek(box);

	if (mail)
		box->taken = mail->next;
	return mail;
}

/* Any thread: whether something is there. A hint unless you are the reader. */
static inline bool mailbox_empty(struct mailbox *box)
{
	return !atomic_load(&box->taken) && !atomic_load(&box->pushed);
}
