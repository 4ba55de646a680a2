// SPDX-License-Identifier: MIT
/*
 * From power-on to the first program, step by step. The loader has put the
 * machine into 64-bit mode through arch/x86_64/boot.S; boot.c has copied what
 * the loader said about memory. kernel_main() gets the machine ready with
 * interrupts off, and becomes the boot CPU's idle thread; start() does the
 * rest in a thread that may sleep, and becomes the first process.
 */
#include "fs/devfs/devfs.h"
#include "fs/ext4/ext4.h"
#include "fs/nsfs/nsfs.h"
#include "fs/procfs/procfs.h"
#include "fs/sysfs/sysfs.h"
#include "fs/tmpfs/tmpfs.h"
#include "fs/vfs/path.h"
#include "kernel/arch/x86_64/acpi.h"
#include "kernel/arch/x86_64/arch.h"
#include "kernel/arch/x86_64/boot.h"
#include "kernel/arch/x86_64/cmdline.h"
#include "kernel/arch/x86_64/log.h"
#include "kernel/arch/x86_64/panic.h"
#include "kernel/arch/x86_64/power.h"
#include "kernel/devices.h"
#include "kernel/drivers/rtc.h"
#include "kernel/drivers/uart.h"
#include "kernel/drivers/virtio/virtio.h"
#include "kernel/file/file.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "kernel/net_memory.h"
#include "kernel/net_thread.h"

#include "kernel/proc/process.h"
#include "kernel/report/report.h"
#include "kernel/report/snapshot.h"
#include "kernel/sched/clock.h"
#include "kernel/sched/random.h"
#include "kernel/sched/sched.h"
#include "kernel/selftest.h"
#include "kernel/socket/socket.h"
#include "kernel/syscall/packet_ring.h"
#include "kernel/syscall/syscall.h"
#include "kernel/vm/space.h"
#include "kernel/vm/vdso.h"

static int current_pid(void)
{
	struct process *process = current_thread()->process;

	return process ? process->pid : 0;
}

static void print_packet(void *context, const char *line)
{
	log_raw("%s\n", line);
}

static void print_packets(void)
{
	log_raw("the last packets:\n");
	net_capture_dump(print_packet, NULL);
}

/* In a thread of its own, so that it may sleep. */
static void start(void *arg)
{
	selftest_run(); /* weir.selftest=: does not return */
	vm_init(); /* address spaces, page cache */
	vdso_init(); /* time without a system call */
	file_init(); /* descriptors, pipes, epoll */
	vfs_init(); /* names, mounts */
	tmpfs_init(); /* file systems make themselves known */
	procfs_init();
	sysfs_init();
	ext4_init();
	nsfs_init();
	devfs_init(); /* /dev can take nodes */
	devices_init(); /* terminals, /dev/null and the like */
	proc_init(); /* processes, signals, futexes */
	report_init(); /* /proc/PID and the like */
	syscall_init(); /* programs may call */
	vm_start_threads(); /* write-back, reclaim */
	net_thread_start(); /* the stack, with its loopback */
	net_memory_start(net_thread_net());
	net_namespaces_init(); /* further ones */
	panic_hook = print_packets; /* the flight recorder */
	socket_init(net_thread_net(), current_pid);
	packet_ring_init();

	report_net_init(); /* /proc/net */
	report_sysrq_init(); /* /proc/sysrq-trigger */
	virtio_init(); /* disks, cards, ports, entropy */
	report_interfaces_init(); /* /sys/class/net */
	net_capture_start(); /* packets to the host's port */
	net_config_start(); /* ip= or DHCP */
	vfs_mount_root(); /* initramfs or root= */
	process_run_init(); /* becomes pid 1; never returns */
}

NORETURN void kernel_main(const char *command_line)
{
	cmdline_parse(command_line); /* cut into words */
	uart_init_early(); /* console output from here on */
	cmdline_apply(); /* words set what they set */
	pagetable_init(); /* direct map, read-only text */
	acpi_init(boot_info.rsdp); /* CPUs, I/O APICs, power, clocks */
	apic_init(); /* this CPU's interrupts */
	smp_init(); /* how many CPUs there will be */
	page_init(); /* all memory */
	slab_init(); /* kmalloc */
	power_init(); /* registers for the end */
	interrupt_init(); /* I/O APICs, all lines masked */
	tsc_init(); /* what time it is since start */
	clock_set_realtime(rtc_read() * NSEC_PER_SEC);
	random_init(); /* seeded before anyone asks */
	sched_init(); /* this is the idle thread now */
	sched_init_cpus(); /* idle threads for the others */
	smp_start(); /* all CPUs run */
	sched_start(); /* timers, interrupts on */
	uart_init(); /* console input */
	if (!thread_start_kernel("start", start, NULL))
		panic("no memory for the first thread");
	sched_idle();
}
