// SPDX-License-Identifier: MIT
/* Private to kernel/report: the files of /proc/net, one function each. */
#pragma once

struct text;

void net_report_snmp(struct text *text, void *arg);
void net_report_netstat(struct text *text, void *arg);
/* arg: 4 or 6. */
void net_report_tcp(struct text *text, void *arg);
void net_report_udp(struct text *text, void *arg);
void net_report_raw(struct text *text, void *arg);
void net_report_icmp(struct text *text, void *arg);
