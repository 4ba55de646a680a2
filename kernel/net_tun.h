// SPDX-License-Identifier: MIT
/* What stands behind /dev/net/tun, for kernel/devices.c. */
#pragma once

#include "kernel/file/file.h"

#define NET_TUN_MAJOR 10 /* misc */
#define NET_TUN_MINOR 200

extern const struct file_ops net_tun_ops;
