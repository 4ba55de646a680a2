// SPDX-License-Identifier: MIT
/*
 * noqueue: no queue at all. What is sent goes straight to the driver; for
 * interfaces of software, which are never busy.
 */
#include "net/sched/kinds.h"

const struct qdisc_kind noqueue_kind = {
	.name = "noqueue",
	.size = sizeof(struct qdisc),
};
