// SPDX-License-Identifier: MIT
/*
 * Many writers and readers at once: small pipe writes stay whole and none is
 * lost, epoll (oneshot and edge) gives every event to somebody, files vanish
 * from epoll sets under their waiters, locks exclude, ptys hang up.
 */
#include "tests/abi/abi.h"

#define WRITERS 3
#define MESSAGES 1000
#define EVENTS 32
#define WRITES 4000

static void write_messages(int fd, char letter)
{
	char text[64];

	memset(text, letter, sizeof text);
	for (int i = 0; i < MESSAGES; i++)
		if (write(fd, text, sizeof text) != sizeof text)
			_exit(1);
	_exit(0);
}

static void read_messages(int fd, int report)
{
	char text[64];
	long count = 0, n;

	while ((n = read(fd, text, sizeof text)) > 0) {
		if (n != sizeof text)
			_exit(2);
		for (int i = 1; i < 64; i++)
			if (text[i] != text[0])
				_exit(3);
		count++;
	}
	write(report, &count, sizeof count);
	_exit(0);
}

static bool children_ended_well(void)
{
	int status, bad = 0;

	while (wait(&status) > 0)
		bad |= status;
	return !bad;
}

static void pipes(void)
{
	int data[2], report[2];
	long count, total = 0;

	MUST(pipe(data));
	MUST(pipe(report));
	for (int i = 0; i < WRITERS; i++) {
		if (MUST(fork()) == 0) {
			close(data[0]);
			write_messages(data[1], (char)('a' + i));
		}
		if (MUST(fork()) == 0) {
			close(data[1]);
			read_messages(data[0], report[1]);
		}
	}
	close(data[0]);
	close(data[1]);
	close(report[1]);
	while (read(report[0], &count, sizeof count) == sizeof count)
		total += count;
	say("messages: %ld", total);
	OK(children_ended_well());
}

static int set, events[EVENTS];
static bool oneshot, stop;
static long taken;

static void *take_events(void *arg)
{
	struct epoll_event e[4];

	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
		int n = epoll_wait(set, e, 4, 20);

		for (int i = 0; i < n; i++) {
			int fd = events[e[i].data.u32];
			uint64_t value;

			if (read(fd, &value, 8) == 8)
				__atomic_fetch_add(&taken, (long)value,
						   __ATOMIC_SEQ_CST);
			e[i].events = EPOLLIN | EPOLLONESHOT;
			if (oneshot)
				epoll_ctl(set, EPOLL_CTL_MOD, fd, &e[i]);
		}
	}
	return NULL;
}

static void *give_events(void *arg)
{
	unsigned seed = (unsigned)(uintptr_t)arg;
	uint64_t one = 1;

	for (int i = 0; i < WRITES; i++)
		write(events[rand_r(&seed) % EVENTS], &one, 8);
	return NULL;
}

static void epolls(bool once)
{
	pthread_t threads[6];

	oneshot = once;
	stop = false;
	taken = 0;
	set = (int)MUST(epoll_create1(0));
	for (unsigned i = 0; i < EVENTS; i++) {
		struct epoll_event e = { EPOLLIN, { .u32 = i } };

		e.events |= once ? EPOLLONESHOT : EPOLLET;
		events[i] = (int)MUST(eventfd(0, EFD_NONBLOCK));
		MUST(epoll_ctl(set, EPOLL_CTL_ADD, events[i], &e));
	}
	for (uintptr_t i = 0; i < 6; i++)
		pthread_create(&threads[i], NULL,
			       i < 3 ? take_events : give_events, (void *)i);
	for (int i = 3; i < 6; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < 500 && taken < 3 * WRITES; i++)
		sleep_ms(10);
	__atomic_store_n(&stop, true, __ATOMIC_RELEASE);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	say("%s events: %ld", once ? "oneshot" : "edge", taken);
	for (int i = 0; i < EVENTS; i++)
		close(events[i]);
	close(set);
}

static void *come_and_go(void *arg)
{
	for (int i = 0; i < 500; i++) {
		struct epoll_event e = { .events = EPOLLIN };
		int fd = eventfd(1, 0);

		epoll_ctl(set, EPOLL_CTL_ADD, fd, &e);
		close(fd);
	}
	return NULL;
}

static void *wait_for_any(void *arg)
{
	struct epoll_event e[4];

	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE))
		epoll_wait(set, e, 4, 1);
	return NULL;
}

static void vanishing_files(void)
{
	struct epoll_event e;
	pthread_t threads[5];

	stop = false;
	set = (int)MUST(epoll_create1(0));
	for (int i = 0; i < 5; i++)
		pthread_create(&threads[i], NULL,
			       i < 2 ? wait_for_any : come_and_go, NULL);
	for (int i = 2; i < 5; i++)
		pthread_join(threads[i], NULL);
	__atomic_store_n(&stop, true, __ATOMIC_RELEASE);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	SHOW(epoll_wait(set, &e, 1, 0));
}

static void count_under_lock(bool record)
{
	struct flock lock = { .l_whence = SEEK_SET, .l_len = 8 };
	int fd = (int)MUST(open("count", O_RDWR));

	for (int i = 0; i < 100; i++) {
		long value = 0;

		lock.l_type = F_WRLCK;
		if (record ? fcntl(fd, F_SETLKW, &lock) : flock(fd, LOCK_EX))
			_exit(1);
		pread(fd, &value, sizeof value, 0);
		if (i % 7 == 0)
			sched_yield();
		value++;
		pwrite(fd, &value, sizeof value, 0);
		lock.l_type = F_UNLCK;
		if (record)
			fcntl(fd, F_SETLK, &lock);
		else
			flock(fd, LOCK_UN);
	}
	_exit(0);
}

static void locks(bool record)
{
	long value = 0;
	int fd;

	fd = (int)MUST(open("count", O_RDWR | O_CREAT | O_TRUNC, 0644));
	for (int i = 0; i < 5; i++)
		if (MUST(fork()) == 0)
			count_under_lock(record);
	OK(children_ended_well());
	pread(fd, &value, sizeof value, 0);
	say("%s locks: %ld", record ? "record" : "file", value);
	close(fd);
}

static void hang_up_ptys(void)
{
	for (int i = 0; i < 10; i++) {
		int master, status;
		char c;
		pid_t pid = (pid_t)MUST(forkpty(&master, NULL, NULL, NULL));

		if (pid == 0) {
			write(1, "r", 1);
			for (;;)
				pause();
		}
		if (read(master, &c, 1) != 1)
			_exit(1);
		close(master);
		waitpid(pid, &status, 0);
		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGHUP)
			_exit(2);
	}
	_exit(0);
}

int main(void)
{
	scratch();
	pipes();
	epolls(true);
	epolls(false);
	vanishing_files();
	locks(false);
	locks(true);
	for (int i = 0; i < 3; i++)
		if (MUST(fork()) == 0)
			hang_up_ptys();
	OK(children_ended_well());
	return 0;
}
