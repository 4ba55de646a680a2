// SPDX-License-Identifier: MIT
/*
 * SIOCETHTOOL: what programs ask of a card, and what ethtool(8) falls back to
 * where there is no netlink family of that name. Each kind of interface tells
 * what Linux's driver of that name tells; what it has no answer to is
 * -EOPNOTSUPP. Its features are in ethtool_features.c.
 */
#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/file/credentials.h"
#include "kernel/socket/inet.h"
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"

enum {
	GSET = 0x01,
	GDRVINFO = 0x03,
	GMSGLVL = 0x07,
	GLINK = 0x0a,
	GCOALESCE = 0x0e,
	GRINGPARAM = 0x10,
	GPAUSEPARAM = 0x12,
	GSTRINGS = 0x1b,
	GSTATS = 0x1d,
	GPERMADDR = 0x20,
	GUFO = 0x21,
	GPFLAGS = 0x27,
	GRXFH = 0x29,
	GRXRINGS = 0x2d,
	GRXCLSRLCNT = 0x2e,
	GRXCLSRULE = 0x2f,
	GRXCLSRLALL = 0x30,
	GSSET_INFO = 0x37,
	GRXFHINDIR = 0x38,
	GFEATURES = 0x3a,
	SFEATURES = 0x3b,
	GCHANNELS = 0x3c,
	GET_TS_INFO = 0x41,
	GEEE = 0x44,
	GRSSH = 0x46,
	GTUNABLE = 0x48,
	GPHYSTATS = 0x4a,
	GLINKSETTINGS = 0x4c,
	PHY_GTUNABLE = 0x4e,
	GFECPARAM = 0x50,
};

#define DRIVER_INFO 196 /* struct ethtool_drvinfo */
#define SETTINGS 44 /* struct ethtool_cmd */
#define LINK_SETTINGS 48 /* struct ethtool_link_settings, without its masks */
#define MASK_WORDS 4 /* of each of its three masks */
#define STAMP_INFO 44 /* struct ethtool_ts_info */
#define UNKNOWN 0xff
#define FULL_DUPLEX 1
#define RING_SIZE 256

struct kind {
	const char *driver; /* as the stack names it */
	const char *name, *version, *bus;
	uint32_t speed; /* Mbit/s; 0: tells nothing; ~0: unknown */
	uint8_t duplex, port;
};

static const struct kind kinds[] = {
	{ "virtio_net", "virtio_net", "1.0.0", "", ~0u, UNKNOWN, UNKNOWN },
	{ "veth", "veth", "1.0", "", 10000, FULL_DUPLEX, 0 },
	{ "tun", "tun", "1.6", "tap", 10000, FULL_DUPLEX, 0 },
	{ "bridge", "bridge", "2.3", "N/A", ~0u, UNKNOWN, UNKNOWN },
	{ "vlan", "802.1Q VLAN Support", "1.8", "", ~0u, UNKNOWN, UNKNOWN },
	{ "dummy", "dummy", "", "", 0, 0, 0 },
};

/* NULL: the loopback interface, which has no driver. */
static const struct kind *kind_of(const struct netif_info *info)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (string_equal(kinds[i].driver, info->driver))
			return &kinds[i];
	return NULL;
}

static bool is_card(const struct netif_info *info)
{
	return string_equal(info->driver, "virtio_net");
}

static long driver_info(const struct netif_info *info, uaddr_t at)
{
	uint8_t out[DRIVER_INFO] = { GDRVINFO };
	const struct kind *kind = kind_of(info);
	const char *bus = kind ? kind->bus : "";

	if (!kind)
		return -EOPNOTSUPP;
	if (info->type == NETIF_TYPE_NONE)
		bus = "tun";
	string_copy((char *)out + 4, kind->name, 32);
	string_copy((char *)out + 36, kind->version, 32);
	if (string_equal(bus, "N/A"))
		string_copy((char *)out + 68, bus, 32); /* firmware */
	string_copy((char *)out + 100, bus, 32);
	return copy_to_user(at, out, sizeof(out));
}

/* The old form and the new one. */
static long settings(const struct netif_info *info, uaddr_t at)
{
	const struct kind *kind = kind_of(info);
	uint8_t out[SETTINGS] = { GSET };

	if (!kind || !kind->speed)
		return -EOPNOTSUPP;
	put_le16(out + 12, (uint16_t)kind->speed);
	out[14] = kind->duplex;
	out[15] = kind->port;
	put_le16(out + 28, (uint16_t)(kind->speed >> 16));
	return copy_to_user(at, out, sizeof(out));
}

/* Who does not know how long the masks are is told, as a negative number. */
static long link_settings(const struct netif_info *info, uaddr_t at)
{
	uint8_t in[LINK_SETTINGS];
	uint8_t out[LINK_SETTINGS + 3 * MASK_WORDS * 4] = { GLINKSETTINGS };
	const struct kind *kind = kind_of(info);

	if (!kind || !kind->speed)
		return -EOPNOTSUPP;
	if (copy_from_user(in, at, sizeof(in)))
		return -EFAULT;
	if (in[15] != MASK_WORDS) {
		out[15] = (uint8_t)-MASK_WORDS;
		return copy_to_user(at, out, LINK_SETTINGS);
	}
	put_le32(out + 4, kind->speed);
	out[8] = kind->duplex;
	out[9] = kind->port;
	out[15] = MASK_WORDS;
	return copy_to_user(at, out, sizeof(out));
}

/* The address that a card was made with; others have none. */
static long permanent_address(const struct netif_info *info, uaddr_t at)
{
	uint8_t address[6] = { 0 };
	uint32_t room;
	long error;

	if (get_user_32(&room, at + 4))
		return -EFAULT;
	if (room < sizeof(address))
		return -EINVAL;
	if (is_card(info))
		memcpy(address, info->permanent_mac, sizeof(address));
	error = put_user_32(at + 4, sizeof(address));
	return error ? error : copy_to_user(at + 8, address, sizeof(address));
}

/* struct ethtool_channels: one pair of rings. */
static long channels(const struct netif_info *info, uaddr_t at)
{
	uint32_t out[9] = { GCHANNELS, 0, 0, 0, 1, 0, 0, 0, 1 };

	return is_card(info) ? copy_to_user(at, out, sizeof(out)) : -EOPNOTSUPP;
}

/* struct ethtool_ringparam */
static long rings(const struct netif_info *info, uaddr_t at)
{
	uint32_t out[9] = { GRINGPARAM, RING_SIZE, 0, 0,	RING_SIZE,
			    RING_SIZE,	0,	   0, RING_SIZE };

	return is_card(info) ? copy_to_user(at, out, sizeof(out)) : -EOPNOTSUPP;
}

/* The clock is the kernel's: SOF_TIMESTAMPING_TX_SOFTWARE, _RX_SOFTWARE,
 * _SOFTWARE. */
static long stamp_info(uaddr_t at)
{
	uint8_t out[STAMP_INFO] = { GET_TS_INFO };

	put_le32(out + 4, 2 | 8 | 16);
	put_le32(out + 8, ~0u); /* no hardware clock */
	return copy_to_user(at, out, sizeof(out));
}

static long carrier(const struct netif_info *info, uaddr_t at)
{
	return put_user_32(at + 4, (info->flags & NETIF_UP) &&
					   (info->flags & NETIF_RUNNING));
}

/* What anybody may ask, though no kind of interface has an answer. */
static bool is_question(uint32_t command)
{
	static const uint8_t all[] = {
		GMSGLVL,     GCOALESCE,	   GPAUSEPARAM, GSTATS,	     GUFO,
		GPFLAGS,     GRXFH,	   GRXRINGS,	GRXCLSRLCNT, GRXCLSRULE,
		GRXCLSRLALL, GRXFHINDIR,   GEEE,	GRSSH,	     GTUNABLE,
		GPHYSTATS,   PHY_GTUNABLE, GFECPARAM,
	};

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (all[i] == command)
			return true;
	return false;
}

long ethtool_ioctl(struct net *net, const struct netif_info *info, uaddr_t at)
{
	uint32_t command;

	if (get_user_32(&command, at))
		return -EFAULT;
	if (ethtool_is_old_get(command))
		return ethtool_old_value(net, info, command, at);
	switch (command) {
	case GSET:
		return settings(info, at);
	case GLINKSETTINGS:
		return link_settings(info, at);
	case GDRVINFO:
		return driver_info(info, at);
	case GLINK:
		return carrier(info, at);
	case GPERMADDR:
		return permanent_address(info, at);
	case GSSET_INFO:
		return ethtool_string_sets(at);
	case GSTRINGS:
		return ethtool_strings(at);
	case GFEATURES:
		return ethtool_get_features(info, at);
	case GET_TS_INFO:
		return stamp_info(at);
	case GCHANNELS:
		return channels(info, at);
	case GRINGPARAM:
		return rings(info, at);
	default:
		break;
	}
	if (is_question(command))
		return -EOPNOTSUPP;
	/* From here on for administrators. */
	if (!capable(CAP_NET_ADMIN))
		return -EPERM;
	if (ethtool_is_old_set(command))
		return ethtool_old_value(net, info, command, at);
	return command == SFEATURES ? ethtool_set_features(net, info, at) :
				      -EOPNOTSUPP;
}
