// SPDX-License-Identifier: MIT
/* Gives kernel/socket memory for packet rings; once, at start-up. */
#pragma once

void packet_ring_init(void);
