// SPDX-License-Identifier: MIT
/*
 * RTM_*QDISC: queueing disciplines (tc(8)): struct tcmsg {family, ifindex,
 * handle, parent, info} and TCA_ attributes. Which of make, replace, change and
 * move a request means is Linux's to say: the flags, the handle and the kind
 * decide it together. The messages are qdisc_message.c's.
 */
#include "net/netlink/qdisc.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/instance.h"

#define KIND_NAME 16

static const struct nl_rule rules[TCA_COUNT] = {
	[TCA_KIND] = { NL_BYTES, 0 },	 [TCA_OPTIONS] = { NL_ATTRS },
	[TCA_STAB] = { NL_ATTRS },	 [TCA_DUMP_INVISIBLE] = { NL_FLAG },
	[TCA_CHAIN] = { NL_U32 },	 [TCA_INGRESS_BLOCK] = { NL_U32 },
	[TCA_EGRESS_BLOCK] = { NL_U32 },
};

/* What a request speaks of. */
struct target {
	struct netif *netif;
	uint32_t handle, where; /* tcm_handle, tcm_parent */
	const struct nl_attr *attrs;
	struct qdisc *parent; /* whose class `where` is, or NULL */
	struct qdisc *q; /* that is there, or NULL */
};

static int read_target(struct nl_call *call, struct target *t) ON_NET_THREAD
{
	int err = nl_parse_body(call, TCM_HEADER, rules, TCA_COUNT, &t->attrs);

	if (err)
		return err;
	t->parent = t->q = NULL;
	t->handle = get_le32(call->body + 8);
	t->where = get_le32(call->body + 12);
	t->netif = netif_by_index(call->net, get_le32(call->body + 4));
	return t->netif ? 0 : -ENODEV;
}

static bool is_kind(const struct nl_attr *attr, const struct qdisc *q)
{
	char name[KIND_NAME];

	return !attr->data || (nl_text(attr, name, sizeof name) &&
			       string_equal(name, q->kind->name));
}

/* Who stands behind a class of t->parent. */
static int find_leaf(struct nl_call *call, struct target *t)
{
	if (!t->parent->kind->take_child)
		return nl_fail(call, -EOPNOTSUPP, NULL,
			       "Parent qdisc is not classful");
	t->q = t->parent->child;
	return 0;
}

/* 0 is everybody's who has none of his own: it finds nobody. */
static struct qdisc *find(const struct netif *netif, uint32_t handle)
{
	return handle ? qdisc_find(netif, handle) : NULL;
}

/* ---- Making and changing ---- */

static int refuse_extras(struct nl_call *call, const struct target *t)
{
	if (t->attrs[TCA_STAB].data)
		return nl_fail(call, -EOPNOTSUPP, &t->attrs[TCA_STAB],
			       "Size tables are not supported");
	if (t->attrs[TCA_RATE].data)
		return nl_fail(call, -EOPNOTSUPP, &t->attrs[TCA_RATE],
			       "Rate estimators are not supported");
	if (t->attrs[TCA_INGRESS_BLOCK].data || t->attrs[TCA_EGRESS_BLOCK].data)
		return nl_fail(call, -EOPNOTSUPP, NULL,
			       "Blocks are not supported");
	return 0;
}

static int change(struct nl_call *call, struct target *t) ON_NET_THREAD
{
	struct qdisc_request request = { .options = t->attrs[TCA_OPTIONS] };
	struct qdisc *q = t->q;
	int err = refuse_extras(call, t);

	if (err)
		return err;
	if (request.options.data && !q->kind->change)
		return nl_fail(
			call, -EINVAL, NULL,
			"Change operation not supported by specified qdisc");
	if (request.options.data)
		err = q->kind->change(q, &request);
	if (err)
		return nl_fail(call, err, NULL, request.error_text);
	qdisc_notify(call, t->netif, t->where, NULL, q);
	return 0;
}

/* Puts a new one (NULL: none) where the request says. */
static void graft(struct nl_call *call, const struct target *t,
		  struct qdisc *q) ON_NET_THREAD
{
	struct qdisc *old = qdisc_graft(t->netif, t->parent, q);

	qdisc_notify(call, t->netif, t->where, old, q);
	qdisc_destroy(old);
}

static int make(struct nl_call *call, const struct target *t) ON_NET_THREAD
{
	struct qdisc_request request = { .options = t->attrs[TCA_OPTIONS] };
	const struct qdisc_kind *kind = NULL;
	char name[KIND_NAME];
	struct qdisc *q;
	int err;

	if (t->attrs[TCA_KIND].data &&
	    nl_text(&t->attrs[TCA_KIND], name, sizeof name))
		kind = qdisc_kind_find(call->net, name);
	if (!kind)
		return nl_fail(call, -ENOENT, NULL,
			       "Specified qdisc kind is unknown");
	if (t->where == QDISC_INGRESS)
		return nl_fail(
			call, -EINVAL, NULL,
			"Specified parent ID is reserved for ingress and clsact Qdiscs");
	err = refuse_extras(call, t);
	if (!err && t->parent)
		err = t->parent->kind->take_child(t->parent, kind, &request);
	if (!err)
		err = qdisc_create(t->netif, kind, t->handle, t->where,
				   &request, &q);
	if (err)
		return request.error_text ?
			       nl_fail(call, err, NULL, request.error_text) :
			       err;
	graft(call, t, q);
	return 0;
}

static int must_create(struct nl_call *call,
		       const struct target *t) ON_NET_THREAD
{
	if (!(call->header.flags & NL_CREATE))
		return nl_fail(
			call, -ENOENT, NULL,
			"Qdisc not found. To create specify NLM_F_CREATE flag");
	return make(call, t);
}

/* t->q is the one that is meant. */
static int change_existing(struct nl_call *call, struct target *t) ON_NET_THREAD
{
	if (!t->q)
		return nl_fail(call, -ENOENT, NULL,
			       "Specified qdisc not found");
	if (call->header.flags & NL_EXCLUSIVE)
		return nl_fail(call, -EEXIST, NULL,
			       "Exclusivity flag on, cannot modify");
	if (!is_kind(&t->attrs[TCA_KIND], t->q))
		return nl_fail(call, -EINVAL, NULL,
			       "Invalid qdisc name: must match existing qdisc");
	return change(call, t);
}

/* The request names a handle that what is there does not have. */
static int by_handle(struct nl_call *call, struct target *t) ON_NET_THREAD
{
	if (t->q && !(call->header.flags & NL_REPLACE))
		return nl_fail(call, -EEXIST, NULL,
			       "NLM_F_REPLACE needed to override");
	if (t->handle & ~QDISC_MAJOR)
		return nl_fail(call, -EINVAL, NULL, "Invalid minor handle");
	t->q = find(t->netif, t->handle);
	if (!t->q)
		return must_create(call, t);
	if (t->q->parent != t->where)
		return nl_fail(
			call, -EINVAL, NULL,
			"Cannot move an existing qdisc to a different parent");
	return change_existing(call, t);
}

/* There is one, and the request names no handle: with another kind it is a new
 * one that is wanted, unless the flags say neither. */
static int by_kind(struct nl_call *call, struct target *t) ON_NET_THREAD
{
	uint32_t flags = call->header.flags &
			 (NL_CREATE | NL_REPLACE | NL_EXCLUSIVE);
	bool make_it = (flags & NL_CREATE) &&
		       (flags & (NL_REPLACE | NL_EXCLUSIVE));

	if (!is_kind(&t->attrs[TCA_KIND], t->q) && (make_it || !flags))
		return make(call, t);
	return change_existing(call, t);
}

static int find_place(struct nl_call *call, struct target *t) ON_NET_THREAD
{
	int err = 0;

	if (t->where == QDISC_ROOT) {
		t->q = t->netif->qdisc;
	} else if (t->where != QDISC_INGRESS) {
		t->parent = find(t->netif, t->where & QDISC_MAJOR);
		if (!t->parent)
			return nl_fail(call, -ENOENT, NULL,
				       "Failed to find specified qdisc");
		err = find_leaf(call, t);
	}
	if (t->q && t->q->handle == 0)
		t->q = NULL; /* the default: as if there were none */
	return err;
}

static int new_qdisc(struct nl_call *call) NET_THREAD_ROOT
{
	struct target t;
	int err = read_target(call, &t);

	if (err)
		return err;
	if (!t.where && !t.handle)
		return nl_fail(call, -EINVAL, NULL, "Handle cannot be zero");
	if (!t.where) {
		t.q = find(t.netif, t.handle);
		return change_existing(call, &t);
	}
	err = find_place(call, &t);
	if (err)
		return err;
	if (t.handle && (!t.q || t.q->handle != t.handle))
		return by_handle(call, &t);
	if (!t.q)
		return must_create(call, &t);
	return t.handle ? change_existing(call, &t) : by_kind(call, &t);
}

/* ---- Asking and ending ---- */

static int find_existing(struct nl_call *call, struct target *t) ON_NET_THREAD
{
	int err = 0;

	if (!t->where) {
		t->q = find(t->netif, t->handle);
		return t->q ? 0 :
			      nl_fail(call, -ENOENT, NULL,
				      "Failed to find qdisc with specified handle");
	}
	if (t->where == QDISC_ROOT) {
		t->q = t->netif->qdisc;
	} else if ((t->where & QDISC_MAJOR) != (QDISC_INGRESS & QDISC_MAJOR)) {
		t->parent = find(t->netif, t->where & QDISC_MAJOR);
		if (!t->parent)
			return nl_fail(
				call, -ENOENT, NULL,
				"Failed to find qdisc with specified classid");
		err = find_leaf(call, t);
	}
	if (err)
		return err;
	if (!t->q)
		return nl_fail(
			call, -ENOENT, NULL,
			"Cannot find specified qdisc on specified device");
	if (t->handle && t->q->handle != t->handle)
		return nl_fail(call, -EINVAL, NULL, "Invalid handle");
	return 0;
}

static int find_asked(struct nl_call *call, struct target *t) ON_NET_THREAD
{
	int err = read_target(call, t);

	if (!err)
		err = find_existing(call, t);
	if (err)
		return err;
	if (!is_kind(&t->attrs[TCA_KIND], t->q))
		return nl_fail(call, -EINVAL, NULL,
			       "Invalid qdisc name: must match existing qdisc");
	return 0;
}

static int del_qdisc(struct nl_call *call) NET_THREAD_ROOT
{
	struct target t;
	int err = find_asked(call, &t);

	if (err)
		return err;
	if (!t.where)
		return nl_fail(call, -EINVAL, NULL, "Classid cannot be zero");
	if (!t.q->handle)
		return nl_fail(call, -ENOENT, NULL,
			       "Cannot delete qdisc with handle of zero");
	graft(call, &t, NULL);
	return 0;
}

static int get_qdisc(struct nl_call *call) NET_THREAD_ROOT
{
	struct nl_reply reply;
	struct nl_header header;
	struct target t;
	int err = find_asked(call, &t);

	if (err)
		return err;
	nl_reply_begin(call, &reply, RTM_NEWQDISC);
	reply.writer.used = reply.start;
	header = (struct nl_header){ .type = RTM_NEWQDISC,
				     .sequence = call->header.sequence,
				     .port = call->socket->port };
	if (!rt_put_qdisc(&reply.writer, &header, t.q, t.where))
		return -EMSGSIZE;
	return nl_deliver(call->socket, reply.writer.buffer, reply.writer.used,
			  0);
}

/* ---- Classes and filters: who has them, and who has not ---- */

/* The one class of a discipline with a child can be looked at (the dump), and
 * is made and ended with the child. */
static int no_class(struct nl_call *call) NET_THREAD_ROOT
{
	struct target t;
	uint32_t major;
	int err = read_target(call, &t);

	if (err)
		return err;
	major = t.handle & QDISC_MAJOR;
	if (t.where != QDISC_ROOT && (t.where & QDISC_MAJOR)) {
		if (major && major != (t.where & QDISC_MAJOR))
			return -EINVAL;
		major = t.where & QDISC_MAJOR;
	}
	if (!major && t.netif->qdisc)
		major = t.netif->qdisc->handle;
	t.q = find(t.netif, major);
	if (!t.q)
		return -ENOENT;
	return t.q->kind->take_child ? -EOPNOTSUPP : -EINVAL;
}

static int no_filter(struct nl_call *call) NET_THREAD_ROOT
{
	struct target t;
	int err = read_target(call, &t);

	if (err)
		return err;
	t.q = t.where ? find(t.netif, t.where & QDISC_MAJOR) : t.netif->qdisc;
	if (!t.q)
		return nl_fail(call, -EINVAL, NULL,
			       "Parent Qdisc doesn't exists");
	if (!t.q->kind->take_child)
		return nl_fail(call, -EINVAL, NULL, "Qdisc not classful");
	return nl_fail(call, -EOPNOTSUPP, NULL, "Class doesn't support blocks");
}

static int dump_filters(struct nl_dump *dump,
			struct nl_writer *w) NET_THREAD_ROOT
{
	return 0; /* no kind has any */
}

static const struct nl_handler handlers[] = {
	{ .type = RTM_NEWQDISC, .call = new_qdisc },
	{ .type = RTM_DELQDISC, .call = del_qdisc },
	{ .type = RTM_GETQDISC,
	  .open = true,
	  .call = get_qdisc,
	  .dump = rt_dump_qdiscs,
	  .dump_kinds = 1 << CHANGE_LINK | 1 << CHANGE_QUEUE },
	{ .type = RTM_NEWTCLASS, .call = no_class },
	{ .type = RTM_DELTCLASS, .call = no_class },
	{ .type = RTM_GETTCLASS,
	  .open = true,
	  .call = no_class,
	  .dump = rt_dump_classes,
	  .dump_kinds = 1 << CHANGE_LINK | 1 << CHANGE_QUEUE },
	{ .type = RTM_NEWTFILTER, .call = no_filter },
	{ .type = RTM_DELTFILTER, .call = no_filter },
	{ .type = RTM_GETTFILTER,
	  .open = true,
	  .call = no_filter,
	  .dump = dump_filters },
};

const struct rt_table rt_qdisc_table = { handlers, ARRAY_LEN(handlers) };
