// SPDX-License-Identifier: MIT
/*
 * A receive blocked in one process ends by data, by close and by a signal; an
 * accept by a connection.
 */
#include "tests/abi/abi.h"

static void on_signal(int number)
{
}

int main(void)
{
	struct sigaction a = { .sa_handler = on_signal };
	struct itimerval soon = { .it_value = { 0, 50000 } };
	int s[2], listener = tcp_listener();
	struct sockaddr_in to = loopback(port_of(listener));
	char c;

	tcp_pair(s);
	if (fork() == 0) {
		int fd;

		sleep_ms(40);
		write(s[1], "x", 1);
		sleep_ms(40);
		fd = socket(AF_INET, SOCK_STREAM, 0);
		connect(fd, (void *)&to, sizeof to);
		sleep_ms(40);
		_exit(0);
	}
	SHOW(read(s[0], &c, 1));
	SHOW_OK(accept(listener, NULL, NULL));
	wait(NULL);
	sigaction(SIGALRM, &a, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	SHOW(read(s[0], &c, 1));
	a.sa_flags = SA_RESTART;
	sigaction(SIGALRM, &a, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	if (fork() == 0) {
		sleep_ms(150);
		write(s[1], "y", 1);
		_exit(0);
	}
	SHOW(read(s[0], &c, 1));
	wait(NULL);
	return 0;
}
