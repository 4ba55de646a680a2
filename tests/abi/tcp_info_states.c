// SPDX-License-Identifier: MIT
/*
 * TCP_INFO tells the states of a connection as it opens and closes.
 */
#include "tests/abi/abi.h"

static void state(const char *what, int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof info;

	memset(&info, 0, sizeof info);
	sleep_ms(20);
	MUST(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len));
	say("%s: state %d", what, info.tcpi_state);
}

int main(void)
{
	struct tcp_info info;
	socklen_t len = sizeof info;
	int s[2];

	state("new", socket(AF_INET, SOCK_STREAM, 0));
	state("listening", tcp_listener());
	tcp_pair(s);
	state("connected", s[0]);
	memset(&info, 0, sizeof info);
	SHOW(getsockopt(s[0], IPPROTO_TCP, TCP_INFO, &info, &len));
	OK(info.tcpi_snd_mss > 500 && info.tcpi_snd_cwnd >= 2);
	OK(info.tcpi_rto > 0 && info.tcpi_options & TCPI_OPT_TIMESTAMPS);
	OK(info.tcpi_options & TCPI_OPT_SACK);
	OK(info.tcpi_options & TCPI_OPT_WSCALE);
	shutdown(s[0], SHUT_WR);
	state("shut", s[0]);
	state("its peer", s[1]);
	shutdown(s[1], SHUT_WR);
	state("both shut, passive", s[1]);
	return 0;
}
