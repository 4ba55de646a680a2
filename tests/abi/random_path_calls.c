// SPDX-License-Identifier: MIT
/*
 * Thousands of calls on paths, chosen by a seeded generator: names with links,
 * dots, slashes and 256 letters; files, directories, FIFOs; open descriptors
 * that outlive their names. Each seed's results are summed up in one number,
 * which must be Linux's. RANDOM_PATH_CALLS=SEED in the environment prints that
 * seed's calls instead.
 */
#include "tests/abi/abi.h"
#include <sys/mount.h>

#define SEEDS 40
#define CALLS 800
#define FDS 4

static uint64_t state, sum;
static bool verbose;
static int fds[FDS];

static unsigned pick(unsigned n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(state >> 33) % n;
}

static void note(const char *fmt, ...)
{
	char line[8192];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof line, fmt, args);
	va_end(args);
	for (char *c = line; *c; c++)
		sum = (sum ^ (uint8_t)*c) * 0x100000001b3u;
	if (verbose)
		say("%.900s", line);
}

static const char *result(long r)
{
	static char text[2][32];
	static int turn;
	char *to = text[turn++ % 2];

	snprintf(to, 32, "%s", r < 0 ? strerrorname_np(errno) : "");
	if (r >= 0)
		snprintf(to, 32, "%ld", r);
	return to;
}

static char *add_directory(char *at)
{
	switch (pick(12)) {
	case 0:
		return at + sprintf(at, "./");
	case 1:
		return at + sprintf(at, "../");
	case 2:
		return at + sprintf(at, "l%u/", pick(3));
	case 3:
		return at + sprintf(at, "f%u/", pick(3));
	default:
		return at + sprintf(at, "d%u/", pick(3));
	}
}

static char *add_last(char *at)
{
	unsigned kind = pick(14);

	if (kind == 0)
		return at + sprintf(at, ".");
	if (kind == 1)
		return at + sprintf(at, "..");
	if (kind == 2) {
		unsigned n = pick(2) ? 255 : 256;

		memset(at, 'x', n);
		at[n] = 0;
		return at + n;
	}
	return at + sprintf(at, "%c%u", "dddllfffffff"[kind - 3], pick(3));
}

static const char *name(void)
{
	static char buffers[4][400];
	static int turn;
	char *buffer = buffers[turn++ % 4], *at = buffer;

	*at = 0;
	if (!pick(30))
		return buffer;
	if (!pick(40))
		at += sprintf(at, "/");
	for (unsigned n = pick(4); n; n--)
		at = add_directory(at);
	at = add_last(at);
	if (!pick(8))
		sprintf(at, "/");
	return buffer;
}

/* Directories' sizes and links are the file system's own affair. */
static void note_stat(const char *what, long r, const struct stat *st)
{
	bool dir = !r && S_ISDIR(st->st_mode);

	if (r)
		note("%s = %s", what, result(r));
	else
		note("%s = 0 %o %d %d %d %d", what, st->st_mode,
		     dir ? 0 : (int)st->st_nlink, (int)st->st_uid,
		     (int)st->st_gid, dir ? 0 : (int)st->st_size);
}

static void do_open(const char *a)
{
	static const int accesses[] = { O_RDONLY, O_WRONLY, O_RDWR };
	int flags = accesses[pick(3)] | O_NONBLOCK;
	unsigned mode = pick(01000), slot = pick(FDS);
	int fd;

	flags |= pick(2) ? O_CREAT : 0;
	flags |= pick(5) ? 0 : O_EXCL;
	flags |= pick(4) ? 0 : O_TRUNC;
	flags |= pick(6) || flags & O_CREAT ? 0 : O_DIRECTORY;
	flags |= pick(6) ? 0 : O_NOFOLLOW;
	flags |= pick(8) ? 0 : O_APPEND;
	flags |= pick(12) ? 0 : O_PATH;
	fd = open(a, flags, mode);
	note("open %s %o %o = %s", a, flags, mode, result(fd < 0 ? fd : 0));
	if (fd < 0)
		return;
	if (fds[slot] >= 0)
		close(fds[slot]);
	fds[slot] = fd;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void do_list(const char *a)
{
	char *names[200], line[8000], *at = line;
	DIR *dir = opendir(a);
	struct dirent *entry;
	size_t n = 0;

	note("list %s = %s", a, result(dir ? 0 : -1));
	if (!dir)
		return;
	while (n < LEN(names) && (entry = readdir(dir)))
		if (asprintf(&names[n++], "%.40s:%d", entry->d_name,
			     entry->d_type) < 0)
			_exit(97);
	qsort(names, n, sizeof *names, by_text);
	for (size_t i = 0; i < n; i++) {
		at += sprintf(at, " %.45s", names[i]);
		free(names[i]);
	}
	note("%s", line);
	closedir(dir);
}

static void do_chdir(const char *a)
{
	char path[PATH_MAX];
	long r = chdir(a);

	note("chdir %s = %s", a, result(r));
	note("cwd %s",
	     getcwd(path, sizeof path) ? path : strerrorname_np(errno));
	if (!pick(3))
		note("back = %s", result(chdir("/t")));
}

static void do_mknod(const char *a)
{
	static const mode_t modes[] = { S_IFIFO | 0644, S_IFREG | 0600,
					S_IFSOCK | 0600, S_IFCHR | 0666 };
	unsigned kind = pick(4);

	note("mknod %s %u = %s", a, kind,
	     result(mknod(a, modes[kind], kind == 3 ? 0x103 : 0)));
}

static void do_rw(bool writes)
{
	char buffer[4096];
	unsigned slot = pick(FDS), hash = 0;
	size_t n = pick(sizeof buffer);
	off_t at = pick(10000);
	bool here = pick(2);
	long r;

	memset(buffer, 'a' + (int)pick(26), sizeof buffer);
	if (writes)
		r = here ? write(fds[slot], buffer, n) :
			   pwrite(fds[slot], buffer, n, at);
	else
		r = here ? read(fds[slot], buffer, n) :
			   pread(fds[slot], buffer, n, at);
	for (long i = 0; i < r; i++)
		hash = hash * 31 + (uint8_t)buffer[i];
	note("%s %u = %s %u", writes ? "write" : "read", slot, result(r), hash);
}

static void do_at(void)
{
	const char *a = pick(2) ? "f0" : "d0/f1";
	int fd = fds[pick(FDS)];
	struct stat st = { 0 };
	unsigned call = pick(5);
	long r;

	switch (call) {
	case 0:
		r = openat(fd, a, O_RDONLY | O_NONBLOCK);
		if (r >= 0)
			r = close((int)r);
		break;
	case 1:
		r = mkdirat(fd, a, 0755);
		break;
	case 2:
		r = unlinkat(fd, a, pick(2) ? AT_REMOVEDIR : 0);
		break;
	case 3:
		r = fstatat(fd, pick(2) ? "" : a, &st, AT_EMPTY_PATH);
		break;
	default:
		r = renameat(fd, a, fds[pick(FDS)], "f2");
	}
	note("at %u = %s", call, result(r));
}

static void do_fd_name(void)
{
	char link[64], path[PATH_MAX] = "";
	unsigned slot = pick(FDS);

	if (fds[slot] < 0)
		return;
	snprintf(link, sizeof link, "/proc/self/fd/%d", fds[slot]);
	if (readlink(link, path, sizeof path - 1) < 0)
		strcpy(path, strerrorname_np(errno));
	note("fd %u is %s", slot, path);
}

static void do_two_names(unsigned call, const char *a, const char *b)
{
	static const char *const calls[] = { "rename", "renameat2", "link",
					     "linkat", "symlink" };
	unsigned flags = pick(4);
	long r;

	switch (call) {
	case 0:
		r = rename(a, b);
		break;
	case 1:
		r = renameat2(AT_FDCWD, a, AT_FDCWD, b, flags);
		break;
	case 2:
		r = link(a, b);
		break;
	case 3:
		r = linkat(AT_FDCWD, a, AT_FDCWD, b,
			   flags & 1 ? AT_SYMLINK_FOLLOW : 0);
		break;
	default:
		r = symlink(a, b);
	}
	note("%s %s %s %u = %s", calls[call], a, b, flags, result(r));
}

static void do_attributes(unsigned call, const char *a)
{
	int uid = (int)pick(3) * 500 - 1, gid = (int)pick(3) * 500 - 1;
	unsigned mode = pick(010000);

	if (call == 0)
		note("chmod %s %o = %s", a, mode, result(chmod(a, mode)));
	else if (call == 1)
		note("chown %s %d %d = %s", a, uid, gid,
		     result(fchownat(AT_FDCWD, a, (uid_t)uid, (gid_t)gid,
				     mode & 1 ? AT_SYMLINK_NOFOLLOW : 0)));
	else if (call == 2)
		note("truncate %s = %s", a, result(truncate(a, mode)));
	else
		note("access %s = %s", a, result(access(a, mode & 7)));
}

static void step(void)
{
	const char *a = name(), *b = name();
	char text[PATH_MAX] = "";
	struct stat st = { 0 };
	unsigned call = pick(32), slot = pick(FDS);

	switch (call) {
	case 0 ... 3:
		return do_open(a);
	case 4 ... 5:
		return note("mkdir %s = %s", a, result(mkdir(a, 0755)));
	case 6 ... 7:
		return note("rmdir %s = %s", a, result(rmdir(a)));
	case 8 ... 9:
		return note("unlink %s = %s", a, result(unlink(a)));
	case 10 ... 15:
		return do_two_names(pick(5), a, b);
	case 16:
		return note("readlink %s = %s %s", a,
			    result(readlink(a, text, pick(2) ? 4000 : 3)),
			    text);
	case 17 ... 18:
		return note_stat(a, stat(a, &st), &st);
	case 19:
		return note_stat(a, lstat(a, &st), &st);
	case 20 ... 21:
		return do_attributes(pick(4), a);
	case 22:
		return do_mknod(a);
	case 23:
		return do_chdir(a);
	case 24:
		return do_list(a);
	case 25 ... 26:
		return do_rw(true);
	case 27:
		return do_rw(false);
	case 28:
		return note_stat("fd", fstat(fds[slot], &st), &st);
	case 29:
		return do_at();
	case 30:
		return do_fd_name();
	default:
		return note("ftruncate = %s",
			    result(ftruncate(fds[slot], pick(9000))));
	}
}

static void run_seed(int seed)
{
	MUST(mount("none", "root", "tmpfs", 0, "mode=0755"));
	mkdir("root/t", 0777);
	mkdir("root/proc", 0755);
	MUST(mount("/proc", "root/proc", NULL, MS_BIND, NULL));
	MUST(chroot("root"));
	MUST(chdir("/t"));
	memset(fds, -1, sizeof fds);
	state = (uint64_t)seed * 1000003;
	sum = 0xcbf29ce484222325u;
	for (int i = 0; i < CALLS; i++)
		step();
	if (!verbose)
		say("seed %d: %016lx", seed, sum);
	_exit(0);
}

int main(void)
{
	const char *only = getenv("RANDOM_PATH_CALLS");

	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) {
		say("no right to mount");
		return 77;
	}
	scratch();
	umask(027);
	mkdir("root", 0755);
	verbose = only;
	for (int seed = 1; seed <= SEEDS; seed++) {
		pid_t pid;

		if (only && atoi(only) != seed)
			continue;
		pid = (pid_t)MUST(fork());
		if (!pid)
			run_seed(seed);
		int status = reap(pid);
		if (status)
			say("seed %d: %s", seed, status_text(status));
		MUST(umount2("root", MNT_DETACH));
	}
	return 0;
}
