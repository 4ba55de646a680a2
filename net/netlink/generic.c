// SPDX-License-Identifier: MIT
/*
 * NETLINK_GENERIC: families that are found by name. The body of a message begins
 * with a command and a version; the message's type is the family's number, which
 * programs ask the controller for (linux/genetlink.h). The controller is a
 * family itself, and says of each family, itself included, which commands it
 * has, what they take (the policy) and which groups there are.
 *
 * A family is a `struct ge_family` in the table below.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "net/netlink/netlink.h"

#define HEADER 4 /* struct genlmsghdr */
#define NAME_MAX 15
#define COMMANDS_MAX 8
#define GROUPS 32

enum { GET_FAMILY = 3, NEW_FAMILY = 1, GET_POLICY = 10 };

enum {
	CTRL_FAMILY_ID = 1,
	CTRL_FAMILY_NAME,
	CTRL_VERSION,
	CTRL_HDRSIZE,
	CTRL_MAXATTR,
	CTRL_OPS,
	CTRL_MCAST_GROUPS,
	CTRL_POLICY,
	CTRL_OP_POLICY,
	CTRL_OP,
	CTRL_COUNT,
};

enum { OP_ID = 1, OP_FLAGS };
enum { GROUP_NAME = 1, GROUP_ID };
enum { POLICY_DO = 1, POLICY_DUMP };
enum { CAN_DO = 2, CAN_DUMP = 4, HAS_POLICY = 8 };
/* NL_POLICY_TYPE_ATTR_ and NL_ATTR_TYPE_ */
enum { POLICY_TYPE = 1, MIN_U = 4, MAX_U = 5, MAX_LENGTH = 7 };
enum { TYPE_U16 = 3, TYPE_U32 = 4, TYPE_NUL_STRING = 12 };

struct ge_attribute {
	uint16_t number, type;
	uint32_t most; /* largest value, longest string */
};

struct ge_policy {
	const struct ge_attribute *attributes;
	uint32_t count;
};

struct ge_command {
	uint8_t number;
	const struct ge_policy *at_do, *at_dump; /* NULL: has none */
	const struct nl_handler *handler;
};

struct ge_family {
	uint16_t id;
	uint8_t version;
	const char *name, *group;
	const struct ge_command *commands;
	uint32_t count;
	const struct ge_policy *policies;
	uint32_t policy_count;
};

/* ---- The controller's own ---- */

static const struct ge_attribute family_attributes[] = {
	{ CTRL_FAMILY_ID, TYPE_U16, UINT16_MAX },
	{ CTRL_FAMILY_NAME, TYPE_NUL_STRING, NAME_MAX },
	{ CTRL_OP, TYPE_U32, UINT32_MAX },
};

static const struct ge_policy policies[] = {
	{ family_attributes, 2 },
	{ family_attributes, 3 },
};

static const struct nl_handler get_family, get_policy;

static const struct ge_command controller_commands[] = {
	{ GET_FAMILY, &policies[0], &policies[0], &get_family },
	{ GET_POLICY, NULL, &policies[1], &get_policy },
};

static const struct ge_family families[] = {
	{ .id = 16,
	  .version = 2,
	  .name = "nlctrl",
	  .group = "notify",
	  .commands = controller_commands,
	  .count = ARRAY_LEN(controller_commands),
	  .policies = policies,
	  .policy_count = ARRAY_LEN(policies) },
};

static const struct nl_rule rules[CTRL_COUNT] = {
	[CTRL_FAMILY_ID] = { NL_U16, 0 },
	[CTRL_FAMILY_NAME] = { NL_BYTES, 1 },
	[CTRL_OP] = { NL_U32, 0 },
};

/* ---- Finding ---- */

static const struct ge_family *family_by_id(uint16_t id)
{
	for (size_t i = 0; i < ARRAY_LEN(families); i++)
		if (families[i].id == id)
			return &families[i];
	return NULL;
}

static bool has_name(const struct nl_attr *attr, const char *name)
{
	char text[NAME_MAX + 1];

	return nl_text(attr, text, sizeof text) && !strcmp(text, name);
}

/* NLA_NUL_STRING: terminated, and not too long. */
static bool is_name(const struct nl_attr *attr)
{
	return memchr(attr->data, 0, MIN(attr->length, NAME_MAX + 1u));
}

static const struct ge_family *family_by_name(const struct nl_attr *attr)
{
	for (size_t i = 0; i < ARRAY_LEN(families); i++)
		if (has_name(attr, families[i].name))
			return &families[i];
	return NULL;
}

/* The family that a request to the controller is about. */
static int find_family(struct nl_call *call, const struct ge_family **out,
		       const struct nl_attr **attrs) ON_NET_THREAD
{
	int err = nl_parse_body(call, HEADER, rules, CTRL_COUNT, attrs);

	if (err)
		return err;
	*out = NULL;
	if ((*attrs)[CTRL_FAMILY_NAME].data &&
	    !is_name(&(*attrs)[CTRL_FAMILY_NAME]))
		return -EINVAL;
	if (!(*attrs)[CTRL_FAMILY_ID].data && !(*attrs)[CTRL_FAMILY_NAME].data)
		return -EINVAL;
	if ((*attrs)[CTRL_FAMILY_ID].data)
		*out = family_by_id(get_le16((*attrs)[CTRL_FAMILY_ID].data));
	if ((*attrs)[CTRL_FAMILY_NAME].data)
		*out = family_by_name(&(*attrs)[CTRL_FAMILY_NAME]);
	return *out ? 0 : -ENOENT;
}

static const struct ge_command *find_command(const struct ge_family *family,
					     uint32_t number)
{
	for (uint32_t i = 0; i < family->count; i++)
		if (family->commands[i].number == number)
			return &family->commands[i];
	return NULL;
}

static const struct nl_handler *find(struct nl_call *call, int *error)
{
	const struct ge_family *family = family_by_id(call->header.type);
	const struct ge_command *command;
	bool dump = call->header.flags & NL_DUMP;

	*error = -ENOENT;
	if (!family)
		return NULL;
	*error = -EINVAL;
	if (call->length < HEADER)
		return NULL;
	*error = -EOPNOTSUPP;
	command = find_command(family, call->body[0]);
	if (!command || !(dump ? command->at_dump : command->at_do))
		return NULL;
	return command->handler;
}

const struct nl_family nl_generic_family = {
	.number = NL_GENERIC,
	.groups = GROUPS,
	.open_groups = true,
	.find = find,
};

/* ---- Families ---- */

static void put_header(struct nl_writer *w, uint8_t command)
{
	uint8_t *at = nl_room(w, HEADER);

	if (!at)
		return;
	at[0] = command;
	at[1] = 2;
}

static void put_command(struct nl_writer *w, const struct ge_command *command,
			uint16_t place)
{
	uint32_t nest = nl_nest(w, place);

	nl_put_u32(w, OP_ID, command->number);
	nl_put_u32(w, OP_FLAGS,
		   (command->at_do ? CAN_DO : 0u) |
			   (command->at_dump ? CAN_DUMP : 0u) | HAS_POLICY);
	nl_nest_end(w, nest);
}

static void put_group(struct nl_writer *w, const struct ge_family *family)
{
	uint32_t groups = nl_nest(w, CTRL_MCAST_GROUPS);
	uint32_t group = nl_nest(w, 1);

	nl_put_u32(w, GROUP_ID, family->id);
	nl_put_text(w, GROUP_NAME, family->group);
	nl_nest_end(w, group);
	nl_nest_end(w, groups);
}

static void put_family(struct nl_writer *w, const struct ge_family *family)
{
	uint32_t nest;

	put_header(w, NEW_FAMILY);
	nl_put_text(w, CTRL_FAMILY_NAME, family->name);
	nl_put_u16(w, CTRL_FAMILY_ID, family->id);
	nl_put_u32(w, CTRL_VERSION, family->version);
	nl_put_u32(w, CTRL_HDRSIZE, 0);
	nl_put_u32(w, CTRL_MAXATTR, 0);
	nest = nl_nest(w, CTRL_OPS);
	for (uint32_t i = 0; i < family->count; i++)
		put_command(w, &family->commands[i], (uint16_t)(i + 1));
	nl_nest_end(w, nest);
	if (family->group)
		put_group(w, family);
}

static int show_family(struct nl_call *call) NET_THREAD_ROOT
{
	const struct ge_family *family;
	const struct nl_attr *attrs;
	struct nl_reply reply;
	int err = find_family(call, &family, &attrs);

	if (err)
		return err;
	nl_reply_begin(call, &reply, families[0].id);
	put_family(&reply.writer, family);
	return nl_reply_end(call, &reply);
}

static int dump_families(struct nl_dump *dump,
			 struct nl_writer *w) NET_THREAD_ROOT
{
	struct nl_header header = nl_dump_header(dump, families[0].id);

	for (; dump->at[0] < ARRAY_LEN(families); dump->at[0]++) {
		uint32_t start = nl_begin(w, &header);

		put_family(w, &families[dump->at[0]]);
		if (!nl_end(w, start))
			return NL_DUMP_MORE;
	}
	return NL_DUMP_DONE;
}

static const struct nl_handler get_family = {
	.open = true,
	.call = show_family,
	.dump = dump_families,
};

/* ---- Policies ---- */

static int check_policy(struct nl_call *call) NET_THREAD_ROOT
{
	const struct ge_family *family;
	const struct nl_attr *attrs;
	int err = find_family(call, &family, &attrs);

	if (err)
		return err;
	return attrs[CTRL_OP].data &&
			       !find_command(family, nl_u32(&attrs[CTRL_OP])) ?
		       -ENOENT :
		       0;
}

/* The request again, which was found to be good. */
static void read_policy(const struct nl_dump *dump,
			const struct ge_family **family, int *only)
{
	struct nl_attrs attrs = { dump->body + HEADER, dump->length - HEADER };
	struct nl_attr attr;

	*only = -1;
	*family = NULL;
	while (nl_next(&attrs, &attr)) {
		if (attr.type == CTRL_FAMILY_ID && !*family)
			*family = family_by_id(get_le16(attr.data));
		else if (attr.type == CTRL_FAMILY_NAME)
			*family = family_by_name(&attr);
		else if (attr.type == CTRL_OP)
			*only = (int)nl_u32(&attr);
	}
}

/* Numbers of policies as the reader is to see them: of those of one command
 * the first is 0. */
static uint32_t policy_number(const struct ge_family *family,
			      const struct ge_policy *policy, int only)
{
	const struct ge_command *command =
		only >= 0 ? find_command(family, (uint32_t)only) : NULL;
	const struct ge_policy *first = family->policies;

	if (command)
		first = command->at_do ? command->at_do : command->at_dump;
	return (uint32_t)(policy - first);
}

static void put_command_policies(struct nl_writer *w,
				 const struct ge_family *family,
				 const struct ge_command *command, int only)
{
	uint32_t outer = nl_nest(w, CTRL_OP_POLICY | NL_NESTED);
	uint32_t inner = nl_nest(w, command->number | NL_NESTED);

	if (command->at_do)
		nl_put_u32(w, POLICY_DO,
			   policy_number(family, command->at_do, only));
	if (command->at_dump)
		nl_put_u32(w, POLICY_DUMP,
			   policy_number(family, command->at_dump, only));
	nl_nest_end(w, inner);
	nl_nest_end(w, outer);
}

static void put_attribute(struct nl_writer *w, uint32_t number,
			  const struct ge_attribute *attribute)
{
	uint32_t outer = nl_nest(w, CTRL_POLICY | NL_NESTED);
	uint32_t middle = nl_nest(w, (uint16_t)number | NL_NESTED);
	uint32_t inner = nl_nest(w, attribute->number | NL_NESTED);

	if (attribute->type == TYPE_NUL_STRING) {
		nl_put_u32(w, MAX_LENGTH, attribute->most);
	} else {
		nl_put_u64(w, MIN_U, 0);
		nl_put_u64(w, MAX_U, attribute->most);
	}
	nl_put_u32(w, POLICY_TYPE, attribute->type);
	nl_nest_end(w, inner);
	nl_nest_end(w, middle);
	nl_nest_end(w, outer);
}

/* Row `n`: commands first, then each attribute of each policy. False: none. */
static bool put_row(struct nl_writer *w, const struct ge_family *family,
		    int only, uint64_t n)
{
	put_header(w, GET_POLICY);
	nl_put_u16(w, CTRL_FAMILY_ID, family->id);
	for (uint32_t i = 0; i < family->count; i++) {
		const struct ge_command *command = &family->commands[i];

		if (only >= 0 && command->number != only)
			continue;
		if (n-- > 0)
			continue;
		put_command_policies(w, family, command, only);
		return true;
	}
	for (uint32_t i = 0; i < family->policy_count; i++) {
		const struct ge_policy *policy = &family->policies[i];
		const struct ge_command *command =
			only >= 0 ? find_command(family, (uint32_t)only) : NULL;

		if (command && policy != command->at_do &&
		    policy != command->at_dump)
			continue;
		if (n >= policy->count) {
			n -= policy->count;
			continue;
		}
		put_attribute(w, policy_number(family, policy, only),
			      &policy->attributes[n]);
		return true;
	}
	return false;
}

static int dump_policy(struct nl_dump *dump,
		       struct nl_writer *w) NET_THREAD_ROOT
{
	struct nl_header header = nl_dump_header(dump, families[0].id);
	const struct ge_family *family;
	int only;

	read_policy(dump, &family, &only);
	if (!family)
		return NL_DUMP_DONE;
	for (;; dump->at[0]++) {
		uint32_t used = w->used, start = nl_begin(w, &header);

		if (!put_row(w, family, only, dump->at[0])) {
			w->used = used;
			w->full = false;
			return NL_DUMP_DONE;
		}
		if (!nl_end(w, start))
			return NL_DUMP_MORE;
	}
}

static const struct nl_handler get_policy = {
	.open = true,
	.dump = dump_policy,
	.dump_start = check_policy,
};
