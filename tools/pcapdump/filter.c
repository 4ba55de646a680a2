// SPDX-License-Identifier: MIT
/*
 * See filter.h. The numbers in files (LINKTYPE_) and libpcap's own (DLT_) are
 * the same but for raw IP.
 */
#include "tools/pcapdump/filter.h"

#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "tools/pcapdump/frame.h"

#define PROGRAMS 16 /* link types in one capture */
#define SNAP 262144

struct program {
	uint16_t linktype;
	struct bpf_program code;
};

struct filter {
	const char *words;
	int count;
	struct program programs[PROGRAMS];
	char error[PCAP_ERRBUF_SIZE];
};

struct filter *filter_new(const char *words)
{
	struct filter *filter = calloc(1, sizeof *filter);

	if (filter)
		filter->words = words;
	return filter;
}

void filter_free(struct filter *filter)
{
	if (!filter)
		return;
	for (int i = 0; i < filter->count; i++)
		pcap_freecode(&filter->programs[i].code);
	free(filter);
}

static int dlt_of(uint16_t linktype)
{
	switch (linktype) {
	case LINK_RAW:
	case LINK_IPV4:
	case LINK_IPV6:
		return DLT_RAW;
	default:
		return linktype;
	}
}

static struct program *compile(struct filter *filter, uint16_t linktype)
{
	struct program *program = &filter->programs[filter->count];
	pcap_t *dead = pcap_open_dead(dlt_of(linktype), SNAP);
	int status;

	if (!dead) {
		strcpy(filter->error, "out of memory");
		return NULL;
	}
	status = pcap_compile(dead, &program->code, filter->words, 1,
			      PCAP_NETMASK_UNKNOWN);
	if (status)
		snprintf(filter->error, sizeof filter->error, "%s",
			 pcap_geterr(dead));
	pcap_close(dead);
	if (status)
		return NULL;
	program->linktype = linktype;
	filter->count++;
	return program;
}

static struct program *program_for(struct filter *filter, uint16_t linktype)
{
	for (int i = 0; i < filter->count; i++)
		if (filter->programs[i].linktype == linktype)
			return &filter->programs[i];
	if (filter->count == PROGRAMS) {
		strcpy(filter->error, "too many link types in one capture");
		return NULL;
	}
	return compile(filter, linktype);
}

int filter_match(struct filter *filter, const struct capture_packet *packet)
{
	struct pcap_pkthdr header = {
		.caplen = packet->captured,
		.len = packet->original,
	};
	struct program *program = program_for(filter, packet->linktype);

	if (!program)
		return -1;
	return pcap_offline_filter(&program->code, &header, packet->data) != 0;
}

const char *filter_error(const struct filter *filter)
{
	return filter->error;
}
