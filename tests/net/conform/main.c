// SPDX-License-Identifier: MIT
/*
 * conform: runs scripts in packetdrill's language against the stack.
 *
 *	conform [--ip_version=V] [--jobs=N] [--verbose] [--quiet] [--complete]
 *		[--longest=SECONDS] [--except=FILE] [--repeat=N] [--results=FILE]
 *		[-D NAME=VALUE] PATH...
 *
 * A path is a script or a directory of topics. Each script runs on IPv4, IPv6
 * and IPv4-mapped addresses unless it or the command line chooses, each run in
 * a process of its own. Status 0: nothing failed; with --complete, nothing was
 * unsupported either. Scripts that take longer, and those that the file names
 * ("TOPIC/NAME.pkt [VERSION]" begins a line), are left out. A run that fails is
 * repeated until one of N passes: for a real clock, where nothing is certain.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/net/conform/conform.h"

#define VERSIONS 3
#define TOPICS 256
#define SECONDS_EACH 60 /* of real time: then it is a failure */

enum outcome { PASSED, FAILED, UNSUPPORTED, LEFT_OUT, OUTCOMES };

struct job {
	const char *path;
	char *topic;
	enum outcome outcome; /* the worst of its versions */
	bool ran;
};

struct worker {
	pid_t pid;
	struct job *job;
	int version;
	int rounds; /* how often it has been run */
};

static struct job *jobs;
static int job_count, runs;
static const char *chosen; /* --ip_version */
static int parallel;
static bool quiet, complete;
static double longest; /* seconds; 0: no bound */
static int repeat = 1;
static char *exceptions; /* the text of --except */
static FILE *results; /* --results: a line for each run */
static char *extra[DEFINITIONS * 2];
static int extra_count;

static const char *const version_names[VERSIONS] = { "ipv4", "ipv6",
						     "ipv4-mapped-ipv6" };

/* ---- Which scripts ---- */

static char *topic_of(const char *path)
{
	char *copy = strdup(path), *slash = strrchr(copy, '/'), *parent;

	if (!slash)
		return strdup(".");
	*slash = 0;
	parent = strrchr(copy, '/');
	return parent ? parent + 1 : copy;
}

static void add_script(const char *path)
{
	jobs = realloc(jobs, sizeof(*jobs) * (size_t)(job_count + 1));
	jobs[job_count++] =
		(struct job){ .path = strdup(path), .topic = topic_of(path) };
}

static bool is_script(const char *name)
{
	size_t n = strlen(name);

	return n > 4 && !strcmp(name + n - 4, ".pkt");
}

static void add_path(const char *path)
{
	struct dirent **entries;
	struct stat stat_result;
	int n;

	if (stat(path, &stat_result) || !S_ISDIR(stat_result.st_mode)) {
		add_script(path);
		return;
	}
	n = scandir(path, &entries, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		char child[1024];
		struct stat child_stat;

		snprintf(child, sizeof(child), "%s/%s", path,
			 entries[i]->d_name);
		if (entries[i]->d_name[0] == '.' || stat(child, &child_stat))
			continue;
		if (S_ISDIR(child_stat.st_mode))
			add_path(child);
		else if (is_script(child))
			add_script(child);
	}
}

/* "TOPIC/NAME.pkt [VERSION]" begins a line of --except? */
static bool excepted(const struct job *job, int version)
{
	const char *name = strrchr(job->path, '/');
	char line[600];
	size_t n;

	n = (size_t)snprintf(line, sizeof(line), "%s%s", job->topic,
			     name ? name : job->path);
	for (const char *at = exceptions; at && *at; at += !!*at) {
		const char *rest = at + n;

		if (!strncmp(at, line, n) && (*rest == ' ' || *rest == '\t')) {
			rest += strspn(rest, " \t");
			if (strncmp(rest, "ipv", 3) ||
			    !strncmp(rest, version_names[version],
				     strcspn(rest, " \t")))
				return true;
		}
		at += strcspn(at, "\n");
	}
	return false;
}

/* ---- Running one ---- */

static void set_extras(struct script *script)
{
	for (int i = 0; i < extra_count; i++)
		parse_option(script, extra[i]);
}

/* "ipv4", "ipv6,ipv4-mapped-ipv6": is this one among them? */
static bool chosen_by(const char *list, int version)
{
	const char *at = list;

	while (at && *at) {
		size_t n = strcspn(at, ",");

		if (n == strlen(version_names[version]) &&
		    !strncmp(at, version_names[version], n))
			return true;
		at += n + (at[n] == ',');
	}
	return !list;
}

static void child(const struct job *job, int version)
{
	struct script *script;

	alarm(SECONDS_EACH);
	run.version = (enum ip_version)version;
	run.one_version = chosen;
	script = parse_script(job->path);
	set_extras(script);
	run.script = script;
	run.one_version |= script->ip_version != NULL;
	if (longest > 0 && script_length(script) > longest * 1e6)
		_exit(EXIT_LEFT_OUT);
	run_script(script, (enum ip_version)version);
	_exit(0);
}

/* --ip_version in the script's own option lines. */
static bool wanted(const struct job *job, int version)
{
	char *text = read_file(job->path), *at, *end;
	char value[64] = "";
	bool result = chosen_by(chosen, version);

	at = text;
	while (at && (at = strstr(at, "--ip_version="))) {
		char *line = at;

		while (line > text && line[-1] != '\n')
			line--;
		if (strncmp(line, "//", 2) && *line != '#') {
			at += 13;
			end = at + strcspn(at, " \t\r\n");
			snprintf(value, sizeof(value), "%.*s", (int)(end - at),
				 at);
			break;
		}
		at++;
	}
	free(text);
	return result && (!*value || chosen_by(value, version));
}

static void start(struct worker *w, struct job *job, int version)
{
	fflush(stdout);
	if (results)
		fflush(results);
	w->rounds = w->job == job && w->version == version ? w->rounds + 1 : 1;
	w->job = job;
	w->version = version;
	w->pid = fork();
	if (w->pid == 0)
		child(job, version);
}

static enum outcome outcome_of(const struct worker *w, int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return PASSED;
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_UNSUPPORTED)
		return UNSUPPORTED;
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_LEFT_OUT)
		return LEFT_OUT;
	if (WIFSIGNALED(status))
		printf("%s:1: %s: ended by signal %d\n", w->job->path,
		       version_names[w->version], WTERMSIG(status));
	else if (WEXITSTATUS(status) != EXIT_FAILED)
		printf("%s:1: %s: ended with status %d\n", w->job->path,
		       version_names[w->version], WEXITSTATUS(status));
	return FAILED;
}

static const char *const outcome_names[OUTCOMES] = { "passed", "failed",
						     "unsupported", "long" };

static void reap(struct worker *workers)
{
	int status;
	pid_t pid = wait(&status);

	for (int i = 0; i < parallel; i++) {
		struct job *job = workers[i].job;
		enum outcome outcome;

		if (workers[i].pid != pid)
			continue;
		outcome = outcome_of(&workers[i], status);
		workers[i].pid = 0;
		if (outcome == FAILED && workers[i].rounds < repeat) {
			start(&workers[i], job, workers[i].version);
			return;
		}
		runs += outcome != LEFT_OUT;
		if (results)
			fprintf(results, "%s %s %s\n", job->path,
				version_names[workers[i].version],
				outcome_names[outcome]);
		job->ran = true;
		if (job->outcome != FAILED && outcome != PASSED)
			job->outcome = outcome;
		return;
	}
}

static struct worker *idle(struct worker *workers)
{
	for (;;) {
		for (int i = 0; i < parallel; i++)
			if (!workers[i].pid)
				return &workers[i];
		reap(workers);
	}
}

static void run_all(void)
{
	struct worker *workers = calloc((size_t)parallel, sizeof(*workers));

	for (int i = 0; i < job_count; i++)
		for (int v = 0; v < VERSIONS; v++)
			if (wanted(&jobs[i], v) && !excepted(&jobs[i], v))
				start(idle(workers), &jobs[i], v);
	for (int i = 0; i < parallel; i++)
		while (workers[i].pid)
			reap(workers);
	free(workers);
}

/* ---- What came of it ---- */

static void print_counts(const char *label, const int counts[OUTCOMES])
{
	printf("%-24s %5d passed, %d failed, %d unsupported\n", label,
	       counts[PASSED], counts[FAILED], counts[UNSUPPORTED]);
}

static int summary(void)
{
	static struct {
		const char *name;
		int counts[OUTCOMES];
	} topics[TOPICS];
	int n = 0, all[OUTCOMES] = { 0 };

	for (int i = 0; i < job_count; i++) {
		int t = 0;

		if (!jobs[i].ran)
			continue;
		while (t < n && strcmp(topics[t].name, jobs[i].topic))
			t++;
		if (t == TOPICS)
			t--;
		if (t == n)
			topics[n++].name = jobs[i].topic;
		topics[t].counts[jobs[i].outcome]++;
		all[jobs[i].outcome]++;
	}
	for (int t = 0; t < n && n > 1 && !quiet; t++)
		print_counts(topics[t].name, topics[t].counts);
	printf("%d passed, %d failed, %d unsupported (%d runs)\n", all[PASSED],
	       all[FAILED], all[UNSUPPORTED], runs);
	if (all[LEFT_OUT])
		printf("%d left out: they take longer\n", all[LEFT_OUT]);
	return all[FAILED] || (complete && all[UNSUPPORTED]);
}

static void usage(void)
{
	fprintf(stderr, "usage: conform [--ip_version=V] [--jobs=N] [--quiet] "
			"[--verbose] [--complete] [--longest=SECONDS] "
			"[--except=FILE] [--results=FILE] [--repeat=N] "
			"[-D NAME=VALUE] PATH...\n");
	exit(2);
}

static void read_option(const char *text)
{
	static struct script scratch;

	if (!strncmp(text, "--ip_version=", 13))
		chosen = text + 13;
	else if (!strncmp(text, "--jobs=", 7))
		parallel = atoi(text + 7);
	else if (!strncmp(text, "--longest=", 10))
		longest = atof(text + 10);
	else if (!strncmp(text, "--repeat=", 9))
		repeat = atoi(text + 9);
	else if (!strncmp(text, "--except=", 9))
		exceptions = read_file(text + 9);
	else if (!strncmp(text, "--results=", 10))
		results = fopen(text + 10, "w");
	else if (!strcmp(text, "--quiet"))
		quiet = true;
	else if (!strcmp(text, "--complete"))
		complete = true;
	else if (!strcmp(text, "--verbose"))
		run.verbose = true;
	else if (extra_count < DEFINITIONS && parse_option(&scratch, text))
		extra[extra_count++] = strdup(text);
	else
		usage();
}

/* Scripts end without giving back what they read. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

int main(int argc, char **argv)
{
	parallel = (int)sysconf(_SC_NPROCESSORS_ONLN);
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "-D") && i + 1 < argc) {
			char text[256];

			snprintf(text, sizeof(text), "--define=%s", argv[++i]);
			read_option(text);
		} else if (argv[i][0] == '-') {
			read_option(argv[i]);
		} else {
			add_path(argv[i]);
		}
	}
	if (parallel < 1 || !job_count)
		usage();
	run_all();
	if (results)
		fclose(results);
	return summary();
}
