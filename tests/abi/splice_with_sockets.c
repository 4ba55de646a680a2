// SPDX-License-Identifier: MIT
/* sendfile, splice, tee and vmsplice towards and from TCP sockets: whole, in
 * part, without waiting, at the end, and when the file changes afterwards. */
#include "tests/abi/abi.h"

#define SIZE 300000

static char *pattern(void)
{
	char *bytes = malloc(SIZE);

	for (int i = 0; i < SIZE; i++)
		bytes[i] = (char)(i * 7 + i / 251);
	return bytes;
}

static void make_file(const char *path, const char *bytes)
{
	int fd = (int)MUST(open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644));

	MUST(write(fd, bytes, SIZE));
	close(fd);
}

/* A child that reads everything and tells whether it is the pattern. */
static pid_t reader(int fd, const char *bytes, size_t size)
{
	pid_t pid = (pid_t)MUST(fork());
	size_t got = 0;
	char *to;

	if (pid)
		return pid;
	to = malloc(SIZE * 2);
	while (got < size) {
		long n = read(fd, to + got, SIZE * 2 - got);

		if (n <= 0)
			break;
		got += (size_t)n;
	}
	_exit(got == size && !memcmp(to, bytes, size) ? 0 : 1);
}

static void whole_file(const char *bytes)
{
	int ends[2], fd = (int)MUST(open("file", O_RDONLY));
	off_t offset = 100;
	pid_t pid;
	long sent = 0, n;

	tcp_pair(ends);
	pid = reader(ends[1], bytes + 100, SIZE - 100);
	while ((n = sendfile(ends[0], fd, &offset, SIZE)) > 0)
		sent += n;
	say("sendfile: %ld bytes, offset %ld, then %ld", sent, (long)offset, n);
	OK(lseek(fd, 0, SEEK_CUR) == 0);
	say("the reader: %s", status_text(reap(pid)));
	close(ends[0]);
	close(ends[1]);
	close(fd);
}

static void non_blocking(void)
{
	int ends[2], fd = (int)MUST(open("file", O_RDONLY)), calls = 0;
	long n, sent = 0;

	tcp_pair(ends);
	MUST(fcntl(ends[0], F_SETFL, O_NONBLOCK));
	while (calls++ < 1000) {
		lseek(fd, 0, SEEK_SET);
		n = sendfile(ends[0], fd, NULL, SIZE);
		if (n < 0)
			break;
		sent += n;
	}
	say("full: %s, some was sent: %s", n < 0 ? strerrorname_np(errno) : "?",
	    sent > 0 ? "yes" : "no");
	close(ends[1]);
	sleep_ms(50);
	n = sendfile(ends[0], fd, NULL, SIZE);
	if (n == 0 || (n < 0 && errno == EAGAIN))
		n = -1;
	say("after the peer is gone: %ld", n);
	close(ends[0]);
	close(fd);
}

static void through_pipes(const char *bytes)
{
	int ends[2], p[2], copy[2], fd = (int)MUST(open("file", O_RDONLY));
	char got[5000];
	loff_t offset = 1000;

	tcp_pair(ends);
	MUST(pipe(p));
	MUST(pipe(copy));
	SHOW(splice(fd, &offset, p[1], NULL, 4000, 0));
	SHOW(tee(p[0], copy[1], 4000, 0));
	SHOW(splice(p[0], NULL, ends[0], NULL, 4000, SPLICE_F_MORE));
	SHOW(recv(ends[1], got, 4000, MSG_WAITALL));
	OK(!memcmp(got, bytes + 1000, 4000));
	SHOW(read(copy[0], got, sizeof got));
	OK(!memcmp(got, bytes + 1000, 4000));
	SHOW(write(ends[1], "answer", 6));
	SHOW(splice(ends[0], NULL, p[1], NULL, 100, 0));
	SHOW(read(p[0], got, sizeof got));
	SHOW(fcntl(ends[0], F_SETFL, O_NONBLOCK));
	SHOW(splice(ends[0], NULL, p[1], NULL, 100, 0));
	SHOW(splice(ends[0], &offset, p[1], NULL, 100, 0));
	SHOW(splice(ends[0], NULL, ends[1], NULL, 100, 0));
	SHOW(shutdown(ends[1], SHUT_WR));
	SHOW(splice(ends[0], NULL, p[1], NULL, 100, 0));
	close(p[1]);
	SHOW(splice(p[0], NULL, ends[0], NULL, 100, 0));
	close(ends[0]);
	close(ends[1]);
}

static void user_pages(void)
{
	char bytes[] = "from the program", got[40];
	struct iovec vector = { bytes, sizeof bytes };
	int ends[2], p[2];

	tcp_pair(ends);
	MUST(pipe(p));
	SHOW(vmsplice(p[1], &vector, 1, 0));
	SHOW(splice(p[0], NULL, ends[0], NULL, 1000, 0));
	SHOW(recv(ends[1], got, sizeof bytes, MSG_WAITALL));
	say("%s", got);
	close(ends[0]);
	close(ends[1]);
}

/* The pages outlive the file. */
static void file_goes_away(const char *bytes)
{
	int ends[2], fd = (int)MUST(open("file", O_RDONLY));
	char *got = malloc(SIZE);
	long n;

	tcp_pair(ends);
	n = sendfile(ends[0], fd, NULL, 20000);
	say("sent %ld", n);
	close(fd);
	MUST(unlink("file"));
	close(ends[0]);
	SHOW(recv(ends[1], got, 20000, MSG_WAITALL));
	OK(!memcmp(got, bytes, 20000));
	close(ends[1]);
}

int main(void)
{
	char *bytes = pattern();

	signal(SIGPIPE, SIG_IGN);
	scratch();
	make_file("file", bytes);
	whole_file(bytes);
	non_blocking();
	through_pipes(bytes);
	user_pages();
	file_goes_away(bytes);
	return 0;
}
