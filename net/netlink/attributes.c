// SPDX-License-Identifier: MIT
/*
 * Attributes into a table, checked against rules: what Linux calls a policy.
 * The texts are those that its extended ACKs carry, since people search for
 * them.
 */
#include "net/netlink/netlink.h"

#include "lib/errno.h"
#include "lib/string.h"

static bool is_text(const struct nl_attr *attr, uint32_t limit)
{
	uint32_t n = attr->length;

	while (n && !attr->data[n - 1])
		n--;
	return n <= limit;
}

/* The least length of a kind; longer ones were always tolerated (Linux). */
static const uint8_t least[] = {
	[NL_U8] = 1,
	[NL_U16] = 2,
	[NL_U32] = 4,
	[NL_U64] = 8,
};

static int check(struct nl_call *call, const struct nl_attr *attr,
		 const struct nl_rule *rule)
{
	bool good = true;

	switch (rule->kind) {
	case NL_U8:
	case NL_U16:
	case NL_U32:
	case NL_U64:
		good = attr->length >= least[rule->kind];
		break;
	case NL_TEXT:
		if (!is_text(attr, rule->limit))
			return nl_fail(call, -ERANGE, attr,
				       "Attribute failed policy validation");
		good = attr->length > 0;
		break;
	case NL_IP:
		good = attr->length == 4 || attr->length == 16;
		break;
	case NL_BYTES:
		good = attr->length >= rule->limit;
		break;
	case NL_REFUSED:
		good = false;
		break;
	default:
		break;
	}
	return good ? 0 :
		      nl_fail(call, -EINVAL, attr,
			      "Attribute failed policy validation");
}

int nl_parse(struct nl_call *call, int depth, struct nl_attrs attrs,
	     const struct nl_rule *rules, uint32_t count, bool strict,
	     const struct nl_attr **out)
{
	struct nl_attr *table = netlink_of(call->net)->attributes[depth];
	struct nl_attr attr;

	NET_ASSERT(count <= NL_ATTRIBUTES);
	memset(table, 0, count * sizeof *table);
	*out = table;
	while (nl_next(&attrs, &attr)) {
		int err;

		if (attr.type >= count || attr.type == 0) {
			if (strict)
				return nl_fail(call, -EINVAL, &attr,
					       "Unknown attribute type");
			continue;
		}
		err = check(call, &attr, &rules[attr.type]);
		if (err)
			return err;
		table[attr.type] = attr;
	}
	if (attrs.left && strict)
		return nl_fail(call, -EINVAL, NULL,
			       "bytes leftover after parsing attributes");
	return 0;
}

int nl_parse_body(struct nl_call *call, uint32_t header,
		  const struct nl_rule *rules, uint32_t count,
		  const struct nl_attr **out)
{
	struct nl_attrs attrs;

	if (call->length < header)
		return nl_fail(call, -EINVAL, NULL, "Invalid header length");
	header = (header + 3u) & ~3u;
	attrs.at = call->body + header;
	attrs.left = call->length > header ? call->length - header : 0;
	return nl_parse(call, 0, attrs, rules, count, call->socket->strict,
			out);
}
