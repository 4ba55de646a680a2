// SPDX-License-Identifier: MIT
//
// Private to tools/init: what its files call of each other.
#pragma once

// Prints one line on the console, with the program's name before it.
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Unpacks the ustar archive on the block device `path` below /. No such
// device is no error: there was nothing to put.
void unpack_disk(const char *path);

// A Linux guest, in its initramfs: loads the modules listed in
// `directory`/order; with root= on the command line moves to that root and
// executes its init. Returns only without root=.
void linux_start(const char *directory);

// A Linux guest: brings lo up and gives eth0 the address of the command
// line's ip= word, or that of QEMU's user network.
void linux_network(void);
