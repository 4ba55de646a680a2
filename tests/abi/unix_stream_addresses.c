// SPDX-License-Identifier: MIT
/*
 * UNIX sockets by path: the inode, ECONNREFUSED, ENOENT, EADDRINUSE, names
 * and their lengths.
 */
#include "tests/abi/abi.h"

static struct sockaddr_un named(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	strcpy(a.sun_path, path);
	return a;
}

int main(void)
{
	struct sockaddr_un a = named("s"), got;
	socklen_t len = sizeof got;
	struct stat st;
	int listener, fd, c;

	scratch();
	listener = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	fd = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	SHOW(connect(fd, (void *)&a, sizeof a));
	SHOW(bind(listener, (void *)&a, sizeof a));
	MUST(stat("s", &st));
	OK(S_ISSOCK(st.st_mode));
	SHOW(connect(fd, (void *)&a, sizeof a));
	SHOW(bind(fd, (void *)&a, sizeof a));
	SHOW(open("s", O_RDWR));
	SHOW(listen(listener, 2));
	SHOW(connect(fd, (void *)&a, sizeof a));
	c = (int)MUST(accept(listener, (void *)&got, &len));
	say("peer's length %d", (int)len);
	len = sizeof got;
	SHOW(getpeername(fd, (void *)&got, &len));
	say("%s length %d", got.sun_path, (int)len);
	len = sizeof got;
	SHOW(getsockname(fd, (void *)&got, &len));
	say("length %d", (int)len);
	MUST(rename("s", "t"));
	fd = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	a = named("t");
	SHOW(connect(fd, (void *)&a, sizeof a));
	close(listener);
	fd = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	SHOW(connect(fd, (void *)&a, sizeof a));
	put_file("plain", "");
	a = named("plain");
	SHOW(connect(fd, (void *)&a, sizeof a));
	close(c);
	return 0;
}
