// SPDX-License-Identifier: MIT
/*
 * Settings of a stack: written and read as /proc/sys would, refused when they
 * are not what they should be, and then nothing is changed.
 */
#include <stdio.h>
#include <string.h>

#include "lib/errno.h"
#include "tests/net/harness.h"
#include "tests/unit/test.h"

#define RMEM "net/ipv4/tcp_rmem"

static void expect(struct host *h, const char *path, const char *value)
{
	char text[128];
	int length = host_tuned(h, path, text, sizeof text);

	CHECK_EQ(length, (int)strlen(value));
	CHECK_STR(text, value);
}

TEST(tunables_are_read_and_written_as_text)
{
	struct world *w = world_new(1);
	struct host *h = host_new(w, "10.0.0.1", 24);

	expect(h, RMEM, "4096\t131072\t33554432");
	CHECK_EQ(host_tune(h, RMEM, " 5000  6000\t7000 "), 0);
	expect(h, RMEM, "5000\t6000\t7000");
	CHECK_EQ(host_tune(h, RMEM, "5001"), 0);
	expect(h, RMEM, "5001\t6000\t7000");
	CHECK_EQ(host_tune(h, "net/ipv4/tcp_sack", "0"), 0);
	expect(h, "net/ipv4/tcp_sack", "0");
	world_free(w);
}

TEST(tunables_refuse_what_is_no_number_or_out_of_bounds)
{
	static const char *const bad[] = {
		"",	   "x",		  "1 2 3x", "+1",    "-1",
		"1 two 3", "99999999999", "5 0",    "5000,1"
	};
	struct world *w = world_new(1);
	struct host *h = host_new(w, "10.0.0.1", 24);

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CHECK_EQ(host_tune(h, RMEM, bad[i]), -EINVAL);
	expect(h, RMEM, "4096\t131072\t33554432");
	CHECK_EQ(host_tune(h, "net/ipv4/tcp_sack", "256"), -EINVAL);
	CHECK_EQ(host_tune(h, "net/ipv4/ip_local_port_range", "5000"), -EINVAL);
	CHECK_EQ(host_tune(h, "net/ipv4/ip_local_port_range", "9 8"), -EINVAL);
	expect(h, "net/ipv4/ip_local_port_range", "32768\t60999");
	CHECK(!tunable_find("net/ipv4/tcp_nothing"));
	world_free(w);
}

TEST(each_tunable_takes_back_what_it_showed)
{
	struct world *w = world_new(1);
	struct host *h = host_new(w, "10.0.0.1", 24);
	const struct tunable *tunable;
	char text[256], path[128];

	CHECK_EQ(host_tune(h, "net/ipv6/conf/eth0/stable_secret", "fd00::1"),
		 0);
	for (uint32_t i = 0; (tunable = tunable_at(i)); i++) {
		const char *star = strchr(tunable->path, '*');

		CHECK(tunable_find(tunable->path) == tunable);
		CHECK_EQ(!!star, tunable->of_netif);
		strcpy(path, tunable->path);
		if (star)
			sprintf(path, "%.*seth0%s", (int)(star - tunable->path),
				tunable->path, star + 1);
		CHECK(host_tuned(h, path, text, sizeof text) >= 0);
		CHECK_EQ(host_tune(h, path, text),
			 tunable->read_only ? -EPERM : 0);
		expect(h, path, text);
	}
	world_free(w);
}

TEST(congestion_control_is_chosen_among_what_there_is)
{
	struct net_config config = { 0 };
	struct net *net = net_create(&config);
	const struct tunable *control =
		tunable_find("net/ipv4/tcp_congestion_control");
	const struct tunable *allowed =
		tunable_find("net/ipv4/tcp_allowed_congestion_control");
	char buf[64];
	struct text text;

	CHECK_EQ(tunable_write(net, control, "vegas"), -ENOENT);
	CHECK_EQ(tunable_write(net, control, "reno"), 0);
	CHECK_EQ(tunable_write(net, allowed, "reno nosuch"), -ENOENT);
	CHECK_EQ(tunable_write(net, allowed, "reno"), 0);
	text_init(&text, buf, sizeof(buf));
	tunable_read(net, allowed, &text);
	CHECK_STR(buf, "reno");
	text_init(&text, buf, sizeof(buf));
	tunable_read(net, control, &text);
	CHECK_STR(buf, "reno");
	net_destroy(net);
}
