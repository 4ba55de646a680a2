// SPDX-License-Identifier: MIT
/*
 * /proc/sysrq-trigger (Documentation/admin-guide/sysrq.rst): the letters that
 * mean something here. 'c' is a real fault in the kernel, so that what a bug
 * looks like can be seen, and tested.
 */
#include "fs/procfs/procfs.h"
#include "fs/vfs/path.h"
#include "kernel/arch/x86_64/log.h"
#include "kernel/arch/x86_64/power.h"
#include "kernel/report/report.h"
#include "lib/errno.h"

static NOINLINE void sysrq_crash(void)
{
	volatile int *nowhere = NULL;

	__asm__("" : "+r"(nowhere));
	log_error("sysrq: crash");
	*nowhere = 1;
}

static int trigger(const char *value, size_t length, void *arg)
{
	(void)arg;
	if (!length)
		return 0;
	switch (value[0]) {
	case 'c':
		sysrq_crash();
		return 0;
	case 's':
		vfs_sync();
		return 0;
	case 'b':
		power_reboot();
	case 'o':
		power_off();
	default:
		return -EINVAL;
	}
}

static const struct proc_file files[] = {
	{ .path = "sysrq-trigger", .mode = 0200, .store = trigger },
};

void report_sysrq_init(void)
{
	procfs_register(files, ARRAY_LEN(files));
}
