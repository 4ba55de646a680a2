// SPDX-License-Identifier: MIT
/*
 * The counters of RFC 1213 and Linux's extensions, under the names that
 * /proc/net/snmp, snmp6 and netstat print. Written on the net thread only;
 * others get a copy (listing.h).
 */
#pragma once

#include "lib/types.h"

/* IP's, of one family; IPv6 has them for each interface as well. */
struct ip_stats {
	uint64_t in_receives, in_hdr_errors, in_too_big_errors, in_addr_errors;
	uint64_t forw_datagrams, in_no_routes, in_truncated_pkts;
	uint64_t in_unknown_protos, in_discards, in_delivers;
	uint64_t out_requests, out_transmits, out_discards, out_no_routes;
	uint64_t reasm_timeout, reasm_reqds, reasm_oks, reasm_fails;
	uint64_t reasm_overlaps;
	uint64_t frag_oks, frag_fails, frag_creates;
	uint64_t in_mcast_pkts, out_mcast_pkts, in_bcast_pkts, out_bcast_pkts;
	uint64_t in_octets, out_octets, in_mcast_octets, out_mcast_octets;
	uint64_t in_bcast_octets, out_bcast_octets, in_csum_errors;
	uint64_t in_ecn[4]; /* packets by the codepoint of RFC 3168 */
};

/* Messages by their type say the rest. */
struct icmp_stats {
	uint64_t in_msgs, in_errors, in_csum_errors, out_msgs, out_errors;
	uint64_t out_limited_all, out_limited_host;
	uint64_t in_type[256], out_type[256];
};

struct udp_stats {
	uint64_t in_datagrams, no_ports, in_errors, out_datagrams;
	uint64_t rcvbuf_errors, sndbuf_errors, in_csum_errors, ignored_multi;
};

/* What each interface counts of IPv6. */
struct ip6_link_stats {
	struct ip_stats ip;
	struct icmp_stats icmp;
};

struct net_stats {
	struct ip_stats ip, ip6;
	struct icmp_stats icmp, icmp6;
	struct udp_stats udp, udp6;
	struct {
		uint64_t active_opens, passive_opens, attempt_fails;
		uint64_t estab_resets, curr_estab;
		uint64_t in_segs, out_segs, retrans_segs, in_errs, out_rsts;
		uint64_t in_csum_errors;
	} tcp;
	/* TcpExt: the ones that this stack can tell. */
	struct {
		uint64_t listen_overflows, listen_drops;
		uint64_t syncookies_sent, syncookies_recv, syncookies_failed;
		uint64_t req_q_full_drop, req_q_full_do_cookies;
		uint64_t deferred_accepts, tw_overflow;
		uint64_t fast_open_active, fast_open_active_fail;
		uint64_t fast_open_passive, fast_open_passive_fail;
		uint64_t fast_open_cookie_requested;
		uint64_t fast_open_listen_overflow, fast_open_blackhole;
		uint64_t embryonic_rsts, tw, tw_recycled, paws_estab,
			paws_active;
		uint64_t delayed_acks, delayed_ack_lost, ack_compressed;
		uint64_t pure_acks, hp_hits;
		uint64_t sack_recovery, reno_recovery, sack_reordering;
		uint64_t timeouts, loss_probes, loss_probe_recovery;
		uint64_t fast_retrans, slow_start_retrans, lost_retransmit;
		uint64_t dsack_old_sent, dsack_ofo_sent, dsack_recv;
		uint64_t dsack_undo, spurious_rtos;
		uint64_t full_undo, partial_undo, loss_undo;
		uint64_t mtup_probes, mtup_success, mtup_fail;
		uint64_t ce_marks;
		uint64_t abort_on_data, abort_on_close, abort_on_memory;
		uint64_t abort_on_timeout, abort_on_linger, abort_failed;
		uint64_t prune_called, rcv_pruned, ofo_pruned, rcvq_drop;
		uint64_t ofo_queue, ofo_drop, ofo_merge;
		uint64_t challenge_acks, syn_challenge;
		uint64_t zero_window_drop, rcv_collapsed;
		uint64_t from_zero_window_adv, to_zero_window_adv;
		uint64_t want_zero_window_adv;
		uint64_t syn_retrans, orig_data_sent, keepalive;
		uint64_t acks_skipped, backlog_drop, rcv_coalesce;
		uint64_t auto_corking;
		uint64_t memory_pressures, memory_pressures_chrono; /* ms */
		uint64_t delivered, delivered_ce;
		uint64_t reverse_path_filter;
		uint64_t sack_recovery_fail, reno_recovery_fail;
		uint64_t sack_failures, reno_failures, loss_failures;
	} tcp_ext;
};
