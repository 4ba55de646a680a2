// SPDX-License-Identifier: MIT
/*
 * netsim: runs seeds, and says which fail.
 *
 * Seeds are dealt to workers, each a process of its own: a seed that crashes or
 * hangs takes no other with it. For each failing seed it prints what did not
 * hold and the command that runs it alone, and lets it run once more with its
 * captures written. docs/simulation.md tells the rest.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tools/netsim/flow.h"
#include "tools/netsim/sim.h"

#define WORKERS 64
#define FAILURES 10 /* then it is enough */
#define SECONDS 60 /* of real time for one seed */

static const char *const kinds[SABOTAGE_KINDS] = {
	"none", "forge", "silence", "reset", "repeat", "leak", "overrun"
};

/* What the workers tell, in shared memory. */
struct told {
	volatile unsigned long seed, done, frames, sabotaged, flows, doomed;
	char failure[400];
};

static struct {
	unsigned long first, last;
	int jobs;
	bool verbose, twice;
	enum sabotage sabotage;
	const char *capture, *record, *out, *self;
	struct told *told;
	pid_t pids[WORKERS];
	int failed;
} o = { .first = 1, .last = 100, .jobs = 2 };

static struct sim *new_sim(void)
{
	struct sim *sim = calloc(1, sizeof *sim);

	sim->sabotage = o.sabotage;
	sim->verbose = o.verbose;
	sim->capture = o.capture;
	sim->record = o.record;
	return sim;
}

/* The same seed gives the same frames at the same times. */
static int run_again(struct sim *first, unsigned long seed)
{
	struct sim *sim = new_sim();
	int status = sim_run(sim, seed);

	if (!status && sim->hash != first->hash) {
		snprintf(first->failure, sizeof first->failure,
			 "the second run is another one");
		status = 1;
	}
	free(sim);
	return status;
}

static void tell_flows(struct sim *sim)
{
	for (int i = 0; i < sim->flow_count; i++)
		flow_describe(sim->flows[i]);
	fflush(stdout);
}

static void work(struct told *told, unsigned long from)
{
	for (unsigned long seed = from; seed <= o.last;
	     seed += (unsigned long)o.jobs) {
		struct sim *sim = new_sim();

		told->seed = seed;
		alarm(SECONDS);
		if (sim_run(sim, seed) || (o.twice && run_again(sim, seed))) {
			memcpy(told->failure, sim->failure,
			       sizeof told->failure);
			if (o.verbose)
				tell_flows(sim);
			_exit(1);
		}
		told->done++;
		told->frames += sim->frames;
		told->flows += (unsigned long)sim->flow_count;
		told->doomed += sim->doomed;
		told->sabotaged += sim->sabotaged;
		free(sim);
	}
	fflush(stdout);
	_exit(0);
}

static void start(int n, unsigned long from)
{
	fflush(stdout);
	o.pids[n] = fork();
	if (o.pids[n] == 0)
		work(&o.told[n], from);
}

/* Once more, with captures. */
static void capture_again(unsigned long seed)
{
	char prefix[256], seeds[48];
	pid_t pid;

	if (o.capture || !o.out)
		return;
	mkdir(o.out, 0777);
	snprintf(prefix, sizeof prefix, "%s/seed-%lu", o.out, seed);
	snprintf(seeds, sizeof seeds, "%lu", seed);
	printf("  its captures: %s.host*.pcapng\n", prefix);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		execl(o.self, o.self, "--seed", seeds, "--verbose", "--capture",
		      prefix, "--sabotage", kinds[o.sabotage], NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

static void failed(int n, int status)
{
	struct told *told = &o.told[n];

	o.failed++;
	if (WIFSIGNALED(status))
		snprintf(told->failure, sizeof told->failure,
			 WTERMSIG(status) == SIGALRM ? "no end within %d s" :
						       "ended by signal %d",
			 WTERMSIG(status) == SIGALRM ? SECONDS :
						       WTERMSIG(status));
	else if (!told->failure[0])
		snprintf(told->failure, sizeof told->failure,
			 "ended with status %d", WEXITSTATUS(status));
	printf("FAILED seed %lu: %s\n", told->seed, told->failure);
	if (!o.capture) {
		printf("  again: %s --seed %lu --verbose --capture seed\n",
		       o.self, told->seed);
		capture_again(told->seed);
	}
	told->failure[0] = 0;
}

static void run_all(void)
{
	int alive = o.jobs, status;
	pid_t pid;

	for (int i = 0; i < o.jobs; i++)
		start(i, o.first + (unsigned long)i);
	while (alive && (pid = wait(&status)) > 0) {
		int n = 0;

		while (n < o.jobs && o.pids[n] != pid)
			n++;
		if (n == o.jobs)
			continue;
		if (status)
			failed(n, status);
		if (status && o.failed < FAILURES &&
		    o.told[n].seed + (unsigned long)o.jobs <= o.last)
			start(n, o.told[n].seed + (unsigned long)o.jobs);
		else
			alive--;
	}
}

static int usage(void)
{
	fprintf(stderr,
		"usage: netsim [--seeds A-B | --seed N] [--jobs N] [--out DIR]\n"
		"              [--capture PREFIX] [--record PREFIX] [--verbose] "
		"[--twice]\n"
		"              [--sabotage forge|silence|reset|repeat|leak|overrun]\n"
		"Runs a simulation for each seed. Failures: their captures go "
		"into DIR.\n");
	return 2;
}

static bool set_sabotage(const char *word)
{
	for (int i = 0; i < SABOTAGE_KINDS; i++) {
		if (!strcmp(word, kinds[i])) {
			o.sabotage = (enum sabotage)i;
			return true;
		}
	}
	return false;
}

static bool read_options(int argc, char **argv)
{
	static const struct option words[] = {
		{ "seeds", 1, 0, 's' },	   { "seed", 1, 0, 'n' },
		{ "jobs", 1, 0, 'j' },	   { "out", 1, 0, 'o' },
		{ "capture", 1, 0, 'c' },  { "verbose", 0, 0, 'v' },
		{ "twice", 0, 0, 't' },	   { "record", 1, 0, 'r' },
		{ "sabotage", 1, 0, 'x' }, { NULL, 0, 0, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", words, NULL)) != -1) {
		if (c == 's' &&
		    sscanf(optarg, "%lu-%lu", &o.first, &o.last) != 2)
			return false;
		if (c == 'n')
			o.first = o.last = strtoul(optarg, NULL, 10);
		if (c == 'j')
			o.jobs = atoi(optarg);
		if (c == 'o')
			o.out = optarg;
		if (c == 'c')
			o.capture = optarg;
		if (c == 'r')
			o.record = optarg;
		if (c == 'v')
			o.verbose = true;
		if (c == 't')
			o.twice = true;
		if (c == 'x' && !set_sabotage(optarg))
			return false;
		if (c == '?')
			return false;
	}
	if (o.first == o.last)
		o.jobs = 1;
	return optind == argc && o.jobs > 0 && o.jobs <= WORKERS;
}

int main(int argc, char **argv)
{
	unsigned long done = 0, frames = 0, sabotaged = 0;
	unsigned long flows = 0, doomed = 0;
	struct timespec a, b;
	double seconds;

	o.self = argv[0];
	if (!read_options(argc, argv))
		return usage();
	clock_gettime(CLOCK_MONOTONIC, &a);
	o.told = mmap(NULL, WORKERS * sizeof *o.told, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	run_all();
	clock_gettime(CLOCK_MONOTONIC, &b);
	for (int i = 0; i < o.jobs; i++) {
		done += o.told[i].done;
		frames += o.told[i].frames;
		flows += o.told[i].flows;
		doomed += o.told[i].doomed;
		sabotaged += o.told[i].sabotaged;
	}
	seconds = (double)(b.tv_sec - a.tv_sec) +
		  (double)(b.tv_nsec - a.tv_nsec) / 1e9;
	printf("%lu seeds held, %d failed: %lu flows (%lu given up), %lu frames "
	       "in %.1f s\n",
	       done, o.failed, flows, doomed, frames, seconds);
	if (o.sabotage && sabotaged)
		printf("%lu seeds were sabotaged and held\n", sabotaged);
	return o.failed ? 1 : 0;
}
