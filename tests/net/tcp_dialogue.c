// SPDX-License-Identifier: MIT
/*
 * A dialogue with one TCP; see tcp_dialogue.h. The interface copies what the
 * stack sends into d->seen and hands in what in() queued; every helper runs the
 * stack until nothing more is to be done at the present virtual time.
 */
#include "tests/net/tcp_dialogue.h"

#include <ctype.h>
#include <stdlib.h>

#include "net/core/stream.h"
#include "net/wire/checksum.h"
#include "tests/unit/test.h"

#define START (100 * SEC)
#define STACK_IP 0x0a000001u
#define PEER_IP 0x0a000002u
#define PEER_ISS 1000000u

/* ---- The wire ---- */

struct injected {
	struct injected *next;
	uint32_t length;
	uint8_t bytes[];
};

static struct injected *queue_head, **queue_tail = &queue_head;

static struct dialogue *of_netif(struct netif *netif)
{
	return container_of(netif, struct dialogue, netif);
}

static void check_checksum(const struct packet *packet, const uint8_t *tcp,
			   uint32_t length, const struct seen *s)
{
	uint64_t sum;

	if (packet->flags & PACKET_CSUM_PARTIAL)
		return;
	sum = checksum_pseudo(&s->src.addr, &s->dst.addr, 6, length);
	CHECK_EQ(checksum_finish(checksum_add(sum, tcp, length)), 0);
}

/* Splits an IP packet; false when it is not TCP. */
static bool dissect(const uint8_t *bytes, uint32_t size, struct seen *s,
		    const uint8_t **tcp, uint32_t *length)
{
	if (bytes[0] >> 4 == 4) {
		uint32_t header = (bytes[0] & 15) * 4;

		if (bytes[9] != 6)
			return false;
		s->src.addr = addr_ip4(get_be32(bytes + 12));
		s->dst.addr = addr_ip4(get_be32(bytes + 16));
		*tcp = bytes + header;
		*length = size - header;
		return true;
	}
	if (bytes[6] != 6)
		return false;
	memcpy(s->src.addr.b, bytes + 8, 16);
	memcpy(s->dst.addr.b, bytes + 24, 16);
	*tcp = bytes + 40;
	*length = size - 40;
	return true;
}

static int transmit(struct netif *netif, struct packet *packet)
{
	struct dialogue *d = of_netif(netif);
	struct seen *s = &d->seen[d->last % SEEN_MAX];
	uint8_t *bytes = malloc(packet->length);
	uint32_t length;
	const uint8_t *tcp;

	packet_copy(packet, 0, bytes, packet->length);
	if (dissect(bytes, packet->length, s, &tcp, &length)) {
		CHECK_EQ(tcp_header_parse(tcp, length, &s->h), 0);
		check_checksum(packet, tcp, length, s);
		s->src.port = s->h.src_port;
		s->dst.port = s->h.dst_port;
		s->length = length - s->h.length;
		s->at = d->net->now;
		s->why = packet->note.why;
		s->gso_size = packet->gso_size;
		s->gso_type = packet->gso_type;
		s->payload = malloc(s->length + 1);
		memcpy(s->payload, tcp + s->h.length, s->length);
		d->last++;
		CHECK(d->last - d->first < SEEN_MAX);
	}
	free(bytes);
	return 0;
}

static int poll_wire(struct netif *netif, int budget)
{
	struct dialogue *d = of_netif(netif);
	int n = 0;

	while (queue_head && n < budget) {
		struct injected *i = queue_head;
		struct packet *packet = packet_new(d->net);
		struct buf *buf = port_buf_alloc(MAX(i->length, 64u));

		queue_head = i->next;
		if (!queue_head)
			queue_tail = &queue_head;
		memcpy(buf->data, i->bytes, i->length);
		packet_add_fragment(packet, buf, 0, i->length);
		free(i);
		netif_receive(netif, packet);
		n++;
	}
	return n;
}

static const struct netif_ops wire_ops = {
	.transmit = transmit,
	.poll = poll_wire,
};

/* ---- Time ---- */

void settle(struct dialogue *d)
{
	while (net_run(d->net, d->now) <= d->now)
		;
}

void wait_for(struct dialogue *d, nsec_t time)
{
	nsec_t end = d->now + time;

	for (;;) {
		nsec_t next = net_run(d->net, d->now);

		if (next <= d->now)
			continue;
		if (next > end)
			break;
		d->now = next;
	}
	d->now = end;
	settle(d);
}

nsec_t time_to_out(struct dialogue *d, nsec_t limit)
{
	nsec_t start = d->now, end = d->now + limit;

	for (;;) {
		nsec_t next = net_run(d->net, d->now);

		if (d->first != d->last)
			return d->seen[d->first % SEEN_MAX].at - start;
		if (next <= d->now)
			continue;
		if (next > end)
			break;
		d->now = next;
	}
	test_fail(__FILE__, __LINE__, "nothing was sent within %lld ms",
		  (long long)(limit / MS));
}

/* ---- Life ---- */

static void configured(struct request *request)
{
	*(bool *)request->context = true;
}

static void configure(struct dialogue *d, struct config_request *r)
{
	bool done = false;

	r->request.done = configured;
	r->request.context = &done;
	net_configure(d->net, r);
	for (int i = 0; !done && i < 1000; i++)
		net_run(d->net, d->now);
	CHECK(done);
	CHECK_EQ(r->request.result, 0);
}

static struct net_addr addr6(uint8_t last)
{
	struct net_addr a = { .b = { 0xfd, [15] = last } };

	return a;
}

static struct net_addr stack_addr(const struct dialogue *d)
{
	return d->six ? addr6(1) : addr_ip4(STACK_IP);
}

static struct net_addr peer_addr(const struct dialogue *d)
{
	return d->six ? addr6(2) : addr_ip4(PEER_IP);
}

struct dialogue *dialogue_with(uint32_t mtu, bool gso, bool six)
{
	struct dialogue *d = calloc(1, sizeof(*d));
	struct config_request address = {
		.op = CONFIG_ADD_ADDRESS,
		.name = "tun0",
	};

	d->six = six;
	d->mtu = mtu;
	d->now = START;
	d->config.now = START;
	d->net = net_create(&d->config);
	d->net->tunables.ip.fresh6.addr_gen_mode = GENERATE_NONE;
	CHECK(d->net != NULL);
	d->netif.ops = &wire_ops;
	strcpy(d->netif.name, "tun0");
	d->netif.type = NETIF_TYPE_NONE;
	d->netif.mtu = d->netif.max_mtu = mtu;
	d->netif.link_up = 1;
	if (gso) {
		d->netif.features = NETIF_TX_CHECKSUM | NETIF_TSO4 | NETIF_TSO6;
		d->netif.gso_max = 65535;
	}
	net_attach(d->net, &d->netif);
	settle(d);
	address.addr = stack_addr(d);
	address.bits = six ? 64 : 24;
	configure(d, &address);
	d->peer_iss = PEER_ISS;
	return d;
}

struct dialogue *dialogue_new(void)
{
	return dialogue_with(1500, false, false);
}

struct dialogue *dialogue_new6(void)
{
	return dialogue_with(1500, false, true);
}

struct dialogue *dialogue_far(nsec_t rtt)
{
	struct dialogue *d = dialogue_new();

	d->rtt = rtt;
	return d;
}

int out_all(struct dialogue *d)
{
	int n = 0;

	settle(d);
	for (; d->first != d->last; d->first++, n++)
		free(d->seen[d->first % SEEN_MAX].payload);
	return n;
}

void dialogue_drop(struct dialogue *d)
{
	out_all(d);
	net_destroy(d->net);
	while (queue_head) {
		struct injected *i = queue_head;

		queue_head = i->next;
		free(i);
	}
	queue_tail = &queue_head;
	free(d);
}

void dialogue_end(struct dialogue *d)
{
	out_nothing(d);
	dialogue_drop(d);
}

/* ---- The text ---- */

struct line {
	struct tcp_header h;
	uint32_t length;
	bool has_ack, has_win, has_options;
};

static const char *skip_space(const char *p)
{
	while (*p == ' ' || *p == ',')
		p++;
	return p;
}

static bool word(const char **p, const char *text)
{
	size_t n = strlen(text);

	if (strncmp(*p, text, n) != 0)
		return false;
	*p = skip_space(*p + n);
	return true;
}

static uint32_t number(const char **p)
{
	char *end;
	long long v = strtoll(*p, &end, 10);

	if (end == *p)
		test_fail(__FILE__, __LINE__, "number expected at \"%s\"", *p);
	*p = end;
	return (uint32_t)v;
}

static void read_flags(const char **p, struct line *l)
{
	static const char letters[] = "FSRP.UEC";

	for (; **p && **p != ' '; (*p)++) {
		const char *at = strchr(letters, **p);

		CHECK(at != NULL);
		l->h.flags |= 1 << (at - letters);
	}
	*p = skip_space(*p);
}

static void read_sack(const char **p, struct tcp_options *o)
{
	while (**p >= '0' && **p <= '9') {
		struct tcp_sack_block *b = &o->sack[o->sack_count++];

		b->left = number(p);
		CHECK(*(*p)++ == ':');
		b->right = number(p);
		*p = skip_space(*p);
	}
}

static void read_options(const char **p, struct tcp_options *o)
{
	while (**p && **p != '>') {
		if (word(p, "nop") || word(p, "nothing") || word(p, "eol")) {
			continue;
		} else if (word(p, "mss")) {
			o->mss = number(p);
		} else if (word(p, "sackOK")) {
			o->sack_permitted = true;
		} else if (word(p, "FO")) {
			o->has_cookie = true;
			while (isxdigit((unsigned char)**p)) {
				char byte[3] = { (*p)[0], (*p)[1], 0 };

				o->cookie[o->cookie_length++] =
					(uint8_t)strtol(byte, NULL, 16);
				*p += 2;
			}
		} else if (word(p, "wscale")) {
			o->has_wscale = true;
			o->wscale = number(p);
		} else if (word(p, "sack")) {
			read_sack(p, o);
		} else if (word(p, "TS val")) {
			o->has_timestamp = true;
			o->ts_val = number(p);
			*p = skip_space(*p);
			CHECK(word(p, "ecr"));
			o->ts_ecr = number(p);
		} else {
			test_fail(__FILE__, __LINE__, "option? \"%s\"", *p);
		}
		*p = skip_space(*p);
	}
}

static struct line read_line(const char *text)
{
	struct line l = { 0 };
	const char *p = text;
	uint32_t end;

	read_flags(&p, &l);
	l.h.seq = number(&p);
	CHECK(*p++ == ':');
	end = number(&p);
	CHECK(*p++ == '(');
	l.length = number(&p);
	CHECK(*p++ == ')');
	CHECK_EQ(end - l.h.seq, l.length);
	p = skip_space(p);
	if (word(&p, "ack")) {
		l.has_ack = true;
		l.h.ack = number(&p);
		p = skip_space(p);
	}
	if (word(&p, "win")) {
		l.has_win = true;
		l.h.window = number(&p);
		p = skip_space(p);
	}
	if (word(&p, "urg")) {
		l.h.urgent = number(&p);
		p = skip_space(p);
	}
	if (*p == '<') {
		p++;
		l.has_options = true;
		read_options(&p, &l.h.opt);
	}
	return l;
}

/* ---- The peer ---- */

uint8_t pattern(uint64_t i)
{
	return (uint8_t)(i * 31 + (i >> 8) * 7 + (i >> 16) + 3);
}

/* Relative numbers become absolute. */
static void absolute(const struct dialogue *d, struct line *l)
{
	l->h.seq += d->peer_iss;
	if (l->has_ack)
		l->h.ack += d->iss;
	for (int i = 0; i < l->h.opt.sack_count; i++) {
		l->h.opt.sack[i].left += d->iss;
		l->h.opt.sack[i].right += d->iss;
	}
	if (l->h.opt.has_timestamp && l->has_ack)
		l->h.opt.ts_ecr += d->stamp_base;
}

static uint32_t put_ip4(struct dialogue *d, uint8_t *p, uint32_t length)
{
	struct net_addr src = peer_addr(d), dst = stack_addr(d);

	memset(p, 0, 20);
	p[0] = 0x45;
	put_be16(p + 2, 20 + length);
	p[8] = 64;
	p[9] = 6;
	put_be32(p + 12, addr_to_ip4(&src));
	put_be32(p + 16, addr_to_ip4(&dst));
	checksum_store(p + 10, checksum_finish(checksum_add(0, p, 20)));
	return 20;
}

static uint32_t put_ip6(struct dialogue *d, uint8_t *p, uint32_t length)
{
	struct net_addr src = peer_addr(d), dst = stack_addr(d);

	memset(p, 0, 40);
	p[0] = 0x60;
	put_be16(p + 4, length);
	p[6] = 6;
	p[7] = 64;
	memcpy(p + 8, src.b, 16);
	memcpy(p + 24, dst.b, 16);
	return 40;
}

static void inject(struct dialogue *d, const struct tcp_header *h,
		   const uint8_t *payload, uint32_t payload_length)
{
	uint32_t header = tcp_header_size(h), ip = d->six ? 40 : 20;
	uint32_t length = header + payload_length;
	struct injected *i = malloc(sizeof(*i) + ip + length);
	struct net_addr src = peer_addr(d), dst = stack_addr(d);
	uint8_t *tcp = i->bytes + ip;
	uint64_t sum;

	if (d->six)
		put_ip6(d, i->bytes, length);
	else
		put_ip4(d, i->bytes, length);
	tcp_header_emit(tcp, h);
	if (payload_length)
		memcpy(tcp + header, payload, payload_length);
	sum = checksum_pseudo(&src, &dst, 6, length);
	checksum_store(tcp + TCP_CHECKSUM_OFFSET,
		       checksum_finish(checksum_add(sum, tcp, length)));
	if (d->corrupt)
		i->bytes[ip + length - 1] ^= 0x40;
	i->length = ip + length;
	i->next = NULL;
	*queue_tail = i;
	queue_tail = &i->next;
	netif_schedule(&d->netif);
	settle(d);
}

void in_bytes(struct dialogue *d, const char *text, const void *bytes)
{
	struct line l = read_line(text);
	uint32_t relative = l.h.seq;
	uint8_t *payload = malloc(l.length + 1);

	absolute(d, &l);
	l.h.src_port = d->peer_port;
	l.h.dst_port = d->port;
	/* The pattern begins with relative sequence number 1, or in a SYN. */
	if (l.h.flags & TCP_SYN)
		relative++;
	for (uint32_t i = 0; i < l.length; i++)
		payload[i] = bytes ? ((const uint8_t *)bytes)[i] :
				     pattern((uint64_t)relative - 1 + i);
	inject(d, &l.h, payload, l.length);
	free(payload);
}

void in(struct dialogue *d, const char *text)
{
	in_bytes(d, text, NULL);
}

/* ---- What the stack says ---- */

static const char *flags_text(uint8_t flags, char *out)
{
	static const char letters[] = "FSRP.UEC";
	int n = 0;

	for (int i = 0; i < 8; i++)
		if (flags & 1 << i)
			out[n++] = letters[i];
	out[n] = 0;
	return out;
}

static void print_seen(const struct dialogue *d, const struct seen *s)
{
	char flags[9];

	printf("  %s %u:%u(%u) ack %u win %u why %s",
	       flags_text(s->h.flags, flags), s->h.seq - d->iss,
	       s->h.seq - d->iss + s->length, s->length, s->h.ack - d->peer_iss,
	       s->h.window, why_name(s->why));
	if (s->h.opt.mss)
		printf(" mss %u", s->h.opt.mss);
	if (s->h.opt.has_wscale)
		printf(" wscale %u", s->h.opt.wscale);
	if (s->h.opt.sack_permitted)
		printf(" sackOK");
	if (s->h.opt.has_timestamp)
		printf(" TS %u %u", s->h.opt.ts_val - d->stamp_base,
		       s->h.opt.ts_ecr);
	for (int i = 0; i < s->h.opt.sack_count; i++)
		printf(" sack %u:%u", s->h.opt.sack[i].left - d->peer_iss,
		       s->h.opt.sack[i].right - d->peer_iss);
	printf(" at %lld us\n", (long long)((s->at - START) / 1000));
}

struct seen *out_any(struct dialogue *d)
{
	struct seen *s;

	settle(d);
	if (d->first == d->last)
		test_fail(__FILE__, __LINE__, "nothing was sent");
	s = &d->seen[d->first++ % SEEN_MAX];
	free(s->payload);
	s->payload = NULL;
	if ((s->h.flags & TCP_SYN) && !d->iss_known) {
		d->iss = s->h.seq;
		d->iss_known = true;
		d->port = s->h.src_port;
		d->peer_port = s->h.dst_port;
	}
	if (s->h.opt.has_timestamp && !d->stamp_known) {
		d->stamp_base = s->h.opt.ts_val;
		d->stamp_known = true;
	}
	return s;
}

static bool same_options(const struct dialogue *d, const struct seen *s,
			 const struct line *l)
{
	const struct tcp_options *a = &s->h.opt, *b = &l->h.opt;

	if (a->mss != b->mss || a->sack_permitted != b->sack_permitted ||
	    a->has_wscale != b->has_wscale || a->wscale != b->wscale ||
	    a->has_timestamp != b->has_timestamp ||
	    a->sack_count != b->sack_count)
		return false;
	if (a->has_timestamp &&
	    (a->ts_val - d->stamp_base != b->ts_val || a->ts_ecr != b->ts_ecr))
		return false;
	for (int i = 0; i < a->sack_count; i++)
		if (a->sack[i].left - d->peer_iss != b->sack[i].left ||
		    a->sack[i].right - d->peer_iss != b->sack[i].right)
			return false;
	return true;
}

static struct seen *expect(struct dialogue *d, const char *text)
{
	struct line l = read_line(text);
	struct seen *s;
	bool ok;

	settle(d);
	if (d->first == d->last)
		test_fail(__FILE__, __LINE__, "nothing was sent, not \"%s\"",
			  text);
	s = out_any(d);
	ok = s->h.flags == l.h.flags && s->h.seq - d->iss == l.h.seq &&
	     s->length == l.length;
	if (l.has_ack)
		ok = ok && s->h.ack - d->peer_iss == l.h.ack;
	if (l.has_win)
		ok = ok && s->h.window == l.h.window;
	if (l.h.flags & TCP_URG)
		ok = ok && s->h.urgent == l.h.urgent;
	if (l.has_options)
		ok = ok && same_options(d, s, &l);
	if (!ok) {
		printf("  expected %s, but sent was\n", text);
		print_seen(d, s);
		test_fail(__FILE__, __LINE__, "not \"%s\"", text);
	}
	return s;
}

void out(struct dialogue *d, const char *text)
{
	expect(d, text);
}

void out_why(struct dialogue *d, const char *text, enum why_sent why)
{
	struct seen *s = expect(d, text);

	CHECK_STR(why_name(s->why), why_name(why));
}

void out_nothing(struct dialogue *d)
{
	settle(d);
	if (d->first == d->last)
		return;
	print_seen(d, &d->seen[d->first % SEEN_MAX]);
	test_fail(__FILE__, __LINE__, "something was sent");
}

/* ---- The user ---- */

static int request(struct endpoint *ep, struct dialogue *d,
		   struct endpoint_request *r)
{
	bool done = false;

	r->request.done = configured;
	r->request.context = &done;
	endpoint_request(ep, r);
	for (int i = 0; !done && i < 1000; i++)
		net_run(d->net, d->now);
	CHECK(done);
	settle(d);
	return r->request.result;
}

static void wake(void *owner, uint32_t events)
{
	(void)owner;
	(void)events;
}

static const struct endpoint_notify notify = { .wake = wake };

struct endpoint *user_socket(struct dialogue *d)
{
	struct endpoint *ep = NULL;

	CHECK_EQ(net_socket(d->net, d->six ? NET_IP6 : NET_IP4, NET_SOCK_STREAM,
			    0, &ep),
		 0);
	endpoint_adopt(ep, &notify, d);
	return ep;
}

int user_bind_to(struct endpoint *ep, struct dialogue *d, struct net_addr addr,
		 uint16_t port)
{
	struct endpoint_request r = {
		.op = EP_OP_BIND,
		.name = { .addr = addr, .port = port },
	};

	return request(ep, d, &r);
}

int user_bind(struct endpoint *ep, struct dialogue *d, uint16_t port)
{
	return user_bind_to(ep, d, d->six ? addr_any6() : addr_ip4(0), port);
}

int user_connect_to(struct endpoint *ep, struct dialogue *d,
		    struct net_addr addr, uint16_t port)
{
	struct endpoint_request r = {
		.op = EP_OP_CONNECT,
		.name = { .addr = addr, .port = port },
	};

	return request(ep, d, &r);
}

int user_connect(struct endpoint *ep, struct dialogue *d, uint16_t port)
{
	return user_connect_to(ep, d, peer_addr(d), port);
}

int user_listen(struct endpoint *ep, struct dialogue *d, int backlog)
{
	struct endpoint_request r = { .op = EP_OP_LISTEN, .number = backlog };

	return request(ep, d, &r);
}

struct endpoint *user_accept(struct endpoint *ep, struct dialogue *d)
{
	struct endpoint *child = endpoint_accept(ep);

	if (child)
		endpoint_adopt(child, &notify, d);
	return child;
}

uint32_t user_send(struct endpoint *ep, struct dialogue *d, uint32_t length)
{
	uint32_t sent = 0;

	while (sent < length) {
		struct frag_span span;
		uint64_t at = ep->tx.tail;
		uint32_t n;

		if (frag_ring_reserve(&ep->tx, length - sent, &span))
			break;
		n = MIN(span.length, length - sent);
		for (uint32_t i = 0; i < n; i++)
			span.data[i] = pattern(at + i);
		frag_ring_commit(&ep->tx, n);
		sent += n;
	}
	endpoint_kick(ep);
	settle(d);
	return sent;
}

uint32_t user_receive(struct endpoint *ep, struct dialogue *d, void *to,
		      uint32_t most)
{
	uint64_t at = stream_head(ep);
	struct frag_span span;
	uint32_t taken = 0;

	while (taken < most && stream_span(ep, &at, taken > 0, &span)) {
		span.length = MIN(span.length, most - taken);
		if (to)
			memcpy((uint8_t *)to + taken, span.data, span.length);
		else
			for (uint32_t i = 0; i < span.length; i++)
				CHECK_EQ(span.data[i], pattern(at + i));
		at += span.length;
		taken += span.length;
	}
	stream_release(ep, at);
	settle(d);
	return taken;
}

int user_shutdown(struct endpoint *ep, struct dialogue *d, int how)
{
	struct endpoint_request r = { .op = EP_OP_SHUTDOWN, .number = how };

	return request(ep, d, &r);
}

void user_close(struct endpoint *ep, struct dialogue *d)
{
	endpoint_close(ep);
	settle(d);
}

int user_set_bytes(struct endpoint *ep, struct dialogue *d, int level, int name,
		   const void *value, uint32_t length)
{
	struct endpoint_request r = {
		.op = EP_OP_SETSOCKOPT,
		.level = level,
		.option = name,
		.value = (void *)value,
		.length = length,
	};

	return request(ep, d, &r);
}

int user_set(struct endpoint *ep, struct dialogue *d, int level, int name,
	     int value)
{
	return user_set_bytes(ep, d, level, name, &value, sizeof(value));
}

int user_linger(struct endpoint *ep, struct dialogue *d, int seconds)
{
	int value[2] = { 1, seconds };

	return user_set_bytes(ep, d, NET_SOL_SOCKET, NET_SO_LINGER, value,
			      sizeof(value));
}

int user_get_bytes(struct endpoint *ep, struct dialogue *d, int level, int name,
		   void *value, uint32_t length)
{
	struct endpoint_request r = {
		.op = EP_OP_GETSOCKOPT,
		.level = level,
		.option = name,
		.value = value,
		.length = length,
	};

	return request(ep, d, &r);
}

int user_get(struct endpoint *ep, struct dialogue *d, int level, int name)
{
	int value = -1;

	CHECK_EQ(user_get_bytes(ep, d, level, name, &value, sizeof(value)),
		 (int)sizeof(value));
	return value;
}

int user_ioctl(struct endpoint *ep, struct dialogue *d, unsigned int command)
{
	int value = -1, err;
	struct endpoint_request r = {
		.op = EP_OP_IOCTL,
		.number = (int)command,
		.value = &value,
	};

	err = request(ep, d, &r);
	return err ? err : value;
}

int user_error(struct endpoint *ep)
{
	return endpoint_take_error(ep);
}

/* ---- Shortcuts ---- */

enum tcp_state state_of(const struct endpoint *ep)
{
	return atomic_load(&ep->state);
}

uint64_t dropped(const struct dialogue *d, enum reason why)
{
	return d->net->counters.dropped[why];
}

uint32_t time_waits(const struct dialogue *d)
{
	return d->net->tcp->time_wait_count;
}

struct endpoint *connected(struct dialogue *d, const char *options)
{
	struct endpoint *ep = user_socket(d);
	char line[200];

	CHECK_EQ(user_connect(ep, d, 80), -EINPROGRESS);
	out_any(d);
	wait_for(d, d->rtt);
	snprintf(line, sizeof(line), "S. 0:0(0) ack 1 win 65535 <%s>", options);
	in(d, line);
	out(d, ". 1:1(0) ack 1");
	CHECK_EQ(state_of(ep), TCP_ESTABLISHED);
	return ep;
}

struct endpoint *listening(struct dialogue *d, uint16_t port, int backlog)
{
	struct endpoint *ep = user_socket(d);

	CHECK_EQ(user_bind(ep, d, port), 0);
	CHECK_EQ(user_listen(ep, d, backlog), 0);
	d->port = port;
	d->peer_port = 40000;
	return ep;
}

struct endpoint *accepted(struct dialogue *d, const char *options)
{
	struct endpoint *listener = listening(d, 80, 5), *ep;
	char line[200];

	snprintf(line, sizeof(line), "S 0:0(0) win 65535 <%s>", options);
	in(d, line);
	out_any(d);
	wait_for(d, d->rtt);
	in(d, strstr(options, "TS") ?
		      ". 1:1(0) ack 1 win 65535 <TS val 101 ecr 0>" :
		      ". 1:1(0) ack 1 win 65535");
	ep = user_accept(listener, d);
	CHECK(ep != NULL);
	user_close(listener, d);
	CHECK_EQ(state_of(ep), TCP_ESTABLISHED);
	return ep;
}
