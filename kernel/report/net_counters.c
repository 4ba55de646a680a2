// SPDX-License-Identifier: MIT
/*
 * /proc/net/snmp and /proc/net/netstat: Linux's columns in its order. A
 * column that this stack cannot count is 0, as on a Linux that never met it.
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
	{"OutTransmits", OFFSET(ip.out_requests)},
};

static const struct column icmp_columns[] = {
	{"InMsgs", OFFSET(icmp.in_msgs)},
	{"InErrors", OFFSET(icmp.in_errors)},
	{"InCsumErrors", OFFSET(icmp.in_csum_errors)},
	{"InDestUnreachs", OFFSET(icmp.in_dest_unreachs)},
	{"InTimeExcds", OFFSET(icmp.in_time_excds)},
	{"InParmProbs", OFFSET(icmp.in_parm_probs)},
	{"InSrcQuenchs", OFFSET(icmp.in_src_quenchs)},
	{"InRedirects", OFFSET(icmp.in_redirects)},
	{"InEchos", OFFSET(icmp.in_echos)},
	{"InEchoReps", OFFSET(icmp.in_echo_reps)},
	{"InTimestamps", OFFSET(icmp.in_timestamps)},
	{"InTimestampReps", OFFSET(icmp.in_timestamp_reps)},
	{"InAddrMasks", OFFSET(icmp.in_addr_masks)},
	{"InAddrMaskReps", OFFSET(icmp.in_addr_mask_reps)},
	{"OutMsgs", OFFSET(icmp.out_msgs)},
	{"OutErrors", OFFSET(icmp.out_errors)},
	{"OutRateLimitGlobal", OFFSET(icmp.out_rate_limited)},
	{"OutRateLimitHost", NONE},
	{"OutDestUnreachs", OFFSET(icmp.out_dest_unreachs)},
	{"OutTimeExcds", OFFSET(icmp.out_time_excds)},
	{"OutParmProbs", OFFSET(icmp.out_parm_probs)},
	{"OutSrcQuenchs", NONE},
	{"OutRedirects", OFFSET(icmp.out_redirects)},
	{"OutEchos", OFFSET(icmp.out_echos)},
	{"OutEchoReps", OFFSET(icmp.out_echo_reps)},
	{"OutTimestamps", OFFSET(icmp.out_timestamps)},
	{"OutTimestampReps", OFFSET(icmp.out_timestamp_reps)},
	{"OutAddrMasks", NONE},
	{"OutAddrMaskReps", NONE},
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
	{"IgnoredMulti", NONE},
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
	{"TCPRenoFailures", NONE},
	{"TCPSackFailures", NONE},
	{"TCPLossFailures", NONE},
	{"TCPFastRetrans", OFFSET(tcp_ext.fast_retrans)},
	{"TCPSlowStartRetrans", OFFSET(tcp_ext.slow_start_retrans)},
	{"TCPTimeouts", OFFSET(tcp_ext.timeouts)},
	{"TCPLossProbes", OFFSET(tcp_ext.loss_probes)},
	{"TCPLossProbeRecovery", OFFSET(tcp_ext.loss_probe_recovery)},
	{"TCPRenoRecoveryFail", NONE},
	{"TCPSackRecoveryFail", NONE},
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
	{"IPReversePathFilter", NONE},
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
	{"TCPDelivered", NONE},
	{"TCPDeliveredCE", NONE},
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
	{"InTruncatedPkts", NONE},
	{"InMcastPkts", OFFSET(ip.in_mcast_pkts)},
	{"OutMcastPkts", OFFSET(ip.out_mcast_pkts)},
	{"InBcastPkts", OFFSET(ip.in_bcast_pkts)},
	{"OutBcastPkts", OFFSET(ip.out_bcast_pkts)},
	{"InOctets", OFFSET(ip.in_octets)},
	{"OutOctets", OFFSET(ip.out_octets)},
	{"InMcastOctets", NONE},
	{"OutMcastOctets", NONE},
	{"InBcastOctets", NONE},
	{"OutBcastOctets", NONE},
	{"InCsumErrors", OFFSET(ip.in_csum_errors)},
	{"InNoECTPkts", NONE},
	{"InECT1Pkts", NONE},
	{"InECT0Pkts", NONE},
	{"InCEPkts", NONE},
	{"ReasmOverlaps", NONE},
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

void net_report_snmp(struct text *text, void *arg)
{
	static const struct net_stats nothing;
	struct net_stats *stats = take();

	(void)arg;
	if (!stats)
		return;
	PRINT("Ip", " Forwarding DefaultTTL", " 2 64", ip_columns);
	PRINT("Icmp", "", "", icmp_columns);
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
