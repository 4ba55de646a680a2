// SPDX-License-Identifier: MIT
/*
 * How the first card gets its address: the command line's ip= word in Linux's
 * syntax (Documentation/admin-guide/nfs/nfsroot.rst: client:server:gateway:
 * netmask:hostname:device:autoconf:dns0:dns1), or DHCP, which is also what
 * happens without the word. ip=off leaves the card to user space.
 *
 * What was found is kept for /proc/net/pnp, where the start-up scripts take
 * the name servers from.
 */
#include "kernel/arch/x86_64/cmdline.h"
#include "kernel/arch/x86_64/log.h"
#include "kernel/arch/x86_64/spinlock.h"
#include "kernel/mm/slab.h"
#include "kernel/net_thread.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/string.h"
#include "net/net.h"

CMDLINE_WORD("ip", NULL);

enum field {
	CLIENT,
	SERVER,
	GATEWAY,
	NETMASK,
	HOSTNAME,
	DEVICE,
	AUTOCONF,
	DNS0,
	DNS1,
	FIELDS,
};

static struct {
	struct spinlock lock; /* guards lease and the flags */
	struct net_lease lease;
	bool known, dhcp;
	struct config_request requests[3];
	char words[256];
	char *field[FIELDS];
} self;

static void finished(struct request *request)
{
	if (request->result)
		log_warn("network: ip= step %d failed, error %d",
			 (int)(uintptr_t)request->context, -request->result);
}

static void post(unsigned step)
{
	struct config_request *request = &self.requests[step];

	request->request.done = finished;
	request->request.context = (void *)(uintptr_t)(step + 1);
	net_configure(net_thread_net(), request);
}

/* On the net thread. */
void net_config_lease(struct net *net, const struct net_lease *lease);
void net_config_lease(struct net *net, const struct net_lease *lease)
{
	uint64_t flags = spin_lock_irqsave(&self.lock);

	(void)net;
	self.known = lease != NULL;
	self.dhcp = true;
	if (lease)
		self.lease = *lease;
	spin_unlock_irqrestore(&self.lock, flags);
}

static void start_dhcp(const char *device)
{
	self.requests[0] = (struct config_request){
		.op = CONFIG_DHCP_START,
		.name = device,
	};
	post(0);
}

static void split(const char *word)
{
	char *at = self.words;
	unsigned n = 0;

	string_copy(self.words, word, sizeof(self.words));
	for (; n < FIELDS; n++) {
		char *colon = strchr(at, ':');

		self.field[n] = at;
		if (!colon)
			break;
		*colon = 0;
		at = colon + 1;
	}
}

static bool read_address(enum field which, struct net_addr *address)
{
	const char *text = self.field[which];

	if (!text || !*text)
		return false;
	if (!addr_parse(text, address))
		return true;
	log_warn("ip=: '%s' is not an address", text);
	return false;
}

static unsigned mask_bits(void)
{
	struct net_addr mask;
	unsigned bits = 0;

	if (!read_address(NETMASK, &mask))
		return 24;
	while (bits < 32 && (addr_to_ip4(&mask) << bits & 0x80000000u))
		bits++;
	return bits;
}

static void set_static(const char *device)
{
	struct net_lease *lease = &self.lease;

	self.requests[0] = (struct config_request){
		.op = CONFIG_ADD_ADDRESS,
		.name = device,
		.addr = lease->address,
		.bits = lease->bits = (uint8_t)mask_bits(),
	};
	post(0);
	if (read_address(GATEWAY, &lease->router)) {
		self.requests[1] = (struct config_request){
			.op = CONFIG_ADD_ROUTE,
			.name = device,
			.addr = addr_ip4(0),
			.gateway = lease->router,
		};
		post(1);
	}
	read_address(DNS0, &lease->dns[0]);
	read_address(DNS1, &lease->dns[1]);
	self.known = true;
}

static bool is_one_of(const char *word, const char *a, const char *b,
		      const char *c)
{
	return !strcmp(word, a) || !strcmp(word, b) || !strcmp(word, c);
}

void net_config_start(void)
{
	const char *word = cmdline_value("ip");
	const char *device = "eth0";

	spin_init(&self.lock);
	if (!word || is_one_of(word, "dhcp", "on", "any")) {
		start_dhcp(device);
		return;
	}
	if (is_one_of(word, "off", "none", "no"))
		return;
	split(word);
	if (self.field[DEVICE] && *self.field[DEVICE])
		device = self.field[DEVICE];
	if (self.field[AUTOCONF] &&
	    is_one_of(self.field[AUTOCONF], "dhcp", "on", "any"))
		start_dhcp(device);
	else if (read_address(CLIENT, &self.lease.address))
		set_static(device);
	else
		log_error("ip=%s: no address in it", word);
}

static void print_address(struct text *text, const char *name,
			  const struct net_addr *address)
{
	char buffer[ADDR_TEXT_MAX];

	if (addr_is_any(address))
		return;
	addr_format(buffer, sizeof(buffer), address);
	text_add(text, "%s %s\n", name, buffer);
}

void net_config_print(struct text *text)
{
	struct net_lease lease;
	bool known, dhcp;
	uint64_t flags = spin_lock_irqsave(&self.lock);

	lease = self.lease;
	known = self.known;
	dhcp = self.dhcp;
	spin_unlock_irqrestore(&self.lock, flags);
	if (!known)
		return;
	text_add(text, "#PROTO: %s\n", dhcp ? "DHCP" : "MANUAL");
	if (lease.domain[0])
		text_add(text, "domain %s\n", lease.domain);
	for (size_t i = 0; i < ARRAY_LEN(lease.dns); i++)
		print_address(text, "nameserver", &lease.dns[i]);
	print_address(text, "bootserver", &lease.server);
}
