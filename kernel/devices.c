// SPDX-License-Identifier: MIT
/*
 * Joins terminals (kernel/tty) with the file system: device numbers, nodes in
 * /dev, devpts, and the end of sessions. Each of them lies on a floor that may
 * not know the others.
 */
#include "kernel/devices.h"

#include "fs/devfs/devfs.h"
#include "fs/devfs/memory_devices.h"
#include "fs/vfs/path.h"
#include "kernel/drivers/uart.h"
#include "kernel/file/pts.h"
#include "kernel/net_tun.h"
#include "kernel/proc/process.h"
#include "kernel/tty/tty.h"
#include "lib/format.h"

static void make_node(const char *name, uint32_t mode, unsigned major,
		      unsigned minor)
{
	device_create_node(name, S_IFCHR | mode, device_number(major, minor));
}

static void serial_nodes(void)
{
	for (unsigned n = 0; n < UART_PORTS; n++) {
		struct tty *tty = serial_tty(n);

		if (!tty)
			continue;
		make_node(tty->name, 0660, 4, 64 + n);
		tty_put(tty);
	}
}

void devices_init(void)
{
	memory_devices_init();
	serial_init();
	device_register(false, 4, 64, UART_PORTS, &tty_ops);
	device_register(false, 5, 0, 2, &tty_ops);
	device_register(false, 5, 2, 1, &ptmx_ops);
	for (unsigned i = 0; i < PTS_MAX / 256; i++)
		device_register(false, PTS_MAJOR + i, 0, 256, &tty_ops);
	device_register(false, NET_TUN_MAJOR, NET_TUN_MINOR, 1, &net_tun_ops);
	make_node("net/tun", 0666, NET_TUN_MAJOR, NET_TUN_MINOR);
	make_node("tty", 0666, 5, 0);
	make_node("console", 0600, 5, 1);
	make_node("ptmx", 0666, 5, 2);
	serial_nodes();
	pts_ops.add = devpts_add;
	pts_ops.remove = devpts_remove;
	process_hooks.session_leader_exit = tty_session_leader_exit;
}
