// SPDX-License-Identifier: MIT
/* See change.h. */
#include "net/core/change.h"

#include "net/core/instance.h"

void net_changed(struct net *net, enum change_kind kind, enum change_how how,
		 const void *object)
{
	struct change_watch *watch = &net->watch;

	watch->generations[kind]++;
	if (watch->link_gone && kind == CHANGE_LINK && how == CHANGE_GONE)
		watch->link_gone(net, object);
	if (watch->ip)
		watch->ip(net, kind, how, object);
	if (watch->changed)
		watch->changed(net, kind, how, object);
}
