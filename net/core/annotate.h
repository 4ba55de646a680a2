// SPDX-License-Identifier: MIT
/*
 * Who may call what, for clang's -Wthread-safety (`make check`); nothing under
 * gcc. ON_NET_THREAD stands on the prototypes of functions that only the net
 * thread of their `struct net` may call, and on the static functions that call
 * them. NET_THREAD_ROOT marks the places that *are* the net thread: net_run()
 * and the handlers that are called through a table.
 */
#pragma once

#if defined(__clang__)
struct __attribute__((capability("net thread"))) net_thread_role {
	int unused;
};
extern struct net_thread_role net_thread; /* a name only: never defined */
#define ON_NET_THREAD __attribute__((requires_capability(net_thread)))
#define NET_THREAD_ROOT __attribute__((no_thread_safety_analysis))
#else
#define ON_NET_THREAD
#define NET_THREAD_ROOT
#endif
