// SPDX-License-Identifier: MIT
/*
 * Identities: dropping root is final, saved ids allow the way back, groups
 * are kept.
 */
#include "tests/abi/abi.h"

static void ids(void)
{
	uid_t r, e, s;

	getresuid(&r, &e, &s);
	say("%d %d %d", (int)r, (int)e, (int)s);
}

static void for_good(void)
{
	gid_t groups[] = { 10, 20, 30 }, got[8];

	SHOW(setgroups(3, groups));
	SHOW(setgid(1000));
	SHOW(setuid(1000));
	ids();
	SHOW(setuid(0));
	SHOW(setgroups(0, NULL));
	SHOW(getgroups(8, got));
	say("%d %d", (int)got[0], (int)got[2]);
	SHOW(getgroups(1, got));
	SHOW(kill(getppid(), 0));
	SHOW(open("secret", O_RDONLY));
	SHOW(chown("open", 0, 0));
	SHOW(setpriority(PRIO_PROCESS, 0, -5));
	SHOW(chroot("/"));
}

static void for_a_while(void)
{
	SHOW(setresuid((uid_t)-1, 1000, (uid_t)-1));
	ids();
	SHOW(open("secret", O_RDONLY));
	SHOW(seteuid(0));
	ids();
	SHOW(setreuid(1000, 2000));
	ids();
	SHOW(seteuid(1000));
	SHOW(seteuid(0));
	ids();
}

int main(void)
{
	need_root();
	scratch();
	chmod(".", 0755);
	put_file("secret", "x");
	chmod("secret", 0600);
	put_file("open", "x");
	in_child("for_good", for_good);
	in_child("for_a_while", for_a_while);
	return 0;
}
