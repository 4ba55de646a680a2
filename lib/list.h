// SPDX-License-Identifier: MIT
/*
 * Intrusive circular doubly linked list. A list head is a `struct list` that
 * is not part of an object; an entry is one that is. An entry that is in no
 * list points at itself after list_init() or list_remove(), so removing it
 * twice is harmless and list_empty(&entry) tells whether it is queued.
 * The lists take no lock.
 */
#pragma once

#include "lib/types.h"

struct list {
	struct list *next;
	struct list *prev;
};

#define LIST_INIT(name)          \
	{                        \
		&(name), &(name) \
	}

static inline void list_init(struct list *head)
{
	head->next = head;
	head->prev = head;
}

static inline bool list_empty(const struct list *head)
{
	return head->next == head;
}

static inline void list_link_(struct list *entry, struct list *prev,
			      struct list *next)
{
	entry->prev = prev;
	entry->next = next;
	prev->next = entry;
	next->prev = entry;
}

static inline void list_push_back(struct list *head, struct list *entry)
{
	list_link_(entry, head->prev, head);
}

static inline void list_push_front(struct list *head, struct list *entry)
{
	list_link_(entry, head, head->next);
}

static inline void list_insert_before(struct list *at, struct list *entry)
{
	list_link_(entry, at->prev, at);
}

static inline void list_insert_after(struct list *at, struct list *entry)
{
	list_link_(entry, at, at->next);
}

static inline void list_remove(struct list *entry)
{
	entry->prev->next = entry->next;
	entry->next->prev = entry->prev;
	list_init(entry);
}

/* The removed first entry, or NULL when the list is empty. */
static inline struct list *list_pop_front(struct list *head)
{
	struct list *entry = head->next;

	if (entry == head)
		return NULL;
	list_remove(entry);
	return entry;
}

static inline struct list *list_pop_back(struct list *head)
{
	struct list *entry = head->prev;

	if (entry == head)
		return NULL;
	list_remove(entry);
	return entry;
}

/* Appends all of `from` to `to`; `from` is empty afterwards. */
static inline void list_splice(struct list *to, struct list *from)
{
	if (list_empty(from))
		return;
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
	list_init(from);
}

static inline bool list_is_single(const struct list *head)
{
	return !list_empty(head) && head->next == head->prev;
}

static inline size_t list_length(const struct list *head)
{
	size_t n = 0;

	for (const struct list *at = head->next; at != head; at = at->next)
		n++;
	return n;
}

#define LIST_ENTRY(ptr, type, member) container_of(ptr, type, member)

/* The first (last) object of the list or NULL. */
#define LIST_FIRST(head, type, member) \
	(list_empty(head) ? NULL : container_of((head)->next, type, member))
#define LIST_LAST(head, type, member) \
	(list_empty(head) ? NULL : container_of((head)->prev, type, member))

/* Removes the first object and gives it, or NULL. */
#define LIST_POP(head, type, member)                            \
	({                                                      \
		struct list *pop_ = list_pop_front(head);       \
		pop_ ? container_of(pop_, type, member) : NULL; \
	})

/* The object after `pos` or NULL at the end. */
#define LIST_NEXT(pos, head, member)    \
	((pos)->member.next == (head) ? \
		 NULL :                 \
		 container_of((pos)->member.next, __typeof__(*(pos)), member))

/* `pos` is a pointer to the containing object. */
#define LIST_FOR_EACH(pos, head, member)                                       \
	for (struct list *pos##_at_ = (head)->next;                            \
	     pos##_at_ != (head) &&                                            \
	     ((pos) = container_of(pos##_at_, __typeof__(*(pos)), member), 1); \
	     pos##_at_ = pos##_at_->next)

/* The same; the body may remove or free `pos`. */
#define LIST_FOR_EACH_SAFE(pos, head, member)                                  \
	for (struct list *pos##_at_ = (head)->next,                            \
			 *pos##_next_ = pos##_at_->next;                       \
	     pos##_at_ != (head) &&                                            \
	     ((pos) = container_of(pos##_at_, __typeof__(*(pos)), member), 1); \
	     pos##_at_ = pos##_next_, pos##_next_ = pos##_at_->next)

#define LIST_FOR_EACH_REVERSE(pos, head, member)                               \
	for (struct list *pos##_at_ = (head)->prev;                            \
	     pos##_at_ != (head) &&                                            \
	     ((pos) = container_of(pos##_at_, __typeof__(*(pos)), member), 1); \
	     pos##_at_ = pos##_at_->prev)
