// SPDX-License-Identifier: MIT
/*
 * --explain N: tells the story of packet N, then reads on until its answer.
 */
#include <string.h>

#include "tools/pcapdump/story.h"

struct explain {
	uint64_t wanted;
	bool told, answered;
	struct story_question question;
	char text[STORY_MAX];
};

static bool each(void *context, const struct view *view)
{
	struct explain *explain = context;
	struct text out;

	if (view->packet->number < explain->wanted)
		return true;
	text_init(&out, explain->text, sizeof explain->text);
	if (view->packet->number == explain->wanted) {
		story_tell(&out, view);
		story_ask(&explain->question, view);
		explain->told = true;
	} else {
		explain->answered =
			story_answer(&explain->question, view, &out);
	}
	fputs(explain->text, stdout);
	return !explain->answered;
}

int mode_explain(const struct options *options)
{
	static struct explain explain;
	struct pass pass;
	int status;

	explain.wanted = options->packet;
	status = pass_run(&pass, options, each, &explain);
	if (!explain.told && !status) {
		fprintf(stderr,
			"pcapdump: %s: no packet %llu, there are %llu\n",
			options->file, (unsigned long long)options->packet,
			(unsigned long long)pass.capture.packets);
		status = 1;
	}
	if (explain.told && !explain.answered) {
		puts(explain.question.conn && !explain.question.wants_ack &&
				     !explain.question.any ?
			     "It wants no answer." :
			     "No answer to it was captured.");
		if (explain.question.repeated)
			printf("It was sent again %u time%s.\n",
			       explain.question.repeated,
			       explain.question.repeated > 1 ? "s" : "");
	}
	pass_end(&pass);
	return status;
}
