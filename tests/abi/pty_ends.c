// SPDX-License-Identifier: MIT
/*
 * The ends of a pty: the number, locking, hang-up, EIO, window size and its
 * signal.
 */
#include "tests/abi/abi.h"

int main(void)
{
	struct winsize size = { 24, 80, 0, 0 }, got;
	int master = (int)MUST(posix_openpt(O_RDWR | O_NOCTTY)), slave;
	unsigned number;
	char name[64], c;

	SHOW(ioctl(master, TIOCGPTN, &number));
	SHOW(ptsname_r(master, name, sizeof name));
	OK(strncmp(name, "/dev/pts/", 9) == 0);
	SHOW(open(name, O_RDWR | O_NOCTTY));
	SHOW(unlockpt(master));
	slave = (int)SHOW_OK(open(name, O_RDWR | O_NOCTTY));
	SHOW(ioctl(master, TIOCSWINSZ, &size));
	SHOW(ioctl(slave, TIOCGWINSZ, &got));
	say("%d %d", got.ws_row, got.ws_col);
	MUST(write(slave, "x", 1));
	show_poll("master with data", master, 0);
	SHOW(read(master, &c, 1));
	close(slave);
	show_poll("master without slave", master, 0);
	SHOW(read(master, &c, 1));
	slave = (int)SHOW_OK(open(name, O_RDWR | O_NOCTTY));
	show_poll("slave", slave, 0);
	close(master);
	show_poll("slave without master", slave, 0);
	SHOW(read(slave, &c, 1));
	SHOW(write(slave, "x", 1));
	close(slave);
	SHOW(open(name, O_RDWR | O_NOCTTY));
	return 0;
}
