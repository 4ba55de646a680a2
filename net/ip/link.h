// SPDX-License-Identifier: MIT
/*
 * What IP does when an interface or an address comes or goes: groups are told
 * to the routers of a link that came up, and forgotten with the interface.
 */
#pragma once

#include "net/core/annotate.h"
#include "net/core/change.h"

/* net->watch.ip */
void ip_link_changed(struct net *net, enum change_kind kind,
		     enum change_how how, const void *object);
