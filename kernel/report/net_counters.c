// SPDX-License-Identifier: MIT
/*
 * /proc/net/snmp, netstat, snmp6 and dev_snmp6: Linux's names in its order. A
 * name that this stack cannot count is 0, as on a Linux that never met it.
 */
#include "kernel/report/net_report.h"

#include "kernel/mm/slab.h"
#include "kernel/report/snapshot.h"
#include "lib/format.h"
#include "net/core/stats.h"

#define NONE (~(size_t)0)
#define OFFSET(field) offsetof(struct net_stats, field)

struct column {
	const char *name;
	size_t at; /* in struct net_stats, or NONE */
};

/* clang-format off */
static const struct column ip_columns[] = {
	{"InReceives", OFFSET(ip.in_receives)},
	{"InHdrErrors", OFFSET(ip.in_hdr_errors)},
	{"InAddrErrors", OFFSET(ip.in_addr_errors)},
	{"ForwDatagrams", OFFSET(ip.forw_datagrams)},
	{"InUnknownProtos", OFFSET(ip.in_unknown_protos)},
	{"InDiscards", OFFSET(ip.in_discards)},
	{"InDelivers", OFFSET(ip.in_delivers)},
	{"OutRequests", OFFSET(ip.out_requests)},
	{"OutDiscards", OFFSET(ip.out_discards)},
	{"OutNoRoutes", OFFSET(ip.out_no_routes)},
	{"ReasmTimeout", OFFSET(ip.reasm_timeout)},
	{"ReasmReqds", OFFSET(ip.reasm_reqds)},
	{"ReasmOKs", OFFSET(ip.reasm_oks)},
	{"ReasmFails", OFFSET(ip.reasm_fails)},
	{"FragOKs", OFFSET(ip.frag_oks)},
	{"FragFails", OFFSET(ip.frag_fails)},
	{"FragCreates", OFFSET(ip.frag_creates)},
	{"OutTransmits", OFFSET(ip.out_transmits)},
};

static const struct column icmp_columns[] = {
	{"InMsgs", OFFSET(icmp.in_msgs)},
	{"InErrors", OFFSET(icmp.in_errors)},
	{"InCsumErrors", OFFSET(icmp.in_csum_errors)},
	{"InDestUnreachs", OFFSET(icmp.in_type[3])},
	{"InTimeExcds", OFFSET(icmp.in_type[11])},
	{"InParmProbs", OFFSET(icmp.in_type[12])},
	{"InSrcQuenchs", OFFSET(icmp.in_type[4])},
	{"InRedirects", OFFSET(icmp.in_type[5])},
	{"InEchos", OFFSET(icmp.in_type[8])},
	{"InEchoReps", OFFSET(icmp.in_type[0])},
	{"InTimestamps", OFFSET(icmp.in_type[13])},
	{"InTimestampReps", OFFSET(icmp.in_type[14])},
	{"InAddrMasks", OFFSET(icmp.in_type[17])},
	{"InAddrMaskReps", OFFSET(icmp.in_type[18])},
	{"OutMsgs", OFFSET(icmp.out_msgs)},
	{"OutErrors", OFFSET(icmp.out_errors)},
	{"OutRateLimitGlobal", OFFSET(icmp.out_limited_all)},
	{"OutRateLimitHost", OFFSET(icmp.out_limited_host)},
	{"OutDestUnreachs", OFFSET(icmp.out_type[3])},
	{"OutTimeExcds", OFFSET(icmp.out_type[11])},
	{"OutParmProbs", OFFSET(icmp.out_type[12])},
	{"OutSrcQuenchs", OFFSET(icmp.out_type[4])},
	{"OutRedirects", OFFSET(icmp.out_type[5])},
	{"OutEchos", OFFSET(icmp.out_type[8])},
	{"OutEchoReps", OFFSET(icmp.out_type[0])},
	{"OutTimestamps", OFFSET(icmp.out_type[13])},
	{"OutTimestampReps", OFFSET(icmp.out_type[14])},
	{"OutAddrMasks", OFFSET(icmp.out_type[17])},
	{"OutAddrMaskReps", OFFSET(icmp.out_type[18])},
};

static const struct column tcp_columns[] = {
	{"ActiveOpens", OFFSET(tcp.active_opens)},
	{"PassiveOpens", OFFSET(tcp.passive_opens)},
	{"AttemptFails", OFFSET(tcp.attempt_fails)},
	{"EstabResets", OFFSET(tcp.estab_resets)},
	{"CurrEstab", OFFSET(tcp.curr_estab)},
	{"InSegs", OFFSET(tcp.in_segs)},
	{"OutSegs", OFFSET(tcp.out_segs)},
	{"RetransSegs", OFFSET(tcp.retrans_segs)},
	{"InErrs", OFFSET(tcp.in_errs)},
	{"OutRsts", OFFSET(tcp.out_rsts)},
	{"InCsumErrors", OFFSET(tcp.in_csum_errors)},
};

static const struct column udp_columns[] = {
	{"InDatagrams", OFFSET(udp.in_datagrams)},
	{"NoPorts", OFFSET(udp.no_ports)},
	{"InErrors", OFFSET(udp.in_errors)},
	{"OutDatagrams", OFFSET(udp.out_datagrams)},
	{"RcvbufErrors", OFFSET(udp.rcvbuf_errors)},
	{"SndbufErrors", OFFSET(udp.sndbuf_errors)},
	{"InCsumErrors", OFFSET(udp.in_csum_errors)},
	{"IgnoredMulti", OFFSET(udp.ignored_multi)},
	{"MemErrors", NONE},
};

static const struct column tcp_ext_columns[] = {
	{"SyncookiesSent", OFFSET(tcp_ext.syncookies_sent)},
	{"SyncookiesRecv", OFFSET(tcp_ext.syncookies_recv)},
	{"SyncookiesFailed", OFFSET(tcp_ext.syncookies_failed)},
	{"EmbryonicRsts", OFFSET(tcp_ext.embryonic_rsts)},
	{"PruneCalled", OFFSET(tcp_ext.prune_called)},
	{"RcvPruned", OFFSET(tcp_ext.rcv_pruned)},
	{"OfoPruned", OFFSET(tcp_ext.ofo_pruned)},
	{"OutOfWindowIcmps", NONE},
	{"LockDroppedIcmps", NONE},
	{"ArpFilter", NONE},
	{"TW", OFFSET(tcp_ext.tw)},
	{"TWRecycled", OFFSET(tcp_ext.tw_recycled)},
	{"TWKilled", NONE},
	{"PAWSActive", OFFSET(tcp_ext.paws_active)},
	{"PAWSEstab", OFFSET(tcp_ext.paws_estab)},
	{"BeyondWindow", NONE},
	{"TSEcrRejected", NONE},
	{"PAWSOldAck", NONE},
	{"PAWSTimewait", NONE},
	{"DelayedACKs", OFFSET(tcp_ext.delayed_acks)},
	{"DelayedACKLocked", NONE},
	{"DelayedACKLost", OFFSET(tcp_ext.delayed_ack_lost)},
	{"ListenOverflows", OFFSET(tcp_ext.listen_overflows)},
	{"ListenDrops", OFFSET(tcp_ext.listen_drops)},
	{"TCPHPHits", OFFSET(tcp_ext.hp_hits)},
	{"TCPPureAcks", OFFSET(tcp_ext.pure_acks)},
	{"TCPHPAcks", NONE},
	{"TCPRenoRecovery", OFFSET(tcp_ext.reno_recovery)},
	{"TCPSackRecovery", OFFSET(tcp_ext.sack_recovery)},
	{"TCPSACKReneging", NONE},
	{"TCPSACKReorder", OFFSET(tcp_ext.sack_reordering)},
	{"TCPRenoReorder", NONE},
	{"TCPTSReorder", NONE},
	{"TCPFullUndo", OFFSET(tcp_ext.full_undo)},
	{"TCPPartialUndo", OFFSET(tcp_ext.partial_undo)},
	{"TCPDSACKUndo", OFFSET(tcp_ext.dsack_undo)},
	{"TCPLossUndo", OFFSET(tcp_ext.loss_undo)},
	{"TCPLostRetransmit", OFFSET(tcp_ext.lost_retransmit)},
	{"TCPRenoFailures", OFFSET(tcp_ext.reno_failures)},
	{"TCPSackFailures", OFFSET(tcp_ext.sack_failures)},
	{"TCPLossFailures", OFFSET(tcp_ext.loss_failures)},
	{"TCPFastRetrans", OFFSET(tcp_ext.fast_retrans)},
	{"TCPSlowStartRetrans", OFFSET(tcp_ext.slow_start_retrans)},
	{"TCPTimeouts", OFFSET(tcp_ext.timeouts)},
	{"TCPLossProbes", OFFSET(tcp_ext.loss_probes)},
	{"TCPLossProbeRecovery", OFFSET(tcp_ext.loss_probe_recovery)},
	{"TCPRenoRecoveryFail", OFFSET(tcp_ext.reno_recovery_fail)},
	{"TCPSackRecoveryFail", OFFSET(tcp_ext.sack_recovery_fail)},
	{"TCPRcvCollapsed", OFFSET(tcp_ext.rcv_collapsed)},
	{"TCPBacklogCoalesce", NONE},
	{"TCPDSACKOldSent", OFFSET(tcp_ext.dsack_old_sent)},
	{"TCPDSACKOfoSent", OFFSET(tcp_ext.dsack_ofo_sent)},
	{"TCPDSACKRecv", OFFSET(tcp_ext.dsack_recv)},
	{"TCPDSACKOfoRecv", NONE},
	{"TCPAbortOnData", OFFSET(tcp_ext.abort_on_data)},
	{"TCPAbortOnClose", OFFSET(tcp_ext.abort_on_close)},
	{"TCPAbortOnMemory", OFFSET(tcp_ext.abort_on_memory)},
	{"TCPAbortOnTimeout", OFFSET(tcp_ext.abort_on_timeout)},
	{"TCPAbortOnLinger", OFFSET(tcp_ext.abort_on_linger)},
	{"TCPAbortFailed", OFFSET(tcp_ext.abort_failed)},
	{"TCPMemoryPressures", OFFSET(tcp_ext.memory_pressures)},
	{"TCPMemoryPressuresChrono", OFFSET(tcp_ext.memory_pressures_chrono)},
	{"TCPSACKDiscard", NONE},
	{"TCPDSACKIgnoredOld", NONE},
	{"TCPDSACKIgnoredNoUndo", NONE},
	{"TCPSpuriousRTOs", OFFSET(tcp_ext.spurious_rtos)},
	{"TCPMD5NotFound", NONE},
	{"TCPMD5Unexpected", NONE},
	{"TCPMD5Failure", NONE},
	{"TCPSackShifted", NONE},
	{"TCPSackMerged", NONE},
	{"TCPSackShiftFallback", NONE},
	{"TCPBacklogDrop", OFFSET(tcp_ext.backlog_drop)},
	{"PFMemallocDrop", NONE},
	{"TCPMinTTLDrop", NONE},
	{"TCPDeferAcceptDrop", OFFSET(tcp_ext.deferred_accepts)},
	{"IPReversePathFilter", OFFSET(tcp_ext.reverse_path_filter)},
	{"TCPTimeWaitOverflow", OFFSET(tcp_ext.tw_overflow)},
	{"TCPReqQFullDoCookies", OFFSET(tcp_ext.req_q_full_do_cookies)},
	{"TCPReqQFullDrop", OFFSET(tcp_ext.req_q_full_drop)},
	{"TCPRetransFail", NONE},
	{"TCPRcvCoalesce", OFFSET(tcp_ext.rcv_coalesce)},
	{"TCPOFOQueue", OFFSET(tcp_ext.ofo_queue)},
	{"TCPOFODrop", OFFSET(tcp_ext.ofo_drop)},
	{"TCPOFOMerge", OFFSET(tcp_ext.ofo_merge)},
	{"TCPChallengeACK", OFFSET(tcp_ext.challenge_acks)},
	{"TCPSYNChallenge", OFFSET(tcp_ext.syn_challenge)},
	{"TCPFastOpenActive", OFFSET(tcp_ext.fast_open_active)},
	{"TCPFastOpenActiveFail", OFFSET(tcp_ext.fast_open_active_fail)},
	{"TCPFastOpenPassive", OFFSET(tcp_ext.fast_open_passive)},
	{"TCPFastOpenPassiveFail", OFFSET(tcp_ext.fast_open_passive_fail)},
	{"TCPFastOpenListenOverflow", OFFSET(tcp_ext.fast_open_listen_overflow)},
	{"TCPFastOpenCookieReqd", OFFSET(tcp_ext.fast_open_cookie_requested)},
	{"TCPFastOpenBlackhole", OFFSET(tcp_ext.fast_open_blackhole)},
	{"TCPSpuriousRtxHostQueues", NONE},
	{"BusyPollRxPackets", NONE},
	{"TCPAutoCorking", OFFSET(tcp_ext.auto_corking)},
	{"TCPFromZeroWindowAdv", OFFSET(tcp_ext.from_zero_window_adv)},
	{"TCPToZeroWindowAdv", OFFSET(tcp_ext.to_zero_window_adv)},
	{"TCPWantZeroWindowAdv", OFFSET(tcp_ext.want_zero_window_adv)},
	{"TCPSynRetrans", OFFSET(tcp_ext.syn_retrans)},
	{"TCPOrigDataSent", OFFSET(tcp_ext.orig_data_sent)},
	{"TCPHystartTrainDetect", NONE},
	{"TCPHystartTrainCwnd", NONE},
	{"TCPHystartDelayDetect", NONE},
	{"TCPHystartDelayCwnd", NONE},
	{"TCPACKSkippedSynRecv", NONE},
	{"TCPACKSkippedPAWS", NONE},
	{"TCPACKSkippedSeq", NONE},
	{"TCPACKSkippedFinWait2", NONE},
	{"TCPACKSkippedTimeWait", NONE},
	{"TCPACKSkippedChallenge", NONE},
	{"TCPWinProbe", NONE},
	{"TCPKeepAlive", OFFSET(tcp_ext.keepalive)},
	{"TCPMTUPFail", OFFSET(tcp_ext.mtup_fail)},
	{"TCPMTUPSuccess", OFFSET(tcp_ext.mtup_success)},
	{"TCPDelivered", OFFSET(tcp_ext.delivered)},
	{"TCPDeliveredCE", OFFSET(tcp_ext.delivered_ce)},
	{"TCPAckCompressed", OFFSET(tcp_ext.ack_compressed)},
	{"TCPZeroWindowDrop", OFFSET(tcp_ext.zero_window_drop)},
	{"TCPRcvQDrop", OFFSET(tcp_ext.rcvq_drop)},
	{"TCPWqueueTooBig", NONE},
	{"TCPFastOpenPassiveAltKey", NONE},
	{"TcpTimeoutRehash", NONE},
	{"TcpDuplicateDataRehash", NONE},
	{"TCPDSACKRecvSegs", NONE},
	{"TCPDSACKIgnoredDubious", NONE},
	{"TCPMigrateReqSuccess", NONE},
	{"TCPMigrateReqFailure", NONE},
	{"TCPPLBRehash", NONE},
	{"TCPAORequired", NONE},
	{"TCPAOBad", NONE},
	{"TCPAOKeyNotFound", NONE},
	{"TCPAOGood", NONE},
	{"TCPAODroppedIcmps", NONE},
};

static const struct column ip_ext_columns[] = {
	{"InNoRoutes", OFFSET(ip.in_no_routes)},
	{"InTruncatedPkts", OFFSET(ip.in_truncated_pkts)},
	{"InMcastPkts", OFFSET(ip.in_mcast_pkts)},
	{"OutMcastPkts", OFFSET(ip.out_mcast_pkts)},
	{"InBcastPkts", OFFSET(ip.in_bcast_pkts)},
	{"OutBcastPkts", OFFSET(ip.out_bcast_pkts)},
	{"InOctets", OFFSET(ip.in_octets)},
	{"OutOctets", OFFSET(ip.out_octets)},
	{"InMcastOctets", OFFSET(ip.in_mcast_octets)},
	{"OutMcastOctets", OFFSET(ip.out_mcast_octets)},
	{"InBcastOctets", OFFSET(ip.in_bcast_octets)},
	{"OutBcastOctets", OFFSET(ip.out_bcast_octets)},
	{"InCsumErrors", OFFSET(ip.in_csum_errors)},
	{"InNoECTPkts", OFFSET(ip.in_ecn[0])},
	{"InECT1Pkts", OFFSET(ip.in_ecn[1])},
	{"InECT0Pkts", OFFSET(ip.in_ecn[2])},
	{"InCEPkts", OFFSET(ip.in_ecn[3])},
	{"ReasmOverlaps", OFFSET(ip.reasm_overlaps)},
};
/* clang-format on */

static uint64_t value(const struct net_stats *stats, const struct column *c)
{
	if (c->at == NONE)
		return 0;
	return *(const uint64_t *)((const char *)stats + c->at);
}

static void print_group(struct text *text, const char *group,
			const char *fixed_names, const char *fixed_values,
			const struct column *columns, size_t count,
			const struct net_stats *stats)
{
	text_add(text, "%s:%s", group, fixed_names);
	for (size_t i = 0; i < count; i++)
		text_add(text, " %s", columns[i].name);
	text_add(text, "\n%s:%s", group, fixed_values);
	for (size_t i = 0; i < count; i++)
		text_add(text, " %llu",
			 (unsigned long long)value(stats, &columns[i]));
	text_add(text, "\n");
}

#define PRINT(group, names, values, columns)                                 \
	print_group(text, group, names, values, columns, ARRAY_LEN(columns), \
		    stats)

static struct net_stats *take(void)
{
	void *stats;
	uint32_t count;

	return snapshot_take(LIST_STATS, sizeof(struct net_stats), &stats,
			     &count) ?
		       NULL :
		       stats;
}

/* Messages of types that were seen: "InType3 OutType3" ... */
static void print_types(struct text *text, const struct icmp_stats *icmp)
{
	bool any = false;

	for (int row = 0; row < 2; row++) {
		for (unsigned i = 0; i < 512; i++) {
			uint64_t n = i < 256 ? icmp->in_type[i] :
					       icmp->out_type[i - 256];

			if (!n)
				continue;
			if (!any)
				text_str(text, "IcmpMsg:");
			any = true;
			if (row)
				text_add(text, " %llu", (unsigned long long)n);
			else
				text_add(text, " %sType%u",
					 i < 256 ? "In" : "Out", i & 255);
		}
		if (any)
			text_str(text, "\n");
		any = false;
	}
}

void net_report_snmp(struct text *text, void *arg)
{
	static const struct net_stats nothing;
	struct net_stats *stats = take();

	(void)arg;
	if (!stats)
		return;
	PRINT("Ip", " Forwarding DefaultTTL", " 2 64", ip_columns);
	PRINT("Icmp", "", "", icmp_columns);
	print_types(text, &stats->icmp);
	PRINT("Tcp", " RtoAlgorithm RtoMin RtoMax MaxConn", " 1 200 120000 -1",
	      tcp_columns);
	PRINT("Udp", "", "", udp_columns);
	print_group(text, "UdpLite", "", "", udp_columns,
		    ARRAY_LEN(udp_columns), &nothing);
	kfree(stats);
}

void net_report_netstat(struct text *text, void *arg)
{
	struct net_stats *stats = take();

	(void)arg;
	if (!stats)
		return;
	PRINT("TcpExt", "", "", tcp_ext_columns);
	PRINT("IpExt", "", "", ip_ext_columns);
	kfree(stats);
}

/* ---- IPv6: a name and a value on each line ---- */

/* clang-format off */
#define LINK(field) offsetof(struct ip6_link_stats, field)

static const struct column ip6_rows[] = {
	{"Ip6InReceives", LINK(ip.in_receives)},
	{"Ip6InHdrErrors", LINK(ip.in_hdr_errors)},
	{"Ip6InTooBigErrors", LINK(ip.in_too_big_errors)},
	{"Ip6InNoRoutes", LINK(ip.in_no_routes)},
	{"Ip6InAddrErrors", LINK(ip.in_addr_errors)},
	{"Ip6InUnknownProtos", LINK(ip.in_unknown_protos)},
	{"Ip6InTruncatedPkts", LINK(ip.in_truncated_pkts)},
	{"Ip6InDiscards", LINK(ip.in_discards)},
	{"Ip6InDelivers", LINK(ip.in_delivers)},
	{"Ip6OutForwDatagrams", LINK(ip.forw_datagrams)},
	{"Ip6OutRequests", LINK(ip.out_requests)},
	{"Ip6OutDiscards", LINK(ip.out_discards)},
	{"Ip6OutNoRoutes", LINK(ip.out_no_routes)},
	{"Ip6ReasmTimeout", LINK(ip.reasm_timeout)},
	{"Ip6ReasmReqds", LINK(ip.reasm_reqds)},
	{"Ip6ReasmOKs", LINK(ip.reasm_oks)},
	{"Ip6ReasmFails", LINK(ip.reasm_fails)},
	{"Ip6FragOKs", LINK(ip.frag_oks)},
	{"Ip6FragFails", LINK(ip.frag_fails)},
	{"Ip6FragCreates", LINK(ip.frag_creates)},
	{"Ip6InMcastPkts", LINK(ip.in_mcast_pkts)},
	{"Ip6OutMcastPkts", LINK(ip.out_mcast_pkts)},
	{"Ip6InOctets", LINK(ip.in_octets)},
	{"Ip6OutOctets", LINK(ip.out_octets)},
	{"Ip6InMcastOctets", LINK(ip.in_mcast_octets)},
	{"Ip6OutMcastOctets", LINK(ip.out_mcast_octets)},
	{"Ip6InBcastOctets", LINK(ip.in_bcast_octets)},
	{"Ip6OutBcastOctets", LINK(ip.out_bcast_octets)},
	{"Ip6InNoECTPkts", LINK(ip.in_ecn[0])},
	{"Ip6InECT1Pkts", LINK(ip.in_ecn[1])},
	{"Ip6InECT0Pkts", LINK(ip.in_ecn[2])},
	{"Ip6InCEPkts", LINK(ip.in_ecn[3])},
	{"Ip6OutTransmits", LINK(ip.out_transmits)},
};

static const struct column icmp6_rows[] = {
	{"Icmp6InMsgs", LINK(icmp.in_msgs)},
	{"Icmp6InErrors", LINK(icmp.in_errors)},
	{"Icmp6OutMsgs", LINK(icmp.out_msgs)},
	{"Icmp6OutErrors", LINK(icmp.out_errors)},
	{"Icmp6InCsumErrors", LINK(icmp.in_csum_errors)},
	{"Icmp6OutRateLimitHost", LINK(icmp.out_limited_host)},
	{"Icmp6InDestUnreachs", LINK(icmp.in_type[1])},
	{"Icmp6InPktTooBigs", LINK(icmp.in_type[2])},
	{"Icmp6InTimeExcds", LINK(icmp.in_type[3])},
	{"Icmp6InParmProblems", LINK(icmp.in_type[4])},
	{"Icmp6InEchos", LINK(icmp.in_type[128])},
	{"Icmp6InEchoReplies", LINK(icmp.in_type[129])},
	{"Icmp6InGroupMembQueries", LINK(icmp.in_type[130])},
	{"Icmp6InGroupMembResponses", LINK(icmp.in_type[131])},
	{"Icmp6InGroupMembReductions", LINK(icmp.in_type[132])},
	{"Icmp6InRouterSolicits", LINK(icmp.in_type[133])},
	{"Icmp6InRouterAdvertisements", LINK(icmp.in_type[134])},
	{"Icmp6InNeighborSolicits", LINK(icmp.in_type[135])},
	{"Icmp6InNeighborAdvertisements", LINK(icmp.in_type[136])},
	{"Icmp6InRedirects", LINK(icmp.in_type[137])},
	{"Icmp6InMLDv2Reports", LINK(icmp.in_type[143])},
	{"Icmp6OutDestUnreachs", LINK(icmp.out_type[1])},
	{"Icmp6OutPktTooBigs", LINK(icmp.out_type[2])},
	{"Icmp6OutTimeExcds", LINK(icmp.out_type[3])},
	{"Icmp6OutParmProblems", LINK(icmp.out_type[4])},
	{"Icmp6OutEchos", LINK(icmp.out_type[128])},
	{"Icmp6OutEchoReplies", LINK(icmp.out_type[129])},
	{"Icmp6OutGroupMembQueries", LINK(icmp.out_type[130])},
	{"Icmp6OutGroupMembResponses", LINK(icmp.out_type[131])},
	{"Icmp6OutGroupMembReductions", LINK(icmp.out_type[132])},
	{"Icmp6OutRouterSolicits", LINK(icmp.out_type[133])},
	{"Icmp6OutRouterAdvertisements", LINK(icmp.out_type[134])},
	{"Icmp6OutNeighborSolicits", LINK(icmp.out_type[135])},
	{"Icmp6OutNeighborAdvertisements", LINK(icmp.out_type[136])},
	{"Icmp6OutRedirects", LINK(icmp.out_type[137])},
	{"Icmp6OutMLDv2Reports", LINK(icmp.out_type[143])},
};

static const struct column udp6_rows[] = {
	{"Udp6InDatagrams", OFFSET(udp6.in_datagrams)},
	{"Udp6NoPorts", OFFSET(udp6.no_ports)},
	{"Udp6InErrors", OFFSET(udp6.in_errors)},
	{"Udp6OutDatagrams", OFFSET(udp6.out_datagrams)},
	{"Udp6RcvbufErrors", OFFSET(udp6.rcvbuf_errors)},
	{"Udp6SndbufErrors", OFFSET(udp6.sndbuf_errors)},
	{"Udp6InCsumErrors", OFFSET(udp6.in_csum_errors)},
	{"Udp6IgnoredMulti", OFFSET(udp6.ignored_multi)},
	{"Udp6MemErrors", NONE},
	{"UdpLite6InDatagrams", NONE},
	{"UdpLite6NoPorts", NONE},
	{"UdpLite6InErrors", NONE},
	{"UdpLite6OutDatagrams", NONE},
	{"UdpLite6RcvbufErrors", NONE},
	{"UdpLite6SndbufErrors", NONE},
	{"UdpLite6InCsumErrors", NONE},
	{"UdpLite6MemErrors", NONE},
};
/* clang-format on */

static void print_row(struct text *text, const char *name, uint64_t n)
{
	text_add(text, "%-32s\t%llu\n", name, (unsigned long long)n);
}

static void print_rows(struct text *text, const struct column *rows,
		       size_t count, const void *stats)
{
	for (size_t i = 0; i < count; i++)
		print_row(text, rows[i].name,
			  rows[i].at == NONE ?
				  0 :
				  *(const uint64_t *)((const char *)stats +
						      rows[i].at));
}

static void print_link(struct text *text, const struct ip6_link_stats *stats)
{
	char name[24];

	print_rows(text, ip6_rows, ARRAY_LEN(ip6_rows), stats);
	print_rows(text, icmp6_rows, ARRAY_LEN(icmp6_rows), stats);
	for (unsigned i = 0; i < 512; i++) {
		uint64_t n = i < 256 ? stats->icmp.in_type[i] :
				       stats->icmp.out_type[i - 256];

		if (!n)
			continue;
		format_to(name, sizeof name, "Icmp6%sType%u",
			  i < 256 ? "In" : "Out", i & 255);
		print_row(text, name, n);
	}
}

void net_report_snmp6(struct text *text, void *arg)
{
	struct net_stats *stats = take();
	struct ip6_link_stats *all = kzalloc(sizeof *all);

	(void)arg;
	if (stats && all) {
		all->ip = stats->ip6;
		all->icmp = stats->icmp6;
		print_link(text, all);
		print_rows(text, udp6_rows, ARRAY_LEN(udp6_rows), stats);
	}
	kfree(all);
	kfree(stats);
}

void net_report_dev_snmp6(struct text *text, void *arg, uint32_t which)
{
	void *stats;
	uint32_t count;

	(void)arg;
	if (snapshot_of_netif(LIST_LINK6_STATS, sizeof(struct ip6_link_stats),
			      which, &stats, &count))
		return;
	if (count) {
		print_row(text, "ifIndex", which);
		print_link(text, stats);
	}
	kfree(stats);
}
