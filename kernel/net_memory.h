// SPDX-License-Identifier: MIT
/*
 * How much memory TCP may use, by how much this machine has.
 */
#pragma once

struct net;

/* Sets tcp_mem, tcp_rmem and tcp_wmem of a new stack. Does not wait. */
void net_memory_start(struct net *net);
