/*-------------------------------------------------------------------------
 *
 * cut_test.c
 *	  Messages of the corpus cut at every octet, at an unreadable page; and all of
 *	  them without their boundaries.
 *
 *		cut_test [DIRECTORY]
 *
 * Mail is cut by those who send it back, and by size limits on the way.  A cut
 * message may say less than the whole, but nothing else: an address that comes
 * out of it is one of the whole's, and never the first half of one.  Without
 * its report a message may read as what a person or his program sends back, and
 * its sender must be in the message.
 *
 * Relays and archives lose the lines between the parts, too.  Then all is one text,
 * and still nobody may come out of it whom the whole does not name.
 *
 * test/unit/cut_test.c
 *
 *-------------------------------------------------------------------------
 */
#include <dirent.h>

#include "parsed.h"

#define MAX_MESSAGES 2000

/* How many of them are cut: it is the slowest of all tests. */
#define MAX_CUT 200

static char message[GIVEN_MAX];

/* Addresses of the whole message's reports. */
static char *whole[2 * PARSED_MAX];
static int	whole_count;

static size_t
read_message(const char *directory, const char *name)
{
	char		path[1024];
	FILE	   *file;
	size_t		len;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "rb");
	if (file == NULL)
	{
		perror(path);
		exit(2);
	}
	len = fread(message, 1, sizeof(message), file);
	fclose(file);
	return len;
}

static void
keep_whole(void)
{
	for (int i = 0; i < whole_count; i++)
		free(whole[i]);
	whole_count = 0;
	for (int i = 0; i < parsed.n && i < PARSED_MAX; i++)
	{
		ParsedReport *r = &parsed.report[i];

		whole[whole_count++] = r->recipient;
		whole[whole_count++] = r->final_recipient;
		r->recipient = NULL;
		r->final_recipient = NULL;
	}
}

static bool
is_of_whole(const char *address)
{
	for (int i = 0; i < whole_count; i++)
	{
		if (whole[i] != NULL && strcmp(address, whole[i]) == 0)
			return true;
	}
	return false;
}

static bool
is_in_message(const char *address, size_t len)
{
	return bounce_span_find(bounce_span_make(message, len),
							bounce_span_make(address, strlen(address))) != BOUNCE_SPAN_NOT_FOUND;
}

/* Prints the address and where the cut was, when it is not of the whole. */
static bool
check_address(const char *what, const char *address, size_t cut)
{
	if (address == NULL || is_of_whole(address))
		return true;
	diag("%s of the message cut to %zu octets: %s", what, cut, address);
	return false;
}

static void
cut_everywhere(const char *directory, const char *name)
{
	size_t		len = read_message(directory, name);
	bool		ends = true;
	bool		known = true;
	bool		there = true;
	int			reports;
	int			most = 0;

	reports = parse(given_bytes(message, len));
	keep_whole();
	for (size_t cut = 0; cut < len; cut++)
	{
		int			n = parse(given_bytes(message, cut));

		ends &= !parsed.endless;
		most = n > most ? n : most;
		for (int i = 0; i < n && i < PARSED_MAX; i++)
		{
			const ParsedReport *r = &parsed.report[i];

			if (r->kind == BOUNCE_KIND_AUTOREPLY || r->kind == BOUNCE_KIND_CHALLENGE ||
				r->kind == BOUNCE_KIND_UNSUBSCRIBE)
			{
				there &= r->recipient == NULL || is_in_message(r->recipient, cut);
				continue;
			}
			known &= check_address("recipient", r->recipient, cut);
			known &= check_address("final recipient", r->final_recipient, cut);
		}
	}
	ok(ends, "%s: ends wherever it is cut", name);
	ok(known, "%s: names nobody whom the whole does not name", name);
	ok(there, "%s: nobody is said to reply who is not in it", name);
	if (!ok(most <= reports || reports == 0, "%s: gives no report that the whole does not give", name))
		diag("%d of the whole, %d when cut", reports, most);
	ok(reports > 0 || most == 0, "%s: nor any where the whole gives none", name);
}

/* Without the lines that begin with two hyphens. */
static size_t
drop_boundaries(char *text, size_t len)
{
	size_t		n = 0;

	for (size_t at = 0; at < len;)
	{
		const char *end = memchr(text + at, '\n', len - at);
		size_t		next = end != NULL ? (size_t) (end - text) + 1 : len;

		if (next - at < 3 || memcmp(text + at, "--", 2) != 0)
		{
			memmove(text + n, text + at, next - at);
			n += next - at;
		}
		at = next;
	}
	return n;
}

static void
without_boundaries(const char *directory, const char *name)
{
	size_t		len = read_message(directory, name);
	bool		known = true;
	int			n;

	parse(given_bytes(message, len));
	keep_whole();
	len = drop_boundaries(message, len);
	n = parse(given_bytes(message, len));
	for (int i = 0; i < n && i < PARSED_MAX; i++)
	{
		const ParsedReport *r = &parsed.report[i];

		if (r->kind == BOUNCE_KIND_AUTOREPLY || r->kind == BOUNCE_KIND_CHALLENGE ||
			r->kind == BOUNCE_KIND_UNSUBSCRIBE)
			continue;
		known &= check_address("recipient", r->recipient, len);
		known &= check_address("final recipient", r->final_recipient, len);
	}
	ok(!parsed.endless && known, "%s: names nobody else without its boundaries", name);
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

int
main(int argc, char **argv)
{
	const char *directory = argc > 1 ? argv[1] : "test/corpus/messages";
	DIR		   *dir = opendir(directory);
	struct dirent *entry;
	char	   *names[MAX_MESSAGES];
	size_t		n = 0;

	if (dir == NULL)
	{
		perror(directory);
		return 2;
	}
	while ((entry = readdir(dir)) != NULL && n < MAX_MESSAGES)
	{
		if (entry->d_name[0] != '.')
			names[n++] = strdup(entry->d_name);
	}
	closedir(dir);
	qsort(names, n, sizeof(names[0]), compare_names);
	for (size_t i = 0; i < n; i++)
	{
		without_boundaries(directory, names[i]);
		if (i % ((n + MAX_CUT - 1) / MAX_CUT) == 0)
			cut_everywhere(directory, names[i]);
		free(names[i]);
	}
	ok(n >= 10, "there are messages to cut");
	parse(BOUNCE_SPAN_NONE);
	whole_count = 0;
	return done_testing();
}
