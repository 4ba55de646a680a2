// SPDX-License-Identifier: MIT
/*
 * Templates in a hash table, in the order in which they came; see texts.h.
 */
#include "tools/pcapdump/texts.h"

#include <stdlib.h>
#include <string.h>

#include "lib/hash.h"
#include "tools/pcapdump/utf8.h"

#define NUMBER '\1'
#define LINE_MAX_LENGTH 4096
#define DIGITS_MAX 15

struct texts {
	char **templates;
	uint32_t count, room;
	uint32_t *buckets; /* place + 1; 0: free */
	uint32_t bucket_count; /* a power of two, at least twice the count */
};

struct texts *texts_new(void)
{
	struct texts *texts = calloc(1, sizeof *texts);

	if (!texts)
		return NULL;
	texts->bucket_count = 1024;
	texts->buckets = calloc(texts->bucket_count, sizeof *texts->buckets);
	if (!texts->buckets) {
		free(texts);
		return NULL;
	}
	return texts;
}

void texts_free(struct texts *texts)
{
	if (!texts)
		return;
	for (uint32_t i = 0; i < texts->count; i++)
		free(texts->templates[i]);
	free(texts->templates);
	free(texts->buckets);
	free(texts);
}

/* The bucket of a template, or the free one where it belongs. */
static uint32_t *find(const struct texts *texts, const char *template)
{
	uint64_t h = hash_bytes(template, strlen(template));
	uint32_t mask = texts->bucket_count - 1;

	for (uint32_t i = (uint32_t)h & mask;; i = (i + 1) & mask) {
		uint32_t *bucket = &texts->buckets[i];

		if (!*bucket ||
		    !strcmp(texts->templates[*bucket - 1], template))
			return bucket;
	}
}

static bool grow(struct texts *texts)
{
	uint32_t room = texts->room ? texts->room * 2 : 512;
	char **templates = realloc(texts->templates, room * sizeof *templates);
	uint32_t *buckets;

	if (!templates)
		return false;
	texts->templates = templates;
	buckets = calloc((size_t)room * 2, sizeof *buckets);
	if (!buckets)
		return false;
	free(texts->buckets);
	texts->buckets = buckets;
	texts->bucket_count = room * 2;
	texts->room = room;
	for (uint32_t i = 0; i < texts->count; i++)
		*find(texts, templates[i]) = i + 1;
	return true;
}

static bool place_of(struct texts *texts, const char *template, uint32_t *place)
{
	uint32_t *bucket;

	if (texts->count == texts->room && !grow(texts))
		return false;
	bucket = find(texts, template);
	if (!*bucket) {
		char *copy = strdup(template);

		if (!copy)
			return false;
		texts->templates[texts->count] = copy;
		*bucket = ++texts->count;
	}
	*place = *bucket - 1;
	return true;
}

static size_t digits(const char *text)
{
	return strspn(text, "0123456789");
}

static bool is_number(const char *text, size_t n)
{
	return n && n <= DIGITS_MAX && (text[0] != '0' || n == 1);
}

/* The line with NUMBER for each run of digits. */
static void make_template(const char *line, char *template, size_t size)
{
	size_t out = 0;

	while (*line && out + 1 < size) {
		size_t n = digits(line);

		if (n)
			template[out++] = NUMBER;
		else
			template[out++] = *line == NUMBER ? ' ' : *line;
		line += n ? n : 1;
	}
	template[out] = 0;
}

bool texts_write(struct texts *texts, FILE *to, const char *line)
{
	char template[LINE_MAX_LENGTH];
	uint32_t place, numbers = 0;

	make_template(line, template, sizeof template);
	if (!place_of(texts, template, &place))
		return false;
	fprintf(to, "%u", place);
	for (const char *p = template; *p; p++)
		numbers += *p == NUMBER;
	while (numbers) {
		size_t n = digits(line);

		if (n) {
			const char *quote = is_number(line, n) ? "" : "\"";

			fprintf(to, ",%s%.*s%s", quote, (int)n, line, quote);
			numbers--;
		}
		line += n ? n : 1;
	}
	return true;
}

void texts_table(const struct texts *texts, FILE *to)
{
	fputc('[', to);
	for (uint32_t i = 0; i < texts->count; i++) {
		fputs(i ? ",\n" : "", to);
		json_string(to, texts->templates[i]);
	}
	fputc(']', to);
}

void json_string(FILE *to, const char *text)
{
	fputc('"', to);
	while (*text) {
		size_t n = utf8_length(text);

		if (!n)
			fputs("\\ufffd", to);
		else if (*text == '"' || *text == '\\')
			fprintf(to, "\\%c", *text);
		else if ((unsigned char)*text < 0x20 || *text == 0x7f ||
			 *text == '<' || *text == '>' || *text == '&')
			fprintf(to, "\\u%04x", (unsigned char)*text);
		else
			fwrite(text, 1, n, to);
		text += n ? n : 1;
	}
	fputc('"', to);
}
