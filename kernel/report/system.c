// SPDX-License-Identifier: MIT
/*
 * /proc: what only the upper floors know: processes in all, names of the host,
 * system calls that were asked for in vain; and the hooks of fs/vfs that need a
 * process.
 */
#include "kernel/report/internal.h"
#include "kernel/report/report.h"

#include "kernel/syscall/syscall.h"
#include "lib/version.h"

static void show_version(struct text *text, void *arg)
{
	text_str(text, VERSION_SYSTEM " version " VERSION_RELEASE
				      " (weir) (gcc) " VERSION_BUILD "\n");
}

static void show_loadavg(struct text *text, void *arg)
{
	uint32_t load[3];
	unsigned running = threads_runnable();

	load_average(load);
	for (int i = 0; i < 3; i++)
		text_add(text, "%u.%02u ", load[i] >> 11,
			 (load[i] & 2047) * 100 >> 11);
	text_add(text, "%u/%u %d\n", running, process_total,
		 process_last_pid());
}

static void add_cpu(struct text *text, const struct cpu_times *times)
{
	text_add(text, " %ld %ld %ld %ld 0 %ld 0 0 0 0\n",
		 times->user / NSEC_PER_TICK, times->nice / NSEC_PER_TICK,
		 times->system / NSEC_PER_TICK, times->idle / NSEC_PER_TICK,
		 times->irq / NSEC_PER_TICK);
}

static void show_system_stat(struct text *text, void *arg)
{
	struct cpu_times sum = { 0 }, times;
	uint64_t interrupts = 0;

	for (unsigned i = 0; i < cpu_count; i++) {
		cpu_times(i, &times);
		sum.user += times.user;
		sum.nice += times.nice;
		sum.system += times.system;
		sum.idle += times.idle;
		sum.irq += times.irq;
		sum.switches += times.switches;
		interrupts += cpus[i]->interrupts;
	}
	text_str(text, "cpu ");
	add_cpu(text, &sum);
	for (unsigned i = 0; i < cpu_count; i++) {
		cpu_times(i, &times);
		text_add(text, "cpu%u", i);
		add_cpu(text, &times);
	}
	text_add(text, "intr %lu\nctxt %lu\nbtime %ld\nprocesses %lu\n",
		 interrupts, sum.switches,
		 clock_realtime_offset() / NSEC_PER_SEC, process_made);
	text_add(text,
		 "procs_running %u\nprocs_blocked 0\n"
		 "softirq 0 0 0 0 0 0 0 0 0 0 0\n",
		 MAX(threads_runnable(), 1u));
}

static void show_unimplemented(struct text *text, void *arg)
{
	syscall_print_unimplemented(text);
}

/* ---- names of the host ------------------------------------------------------- */

static void show_host(struct text *text, void *arg)
{
	struct uts_namespace *uts = process_uts(current_process());

	spin_lock(&uts->lock);
	text_add(text, "%s\n", arg ? uts->domain : uts->host);
	spin_unlock(&uts->lock);
	uts_put(uts);
}

static int store_host(const char *value, size_t length, void *arg)
{
	struct uts_namespace *uts;
	char *to;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	while (length && value[length - 1] == '\n')
		length--;
	length = MIN(length, sizeof uts->host - 1);
	uts = process_uts(current_process());
	to = arg ? uts->domain : uts->host;
	spin_lock(&uts->lock);
	memset(to, 0, sizeof uts->host);
	memcpy(to, value, length);
	spin_unlock(&uts->lock);
	uts_put(uts);
	return 0;
}

static int32_t pid_max = 32768, threads_max = 65536;
static int32_t dmesg_restrict, kptr_restrict, sysrq;

static const struct sysctl sysctls[] = {
	{ .path = "kernel/osrelease",
	  .mode = 0444,
	  .kind = SYSCTL_CONSTANT,
	  .data = VERSION_RELEASE },
	{ .path = "kernel/version",
	  .mode = 0444,
	  .kind = SYSCTL_CONSTANT,
	  .data = VERSION_BUILD },
	{ .path = "kernel/pid_max",
	  .mode = 0444,
	  .kind = SYSCTL_INT,
	  .data = &pid_max },
	{ .path = "kernel/threads-max",
	  .mode = 0444,
	  .kind = SYSCTL_INT,
	  .data = &threads_max },
	{ .path = "kernel/dmesg_restrict",
	  .mode = 0644,
	  .kind = SYSCTL_INT,
	  .data = &dmesg_restrict,
	  .most = 1 },
	{ .path = "kernel/kptr_restrict",
	  .mode = 0644,
	  .kind = SYSCTL_INT,
	  .data = &kptr_restrict,
	  .most = 2 },
	{ .path = "kernel/sysrq",
	  .mode = 0644,
	  .kind = SYSCTL_INT,
	  .data = &sysrq },
	{ .path = "net/unix/max_dgram_qlen",
	  .mode = 0644,
	  .kind = SYSCTL_INT,
	  .data = &(int32_t){ 10 },
	  .least = 1,
	  .most = INT32_MAX },
	{ .path = "net/core/somaxconn",
	  .mode = 0644,
	  .kind = SYSCTL_INT,
	  .data = &(int32_t){ 4096 },
	  .least = 0,
	  .most = INT32_MAX },
};

static const struct proc_file files[] = {
	{ .path = "version", .show = show_version },
	{ .path = "loadavg", .show = show_loadavg },
	{ .path = "stat", .show = show_system_stat },
	{ .path = "weir/unimplemented", .show = show_unimplemented },
	{ .path = "sys/kernel/hostname",
	  .show = show_host,
	  .store = store_host },
	{ .path = "sys/kernel/domainname",
	  .show = show_host,
	  .store = store_host,
	  .arg = (void *)1 },
};

static uint64_t file_size_limit(void)
{
	return current_process() ? process_limit(RLIM_FSIZE) : RLIM_INFINITY;
}

void report_init(void)
{
	vfs_file_size_limit = file_size_limit;
	sysctl_register(sysctls, ARRAY_LEN(sysctls));
	report_net_sysctls();
	procfs_register(files, ARRAY_LEN(files));
	procfs_register_processes(&report_source, report_files,
				  report_file_count, report_spaces,
				  report_space_count);
}
