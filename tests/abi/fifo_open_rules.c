// SPDX-License-Identifier: MIT
/*
 * A fifo's opens wait for each other; without waiting a writer gets ENXIO.
 */
#include "tests/abi/abi.h"

int main(void)
{
	char c;
	int r, w;
	struct stat st;

	scratch();
	SHOW(mkfifo("p", 0644));
	SHOW(mkfifo("p", 0644));
	stat("p", &st);
	OK(S_ISFIFO(st.st_mode));
	SHOW(open("p", O_WRONLY | O_NONBLOCK));
	r = (int)SHOW_OK(open("p", O_RDONLY | O_NONBLOCK));
	SHOW(read(r, &c, 1));
	w = (int)SHOW_OK(open("p", O_WRONLY | O_NONBLOCK));
	SHOW(read(r, &c, 1));
	SHOW(write(w, "x", 1));
	close(w);
	SHOW(read(r, &c, 1));
	SHOW(read(r, &c, 1));
	close(r);
	if (fork() == 0) {
		w = open("p", O_WRONLY);
		_exit(write(w, "hello", 5) == 5 ? 0 : 1);
	}
	r = (int)SHOW_OK(open("p", O_RDONLY));
	SHOW(read(r, &c, 1));
	OK(c == 'h');
	say("%s", status_text(reap(-1)));
	return 0;
}
