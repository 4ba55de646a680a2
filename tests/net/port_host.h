// SPDX-License-Identifier: MIT
/* The host's port lives with the simulator; tests find it here. */
#pragma once

#include "tools/netsim/port_host.h"
