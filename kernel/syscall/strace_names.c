// SPDX-License-Identifier: MIT
/*
 * The tracer's tables: which names the flags of which argument have. A set is
 * found by the call's and the argument's name ("*": any call).
 */
#include "kernel/syscall/strace_names.h"

#include "lib/format.h"
#include "lib/string.h"

/* clang-format off */
static const struct flag_name open_names[] = {
	{ 0, "O_RDONLY" }, { 1, "O_WRONLY" }, { 2, "O_RDWR" },
	{ 0100, "O_CREAT" }, { 0200, "O_EXCL" }, { 0400, "O_NOCTTY" },
	{ 01000, "O_TRUNC" }, { 02000, "O_APPEND" }, { 04000, "O_NONBLOCK" },
	{ 04010000, "O_SYNC" }, { 010000, "O_DSYNC" }, { 020000, "O_ASYNC" },
	{ 040000, "O_DIRECT" }, { 0100000, "O_LARGEFILE" },
	{ 020200000, "O_TMPFILE" }, { 0200000, "O_DIRECTORY" },
	{ 0400000, "O_NOFOLLOW" }, { 01000000, "O_NOATIME" },
	{ 02000000, "O_CLOEXEC" }, { 010000000, "O_PATH" },
};
static const struct flag_name prot_names[] = {
	{ 1, "PROT_READ" }, { 2, "PROT_WRITE" }, { 4, "PROT_EXEC" },
	{ 0x1000000, "PROT_GROWSDOWN" },
};
static const struct flag_name map_names[] = {
	{ 1, "MAP_SHARED" }, { 2, "MAP_PRIVATE" }, { 3, "MAP_SHARED_VALIDATE" },
	{ 0x10, "MAP_FIXED" }, { 0x20, "MAP_ANONYMOUS" },
	{ 0x100, "MAP_GROWSDOWN" }, { 0x800, "MAP_DENYWRITE" },
	{ 0x1000, "MAP_EXECUTABLE" }, { 0x2000, "MAP_LOCKED" },
	{ 0x4000, "MAP_NORESERVE" }, { 0x8000, "MAP_POPULATE" },
	{ 0x10000, "MAP_NONBLOCK" }, { 0x20000, "MAP_STACK" },
	{ 0x40000, "MAP_HUGETLB" }, { 0x100000, "MAP_FIXED_NOREPLACE" },
};
static const struct flag_name at_names[] = {
	{ 0x100, "AT_SYMLINK_NOFOLLOW" }, { 0x400, "AT_SYMLINK_FOLLOW" },
	{ 0x800, "AT_NO_AUTOMOUNT" }, { 0x1000, "AT_EMPTY_PATH" },
	{ 0x2000, "AT_STATX_FORCE_SYNC" }, { 0x4000, "AT_STATX_DONT_SYNC" },
};
static const struct flag_name unlink_names[] = { { 0x200, "AT_REMOVEDIR" } };
static const struct flag_name access_at_names[] = {
	{ 0x100, "AT_SYMLINK_NOFOLLOW" }, { 0x200, "AT_EACCESS" },
	{ 0x1000, "AT_EMPTY_PATH" },
};
static const struct flag_name access_names[] = {
	{ 4, "R_OK" }, { 2, "W_OK" }, { 1, "X_OK" },
};
static const struct flag_name whence_names[] = {
	{ 0, "SEEK_SET" }, { 1, "SEEK_CUR" }, { 2, "SEEK_END" },
	{ 3, "SEEK_DATA" }, { 4, "SEEK_HOLE" },
};
static const struct flag_name clone_names[] = {
	{ 0x100, "CLONE_VM" }, { 0x200, "CLONE_FS" }, { 0x400, "CLONE_FILES" },
	{ 0x800, "CLONE_SIGHAND" }, { 0x1000, "CLONE_PIDFD" },
	{ 0x2000, "CLONE_PTRACE" }, { 0x4000, "CLONE_VFORK" },
	{ 0x8000, "CLONE_PARENT" }, { 0x10000, "CLONE_THREAD" },
	{ 0x20000, "CLONE_NEWNS" }, { 0x40000, "CLONE_SYSVSEM" },
	{ 0x80000, "CLONE_SETTLS" }, { 0x100000, "CLONE_PARENT_SETTID" },
	{ 0x200000, "CLONE_CHILD_CLEARTID" }, { 0x400000, "CLONE_DETACHED" },
	{ 0x1000000, "CLONE_CHILD_SETTID" }, { 0x4000000, "CLONE_NEWUTS" },
	{ 0x8000000, "CLONE_NEWIPC" }, { 0x10000000, "CLONE_NEWUSER" },
	{ 0x20000000, "CLONE_NEWPID" }, { 0x40000000, "CLONE_NEWNET" },
	{ 17, "SIGCHLD" },
};
static const struct flag_name how_names[] = {
	{ 0, "SIG_BLOCK" }, { 1, "SIG_UNBLOCK" }, { 2, "SIG_SETMASK" },
};
static const struct flag_name shut_names[] = {
	{ 0, "SHUT_RD" }, { 1, "SHUT_WR" }, { 2, "SHUT_RDWR" },
};
static const struct flag_name family_names[] = {
	{ 0, "AF_UNSPEC" }, { 1, "AF_UNIX" }, { 2, "AF_INET" },
	{ 10, "AF_INET6" }, { 16, "AF_NETLINK" }, { 17, "AF_PACKET" },
};
static const struct flag_name socket_type_names[] = {
	{ 1, "SOCK_STREAM" }, { 2, "SOCK_DGRAM" }, { 3, "SOCK_RAW" },
	{ 5, "SOCK_SEQPACKET" }, { 02000000, "SOCK_CLOEXEC" },
	{ 04000, "SOCK_NONBLOCK" },
};
static const struct flag_name socket_flag_names[] = {
	{ 02000000, "SOCK_CLOEXEC" }, { 04000, "SOCK_NONBLOCK" },
};
static const struct flag_name protocol_names[] = {
	{ 0, "IPPROTO_IP" }, { 1, "IPPROTO_ICMP" }, { 6, "IPPROTO_TCP" },
	{ 17, "IPPROTO_UDP" }, { 41, "IPPROTO_IPV6" },
	{ 58, "IPPROTO_ICMPV6" }, { 255, "IPPROTO_RAW" },
};
static const struct flag_name netlink_names[] = {
	{ 0, "NETLINK_ROUTE" }, { 4, "NETLINK_SOCK_DIAG" },
	{ 15, "NETLINK_KOBJECT_UEVENT" },
};
static const struct flag_name message_names[] = {
	{ 1, "MSG_OOB" }, { 2, "MSG_PEEK" }, { 4, "MSG_DONTROUTE" },
	{ 8, "MSG_CTRUNC" }, { 0x20, "MSG_TRUNC" }, { 0x40, "MSG_DONTWAIT" },
	{ 0x80, "MSG_EOR" }, { 0x100, "MSG_WAITALL" },
	{ 0x4000, "MSG_NOSIGNAL" }, { 0x8000, "MSG_MORE" },
	{ 0x40000000, "MSG_CMSG_CLOEXEC" },
};
static const struct flag_name level_names[] = {
	{ 0, "SOL_IP" }, { 1, "SOL_SOCKET" }, { 6, "SOL_TCP" },
	{ 17, "SOL_UDP" }, { 41, "SOL_IPV6" }, { 263, "SOL_PACKET" },
};
static const struct flag_name epoll_op_names[] = {
	{ 1, "EPOLL_CTL_ADD" }, { 2, "EPOLL_CTL_DEL" }, { 3, "EPOLL_CTL_MOD" },
};
static const struct flag_name epoll_create_names[] = {
	{ 02000000, "EPOLL_CLOEXEC" },
};
static const struct flag_name eventfd_names[] = {
	{ 1, "EFD_SEMAPHORE" }, { 04000, "EFD_NONBLOCK" },
	{ 02000000, "EFD_CLOEXEC" },
};
static const struct flag_name timerfd_names[] = {
	{ 04000, "TFD_NONBLOCK" }, { 02000000, "TFD_CLOEXEC" },
};
static const struct flag_name timer_set_names[] = {
	{ 1, "TFD_TIMER_ABSTIME" }, { 2, "TFD_TIMER_CANCEL_ON_SET" },
};
static const struct flag_name clock_flag_names[] = { { 1, "TIMER_ABSTIME" } };
static const struct flag_name clock_names[] = {
	{ 0, "CLOCK_REALTIME" }, { 1, "CLOCK_MONOTONIC" },
	{ 2, "CLOCK_PROCESS_CPUTIME_ID" }, { 3, "CLOCK_THREAD_CPUTIME_ID" },
	{ 4, "CLOCK_MONOTONIC_RAW" }, { 5, "CLOCK_REALTIME_COARSE" },
	{ 6, "CLOCK_MONOTONIC_COARSE" }, { 7, "CLOCK_BOOTTIME" },
	{ 11, "CLOCK_TAI" },
};
static const struct flag_name futex_names[] = {
	{ 0, "FUTEX_WAIT" }, { 1, "FUTEX_WAKE" }, { 3, "FUTEX_REQUEUE" },
	{ 4, "FUTEX_CMP_REQUEUE" }, { 5, "FUTEX_WAKE_OP" },
	{ 6, "FUTEX_LOCK_PI" }, { 7, "FUTEX_UNLOCK_PI" },
	{ 9, "FUTEX_WAIT_BITSET" }, { 10, "FUTEX_WAKE_BITSET" },
	{ 128, "FUTEX_PRIVATE_FLAG" }, { 256, "FUTEX_CLOCK_REALTIME" },
};
static const struct flag_name wait_names[] = {
	{ 1, "WNOHANG" }, { 2, "WSTOPPED" }, { 4, "WEXITED" },
	{ 8, "WCONTINUED" }, { 0x1000000, "WNOWAIT" },
	{ 0x20000000, "__WNOTHREAD" }, { 0x40000000, "__WALL" },
	{ 0x80000000, "__WCLONE" },
};
static const struct flag_name idtype_names[] = {
	{ 0, "P_ALL" }, { 1, "P_PID" }, { 2, "P_PGID" }, { 3, "P_PIDFD" },
};
static const struct flag_name fcntl_names[] = {
	{ 0, "F_DUPFD" }, { 1, "F_GETFD" }, { 2, "F_SETFD" },
	{ 3, "F_GETFL" }, { 4, "F_SETFL" }, { 5, "F_GETLK" },
	{ 6, "F_SETLK" }, { 7, "F_SETLKW" }, { 8, "F_SETOWN" },
	{ 9, "F_GETOWN" }, { 10, "F_SETSIG" }, { 11, "F_GETSIG" },
	{ 15, "F_SETOWN_EX" }, { 16, "F_GETOWN_EX" },
	{ 36, "F_OFD_GETLK" }, { 37, "F_OFD_SETLK" }, { 38, "F_OFD_SETLKW" },
	{ 1024, "F_SETLEASE" }, { 1025, "F_GETLEASE" }, { 1026, "F_NOTIFY" },
	{ 1030, "F_DUPFD_CLOEXEC" }, { 1031, "F_SETPIPE_SZ" },
	{ 1032, "F_GETPIPE_SZ" }, { 1033, "F_ADD_SEALS" },
	{ 1034, "F_GET_SEALS" },
};
static const struct flag_name flock_names[] = {
	{ 1, "LOCK_SH" }, { 2, "LOCK_EX" }, { 4, "LOCK_NB" }, { 8, "LOCK_UN" },
};
static const struct flag_name ioctl_names[] = {
	{ 0x5401, "TCGETS" }, { 0x5402, "TCSETS" }, { 0x5403, "TCSETSW" },
	{ 0x5404, "TCSETSF" }, { 0x5409, "TCSBRK" }, { 0x540a, "TCXONC" },
	{ 0x540b, "TCFLSH" }, { 0x540e, "TIOCSCTTY" }, { 0x540f, "TIOCGPGRP" },
	{ 0x5410, "TIOCSPGRP" }, { 0x5411, "TIOCOUTQ" },
	{ 0x5413, "TIOCGWINSZ" }, { 0x5414, "TIOCSWINSZ" },
	{ 0x541b, "FIONREAD" }, { 0x5420, "TIOCPKT" }, { 0x5421, "FIONBIO" },
	{ 0x5422, "TIOCNOTTY" }, { 0x5429, "TIOCGSID" },
	{ 0x5450, "FIONCLEX" }, { 0x5451, "FIOCLEX" }, { 0x5452, "FIOASYNC" },
	{ 0x80045430, "TIOCGPTN" }, { 0x40045431, "TIOCSPTLCK" },
	{ 0x5441, "TIOCGPTPEER" }, { 0x8910, "SIOCGIFNAME" },
	{ 0x8912, "SIOCGIFCONF" }, { 0x8913, "SIOCGIFFLAGS" },
	{ 0x8914, "SIOCSIFFLAGS" }, { 0x8915, "SIOCGIFADDR" },
	{ 0x891b, "SIOCGIFNETMASK" }, { 0x8921, "SIOCGIFMTU" },
	{ 0x8927, "SIOCGIFHWADDR" }, { 0x8933, "SIOCGIFINDEX" },
	{ 0x80081272, "BLKGETSIZE64" },
};
static const struct flag_name resource_names[] = {
	{ 0, "RLIMIT_CPU" }, { 1, "RLIMIT_FSIZE" }, { 2, "RLIMIT_DATA" },
	{ 3, "RLIMIT_STACK" }, { 4, "RLIMIT_CORE" }, { 5, "RLIMIT_RSS" },
	{ 6, "RLIMIT_NPROC" }, { 7, "RLIMIT_NOFILE" }, { 8, "RLIMIT_MEMLOCK" },
	{ 9, "RLIMIT_AS" }, { 10, "RLIMIT_LOCKS" },
	{ 11, "RLIMIT_SIGPENDING" }, { 12, "RLIMIT_MSGQUEUE" },
	{ 13, "RLIMIT_NICE" }, { 14, "RLIMIT_RTPRIO" }, { 15, "RLIMIT_RTTIME" },
};
static const struct flag_name random_names[] = {
	{ 1, "GRND_NONBLOCK" }, { 2, "GRND_RANDOM" }, { 4, "GRND_INSECURE" },
};
static const struct flag_name advice_names[] = {
	{ 0, "MADV_NORMAL" }, { 1, "MADV_RANDOM" }, { 2, "MADV_SEQUENTIAL" },
	{ 3, "MADV_WILLNEED" }, { 4, "MADV_DONTNEED" }, { 8, "MADV_FREE" },
	{ 14, "MADV_HUGEPAGE" }, { 15, "MADV_NOHUGEPAGE" },
	{ 16, "MADV_DONTDUMP" },
};
static const struct flag_name remap_names[] = {
	{ 1, "MREMAP_MAYMOVE" }, { 2, "MREMAP_FIXED" },
	{ 4, "MREMAP_DONTUNMAP" },
};
static const struct flag_name mount_names[] = {
	{ 1, "MS_RDONLY" }, { 2, "MS_NOSUID" }, { 4, "MS_NODEV" },
	{ 8, "MS_NOEXEC" }, { 16, "MS_SYNCHRONOUS" }, { 32, "MS_REMOUNT" },
	{ 1024, "MS_NOATIME" }, { 4096, "MS_BIND" }, { 8192, "MS_MOVE" },
	{ 16384, "MS_REC" }, { 32768, "MS_SILENT" },
	{ 1 << 18, "MS_PRIVATE" }, { 1 << 19, "MS_SLAVE" },
	{ 1 << 20, "MS_SHARED" }, { 1 << 21, "MS_RELATIME" },
};
static const struct flag_name arch_names[] = {
	{ 0x1001, "ARCH_SET_GS" }, { 0x1002, "ARCH_SET_FS" },
	{ 0x1003, "ARCH_GET_FS" }, { 0x1004, "ARCH_GET_GS" },
	{ 0x3001, "ARCH_CET_STATUS" },
};
static const struct flag_name prctl_names[] = {
	{ 1, "PR_SET_PDEATHSIG" }, { 3, "PR_GET_DUMPABLE" },
	{ 4, "PR_SET_DUMPABLE" }, { 8, "PR_SET_KEEPCAPS" },
	{ 15, "PR_SET_NAME" }, { 16, "PR_GET_NAME" }, { 22, "PR_SET_SECCOMP" },
	{ 23, "PR_CAPBSET_READ" }, { 24, "PR_CAPBSET_DROP" },
	{ 29, "PR_SET_TIMERSLACK" }, { 36, "PR_SET_CHILD_SUBREAPER" },
	{ 38, "PR_SET_NO_NEW_PRIVS" }, { 47, "PR_CAP_AMBIENT" },
};
static const struct flag_name pipe_names[] = {
	{ 04000, "O_NONBLOCK" }, { 040000, "O_DIRECT" },
	{ 02000000, "O_CLOEXEC" },
};
static const struct flag_name range_names[] = {
	{ 2, "CLOSE_RANGE_UNSHARE" }, { 4, "CLOSE_RANGE_CLOEXEC" },
};
static const struct flag_name memfd_names[] = {
	{ 1, "MFD_CLOEXEC" }, { 2, "MFD_ALLOW_SEALING" }, { 4, "MFD_HUGETLB" },
};
static const struct flag_name fd_flag_names[] = { { 1, "FD_CLOEXEC" } };
static const struct flag_name socket_option_names[] = {
	{ 1, "SO_DEBUG" }, { 2, "SO_REUSEADDR" }, { 3, "SO_TYPE" },
	{ 4, "SO_ERROR" }, { 5, "SO_DONTROUTE" }, { 6, "SO_BROADCAST" },
	{ 7, "SO_SNDBUF" }, { 8, "SO_RCVBUF" }, { 9, "SO_KEEPALIVE" },
	{ 10, "SO_OOBINLINE" }, { 12, "SO_PRIORITY" }, { 13, "SO_LINGER" },
	{ 15, "SO_REUSEPORT" }, { 16, "SO_PASSCRED" }, { 17, "SO_PEERCRED" },
	{ 18, "SO_RCVLOWAT" }, { 19, "SO_SNDLOWAT" },
	{ 20, "SO_RCVTIMEO_OLD" }, { 21, "SO_SNDTIMEO_OLD" },
	{ 25, "SO_BINDTODEVICE" }, { 26, "SO_ATTACH_FILTER" },
	{ 29, "SO_TIMESTAMP_OLD" }, { 30, "SO_ACCEPTCONN" },
	{ 32, "SO_SNDBUFFORCE" }, { 33, "SO_RCVBUFFORCE" },
	{ 36, "SO_MARK" }, { 38, "SO_PROTOCOL" }, { 39, "SO_DOMAIN" },
};
static const struct flag_name tcp_option_names[] = {
	{ 1, "TCP_NODELAY" }, { 2, "TCP_MAXSEG" }, { 3, "TCP_CORK" },
	{ 4, "TCP_KEEPIDLE" }, { 5, "TCP_KEEPINTVL" }, { 6, "TCP_KEEPCNT" },
	{ 7, "TCP_SYNCNT" }, { 8, "TCP_LINGER2" }, { 9, "TCP_DEFER_ACCEPT" },
	{ 10, "TCP_WINDOW_CLAMP" }, { 11, "TCP_INFO" }, { 12, "TCP_QUICKACK" },
	{ 13, "TCP_CONGESTION" }, { 18, "TCP_USER_TIMEOUT" },
	{ 23, "TCP_FASTOPEN" },
};
static const struct flag_name ip_option_names[] = {
	{ 1, "IP_TOS" }, { 2, "IP_TTL" }, { 3, "IP_HDRINCL" },
	{ 7, "IP_RETOPTS" }, { 8, "IP_PKTINFO" }, { 10, "IP_MTU_DISCOVER" },
	{ 11, "IP_RECVERR" }, { 12, "IP_RECVTTL" }, { 14, "IP_MTU" },
	{ 32, "IP_MULTICAST_IF" }, { 33, "IP_MULTICAST_TTL" },
	{ 34, "IP_MULTICAST_LOOP" }, { 35, "IP_ADD_MEMBERSHIP" },
};
static const struct flag_name ip6_option_names[] = {
	{ 16, "IPV6_UNICAST_HOPS" }, { 26, "IPV6_V6ONLY" },
	{ 49, "IPV6_RECVPKTINFO" }, { 50, "IPV6_PKTINFO" },
	{ 67, "IPV6_TCLASS" },
};

#define BITS(names) { names, ARRAY_LEN(names), 0, NULL }
#define NUMBER(names) { names, ARRAY_LEN(names), ~0ull, NULL }
#define MIXED(names, mask) { names, ARRAY_LEN(names), mask, NULL }

static const struct {
	const char *call, *argument;
	struct flag_set set;
} sets[] = {
	{ "open", "flags", MIXED(open_names, 3) },
	{ "openat", "flags", MIXED(open_names, 3) },
	{ "mmap", "flags", MIXED(map_names, 15) },
	{ "*", "prot", { prot_names, ARRAY_LEN(prot_names), 0, "PROT_NONE" } },
	{ "mremap", "flags", BITS(remap_names) },
	{ "*", "advice", NUMBER(advice_names) },
	{ "*", "amode", { access_names, ARRAY_LEN(access_names), 0, "F_OK" } },
	{ "unlinkat", "flags", BITS(unlink_names) },
	{ "faccessat2", "flags", BITS(access_at_names) },
	{ "newfstatat", "flags", BITS(at_names) },
	{ "statx", "flags", { at_names, ARRAY_LEN(at_names), 0,
			      "AT_STATX_SYNC_AS_STAT" } },
	{ "linkat", "flags", BITS(at_names) },
	{ "fchownat", "flags", BITS(at_names) },
	{ "utimensat", "flags", BITS(at_names) },
	{ "execveat", "flags", BITS(at_names) },
	{ "*", "whence", NUMBER(whence_names) },
	{ "clone", "flags", MIXED(clone_names, 0xff) },
	{ "unshare", "flags", BITS(clone_names) },
	{ "rt_sigprocmask", "how", NUMBER(how_names) },
	{ "shutdown", "how", NUMBER(shut_names) },
	{ "*", "family", NUMBER(family_names) },
	{ "socket", "type", MIXED(socket_type_names, 15) },
	{ "socketpair", "type", MIXED(socket_type_names, 15) },
	{ "accept4", "flags", BITS(socket_flag_names) },
	{ "sendto", "flags", BITS(message_names) },
	{ "recvfrom", "flags", BITS(message_names) },
	{ "sendmsg", "flags", BITS(message_names) },
	{ "recvmsg", "flags", BITS(message_names) },
	{ "sendmmsg", "flags", BITS(message_names) },
	{ "recvmmsg", "flags", BITS(message_names) },
	{ "*", "level", NUMBER(level_names) },
	{ "*", "epoll_op", NUMBER(epoll_op_names) },
	{ "epoll_create1", "flags", BITS(epoll_create_names) },
	{ "eventfd2", "flags", BITS(eventfd_names) },
	{ "timerfd_create", "flags", BITS(timerfd_names) },
	{ "timerfd_settime", "flags", BITS(timer_set_names) },
	{ "clock_nanosleep", "flags", BITS(clock_flag_names) },
	{ "*", "clockid", NUMBER(clock_names) },
	{ "*", "futex_op", MIXED(futex_names, 127) },
	{ "wait4", "options", BITS(wait_names) },
	{ "waitid", "options", BITS(wait_names) },
	{ "*", "idtype", NUMBER(idtype_names) },
	{ "fcntl", "cmd", NUMBER(fcntl_names) },
	{ "flock", "operation", BITS(flock_names) },
	{ "ioctl", "cmd", NUMBER(ioctl_names) },
	{ "*", "resource", NUMBER(resource_names) },
	{ "getrandom", "flags", BITS(random_names) },
	{ "mount", "flags", BITS(mount_names) },
	{ "arch_prctl", "option", NUMBER(arch_names) },
	{ "prctl", "option", NUMBER(prctl_names) },
	{ "pipe2", "flags", BITS(pipe_names) },
	{ "dup3", "flags", BITS(pipe_names) },
	{ "signalfd4", "flags", BITS(pipe_names) },
	{ "close_range", "flags", BITS(range_names) },
	{ "memfd_create", "flags", BITS(memfd_names) },
};

static const char *const signal_names[] = {
	"0", "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT",
	"SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1", "SIGSEGV", "SIGUSR2",
	"SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT",
	"SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU",
	"SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR",
	"SIGSYS",
};
/* clang-format on */

const struct flag_set *strace_flag_set(const char *call, const char *argument)
{
	for (size_t i = 0; i < ARRAY_LEN(sets); i++)
		if (string_equal(sets[i].argument, argument) &&
		    (sets[i].call[0] == '*' ||
		     string_equal(sets[i].call, call)))
			return &sets[i].set;
	return NULL;
}

const struct flag_set *strace_fcntl_set(unsigned command)
{
	static const struct flag_set status = MIXED(open_names, 3);
	static const struct flag_set descriptor = BITS(fd_flag_names);

	if (command == 4)
		return &status;
	return command == 2 ? &descriptor : NULL;
}

const struct flag_set *strace_option_set(int level)
{
	static const struct flag_set of_socket = NUMBER(socket_option_names);
	static const struct flag_set of_tcp = NUMBER(tcp_option_names);
	static const struct flag_set of_ip = NUMBER(ip_option_names);
	static const struct flag_set of_ip6 = NUMBER(ip6_option_names);

	switch (level) {
	case 0:
		return &of_ip;
	case 1:
		return &of_socket;
	case 6:
		return &of_tcp;
	case 41:
		return &of_ip6;
	default:
		return NULL;
	}
}

const struct flag_set *strace_protocol_set(int family)
{
	static const struct flag_set internet = NUMBER(protocol_names);
	static const struct flag_set netlink = NUMBER(netlink_names);

	if (family == 2 || family == 10)
		return &internet;
	return family == 16 ? &netlink : NULL;
}

static void bar(struct text *text, bool *some)
{
	if (*some)
		text_char(text, '|');
	*some = true;
}

void strace_flags(struct text *text, const struct flag_set *set, uint64_t value)
{
	uint64_t number = value & set->mask, bits = value & ~set->mask;
	bool some = false;

	value = (uint32_t)value == value ? value : (uint32_t)value;
	if (!value && set->zero) {
		text_str(text, set->zero);
		return;
	}
	for (size_t i = 0; i < set->count && set->mask; i++)
		if (set->names[i].value == number) {
			bar(text, &some);
			text_str(text, set->names[i].name);
			number = 0;
			break;
		}
	for (size_t i = 0; i < set->count; i++) {
		uint64_t bit = set->names[i].value;

		if (!bit || bit & set->mask || (bits & bit) != bit)
			continue;
		bar(text, &some);
		text_str(text, set->names[i].name);
		bits &= ~bit;
	}
	bits = (uint32_t)(bits | number);
	if (bits || !some) {
		bar(text, &some);
		text_add(text, bits ? "0x%llx" : "%llu",
			 (unsigned long long)bits);
	}
}

void strace_mode(struct text *text, uint32_t mode)
{
	static const struct flag_name types[] = {
		{ 0140000, "S_IFSOCK" }, { 0120000, "S_IFLNK" },
		{ 0100000, "S_IFREG" },	 { 0060000, "S_IFBLK" },
		{ 0040000, "S_IFDIR" },	 { 0020000, "S_IFCHR" },
		{ 0010000, "S_IFIFO" },
	};

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if ((mode & 0170000) == types[i].value)
			text_add(text, "%s|", types[i].name);
	text_add(text, "%#03o", mode & 07777);
}

void strace_signal(struct text *text, int number)
{
	if (number >= 0 && (size_t)number < ARRAY_LEN(signal_names))
		text_str(text, signal_names[number]);
	else if (number >= 32 && number <= 64)
		text_add(text, "SIGRT_%d", number - 32);
	else
		text_add(text, "%d", number);
}
