// SPDX-License-Identifier: MIT
/*
 * pcapdump: reads a capture and says what became of each packet, and what a
 * connection did. The filter language is libpcap's; files are read by our own
 * reader because libpcap's leaves out the options, where Weir's answers stand.
 */
#include <stdio.h>

#include "tools/pcapdump/options.h"

int main(int argc, char **argv)
{
	static struct options options;
	int status = options_read(&options, argc, argv);

	if (status)
		return status - 1;
	status = options.mode(&options);
	if (fflush(stdout) || ferror(stdout)) {
		perror("pcapdump: standard output");
		return 2;
	}
	return status;
}
