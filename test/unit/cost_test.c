/*-------------------------------------------------------------------------
 *
 * cost_test.c
 *	  What hostile messages cost: every step comes back soon, and there are no
 *	  more of them than the message allows.
 *
 *		cost_test [MEGABYTES]
 *		cost_test --one N OCTETS
 *
 * The second form reads the Nth kind of message, from 0 on, of so many octets,
 * once, and prints its name: test/cost/growth counts what that takes.  It fails
 * when there is no such kind.
 *
 * Of each message it is measured how far the walk over the parts moves in one
 * step, and how long the slowest step takes.  The times that are asserted are
 * those of a build with sanitizers on a busy machine; what is printed is what to
 * look at.  The plainest messages are of so many megabytes, 64 unless given, the
 * others of a quarter of that.
 *
 * test/unit/cost_test.c
 *
 *-------------------------------------------------------------------------
 */
#include <time.h>

#include "core/judge.h"
#include "core/reader.h"
#include "given.h"

/* Octets that one step may pass over: its budget, and the line that ends it. */
#define MAX_GAP (4 * 1024 * 1024)

/* Seconds that one step may take, sanitizers included. */
#define MAX_STEP_TIME 2.0

static BounceReader reader;
static BounceCharsets charsets;
static char *message;
static size_t capacity;

typedef struct Cost
{
	size_t		steps;
	size_t		reports;
	size_t		gap;			/* most octets of the walk in one step */
	double		slowest;		/* seconds, of one step */
	double		total;
} Cost;

static double
seconds_of(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

static Cost
cost_of(BounceSpan input)
{
	Cost		cost = {0, 0, 0, 0, 0};
	BounceReport report;
	BounceVerdict verdict;
	BounceStep	step;
	double		start = seconds_of(CLOCK_PROCESS_CPUTIME_ID);

	bounce_reader_open(&reader, input, &charsets);
	do
	{
		const char *before = reader.mime.lines.cur;
		double		began = seconds_of(CLOCK_MONOTONIC);
		double		took;

		step = bounce_reader_next(&reader, &report);
		took = seconds_of(CLOCK_MONOTONIC) - began;
		cost.steps++;
		if (took > cost.slowest)
			cost.slowest = took;

		/*
		 * It goes back at times, to read a multipart again; and the body of a
		 * message without multiparts is passed over unread.
		 */
		if (reader.mime.depth > 0 && reader.mime.lines.cur > before && (size_t) (reader.mime.lines.cur - before) > cost.gap)
			cost.gap = (size_t) (reader.mime.lines.cur - before);
		if (step == BOUNCE_STEP_ITEM)
		{
			bounce_report_judge(&report, report.diagnostic, NULL, &verdict);
			cost.reports++;
		}
	} while (step != BOUNCE_STEP_END && cost.steps <= 4 * input.len + 64);
	cost.total = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - start;
	return cost;
}

/* The message: a head, then the piece over and over, to the length. */
static BounceSpan
filled(const char *head, const char *piece, size_t len)
{
	size_t		n = strlen(head);
	size_t		piece_len = strlen(piece);

	memcpy(message, head, n);
	for (; n + piece_len <= len; n += piece_len)
		memcpy(message + n, piece, piece_len);
	return bounce_span_make(message, n);
}

static void
print_cost(const Cost *cost, size_t len)
{
	diag("%zu MB: %zu steps, %zu reports, %.2f s in all, %.0f ms the slowest step, %.1f MB the longest",
		 len / (1024 * 1024), cost->steps, cost->reports, cost->total, cost->slowest * 1000,
		 (double) cost->gap / (1024 * 1024));
}

#define MULTI "Content-Type: multipart/report; boundary=b\n\n"
#define NEVER "Content-Type: multipart/report; boundary=never\n\n"
#define PLAIN "From: MAILER-DAEMON\nSubject: failure\n\n"
#define DSN "Content-Type: message/delivery-status\n\n"

#define BASE64 "Content-Transfer-Encoding: base64\n"
#define HTML "From: MAILER-DAEMON\nSubject: failure\nContent-Type: text/html\n\n"
#define PERSON "From: a@b.example\nSubject: Re: x\n\n"
#define FEEDBACK "Content-Type: message/feedback-report\n\nFeedback-Type: abuse\n"
#define MDN "Content-Type: message/disposition-notification\n\n"
#define SES "From: a@b.example\n\n{\"notificationType\":\"Bounce\",\"bounce\":{\"bouncedRecipients\":["

/* A head, and what is repeated behind it to the size that is wanted. */
static const struct
{
	const char *head;
	const char *piece;
	bool		one_line;		/* which must be passed over at once */
	const char *name;
}			fills[] =
{
	{"", "x", true, "one line without a header"},
	{"", "\n", false, "empty lines without a header"},
	{"", "X: y\n", false, "header fields"},
	{"", "X-Campaign:\n", false, "fields of a campaign, empty"},
	{"", "From: x\n y\n", false, "one field over and over, folded"},
	{"Subject: x\n", " y\n", false, "one field that never ends"},
	{"", "\r", false, "CR"},
	{MULTI, "--\n", false, "lines of dashes in a multipart"},
	{MULTI, "--b\n", false, "delimiters"},
	{MULTI, "--b\n\n", false, "empty parts"},
	{MULTI "--b\n\n", "\n", false, "a part of empty lines"},
	{MULTI "--b\n\n", "x", true, "a part of one line"},
	{MULTI "--b\n", "X: y\n", false, "a part that is all header"},
	{MULTI "--b--\n", "\n", false, "an epilogue of empty lines"},
	{NEVER, "\n", false, "empty lines where no boundary comes"},
	{NEVER, "--x\n", false, "lines of dashes where no boundary comes"},
	{NEVER "--x\nContent-Type: text/plain\n\n", "--y\nContent-\n", false, "a boundary that was guessed wrong"},
	{NEVER "--x\n" NEVER "--x\n" NEVER "--x\n" NEVER, "--x\n", false, "multiparts in each other without a boundary"},
	{MULTI, "--b\n" NEVER "--b\n" NEVER "x\n", false, "parts that are multiparts without a boundary"},
	{DSN, "\n", false, "a report of empty lines"},
	{DSN, "x", true, "a report of one line"},
	{DSN, "X: y\n", false, "a report of fields that nobody knows"},
	{DSN, "Final-Recipient: a@b.c\nAction: failed\n\n", false, "a report of recipients"},
	{DSN "Diagnostic-Code: x\n", " yyyyyyyyyyyyyy\n", false, "one field of a report that never ends"},
	{BASE64 DSN, "\n", false, "base64 of nothing"},
	{BASE64 DSN, "=", true, "base64 of pads"},
	{BASE64 DSN, "AAAA", true, "base64 of one line"},
	{BASE64 DSN, "CgoK", true, "base64 of empty lines"},
	{"Content-Transfer-Encoding: quoted-printable\n" DSN, "=\n", false, "soft line breaks"},
	{"Content-Transfer-Encoding: quoted-printable\n" DSN, "=0A", true, "line ends in quoted-printable"},
	{PLAIN, "\n", false, "a notice of empty lines"},
	{PLAIN, "x", true, "a notice of one line"},
	{PLAIN, "@", true, "a notice of at signs"},
	{PLAIN, "a@", true, "a notice of half addresses"},
	{PLAIN, "\"@a", true, "a notice of quotes and at signs"},
	{PLAIN, "x a@b\n", false, "a notice of addresses that begin no line"},
	{PLAIN, "a@b\n", false, "a notice of addresses and no reasons"},
	{PLAIN, "a@b:\n", false, "a notice of entries without words"},
	{PLAIN, "a@b: c\n\n", false, "a notice of entries"},
	{PLAIN "a@b: c\n", "d\n", false, "a notice of one entry"},
	{"From: MAILER-DAEMON\nX-Failed-Recipients: ", "a@b.c, ", true, "recipients in the header"},
	{"From: MAILER-DAEMON\nX-Failed-Recipients: a@b.c\n\n", "a@b.c\n x\n", false, "one recipient over and over"},
	{PLAIN, "to a@b.c\n", false, "a notice of mentions"},
	{PLAIN ">>> RCPT To:<a@b.c>\n", "<<< 550 x\n", false, "a transcript of replies"},
	{PLAIN, ">>> RCPT To:<a@b.c>\n", false, "a transcript of commands"},
	{PLAIN, "-- original message --\n", false, "announcements of a returned mail"},
	{PLAIN, "\nFrom: a@b.c\nX: y\n", false, "headers that are none"},
	{PLAIN, "user unknown ", true, "one reason over and over"},
	{PLAIN, "user mailbox account recipient ", true, "reasons that only begin"},
	{HTML, "<b>", true, "tags"},
	{HTML, "<", true, "tags that do not end"},
	{HTML, "<!--", true, "comments that do not end"},
	{HTML, "<style>", true, "styles that do not end"},
	{HTML, "&#65;&x", true, "entities"},
	{"Content-Type: text/plain; charset=iso-2022-jp\n" PLAIN, "\033$B$3$N\033(B ", true, "shifts of a charset"},
	{"Content-Type: text/plain; charset=utf-7\n" PLAIN, "+AGEA-", true, "UTF-7"},
	{PERSON, "your message to a@b.c is being held until you confirm ", true, "a challenge"},
	{PERSON, "unsubscribe ", true, "an unsubscription"},
	{"From: a@b.example\nSubject: ", "=?utf-8?q?x?= ", true, "a subject of encoded words"},
	{FEEDBACK, "Original-Rcpt-To: a@b.c\n", false, "a complaint of recipients"},
	{FEEDBACK, "Original-Rcpt-To: a\n", false, "a complaint of nobody"},
	{MDN, "Disposition: x; deleted\n", false, "a disposition over and over"},
	{SES, "{\"emailAddress\":\"a@b.c\"},", true, "a notification of recipients"},
	{SES, "[", true, "a notification of brackets"},
	{SES, "\"\\u00", true, "a notification of half characters"},
	{"From: a@b.example\n\n{", "\"a\":{", true, "JSON in itself"}
};

#define FILL_COUNT (sizeof(fills) / sizeof(fills[0]))

static void
test_steps(size_t len)
{
	for (size_t i = 0; i < FILL_COUNT; i++)
	{
		size_t		size = fills[i].head[0] == '\0' || strcmp(fills[i].head, MULTI) == 0 ? len : len / 4;
		BounceSpan	input = filled(fills[i].head, fills[i].piece, size);
		Cost		cost = cost_of(input);
		bool		good = ok(cost.steps <= 4 * input.len + 64, "ends: %s", fills[i].name);

		if (!fills[i].one_line)
			good &= ok(cost.gap <= MAX_GAP, "comes back soon: %s", fills[i].name);
		good &= ok(cost.slowest <= MAX_STEP_TIME, "no slow step: %s", fills[i].name);
		if (!good || cost.slowest > 0.2)
			print_cost(&cost, size);
	}
}

/* A report of n recipients, each with an entry in the prose if so wished. */
static BounceSpan
recipients(int n, bool prose, bool transcript)
{
	size_t		len = 0;

	len += (size_t) sprintf(message + len, "From: MAILER-DAEMON\nSubject: failure\n" MULTI "--b\n\n");
	for (int i = 0; prose && i < n; i++)
		len += (size_t) sprintf(message + len, "<u%d@example.com>: host mx.example.com said: 550 5.1.1 no %d\n\n", i, i);
	for (int i = 0; transcript && i < n && i < 2000; i++)
		len += (size_t) sprintf(message + len, ">>> RCPT To:<v%d@example.com>\n<<< 550 no such user\n", i);
	len += (size_t) sprintf(message + len, "\n--b\n" DSN);
	for (int i = 0; i < n; i++)
		len += (size_t) sprintf(message + len, "Final-Recipient: rfc822; u%d@example.com\nAction: failed\nStatus: 5.0.0\n\n", i);
	len += (size_t) sprintf(message + len, "--b--\n");
	return bounce_span_make(message, len);
}

/* A prose report of n recipients, whose header names those that fit. */
static BounceSpan
entries(int n, bool exim)
{
	size_t		len = 0;

	len += (size_t) sprintf(message + len, "From: MAILER-DAEMON\nSubject: failure\n");
	for (int i = 0; exim && i < n; i++)
		len += (size_t) sprintf(message + len, "%su%d@example.com", i == 0 ? "X-Failed-Recipients: " : ",\n ", i);
	len += (size_t) sprintf(message + len, "\n\n");
	for (int i = 0; i < n; i++)
		len += (size_t) sprintf(message + len, "u%d@example.com\n  550 no such user\n\n", i);
	return bounce_span_make(message, len);
}

static BounceSpan
nested(int n)
{
	size_t		len = 0;

	for (int i = 0; i < n; i++)
		len += (size_t) sprintf(message + len, "Content-Type: multipart/mixed; boundary=b%d-\n\n--b%d-\n", i, i);
	return bounce_span_make(message, len);
}

/* As many groups without an address as there are, and To to look through. */
static BounceSpan
nameless(int n)
{
	size_t		len = 0;

	len += (size_t) sprintf(message + len, MULTI "--b\nContent-Type: text/rfc822-headers\n\nTo: a@b.example");
	for (int i = 0; i < n && i < 16000; i++)
		len += (size_t) sprintf(message + len, "\n a@b.example");
	len += (size_t) sprintf(message + len, ",\n\n--b\n" DSN);
	for (int i = 0; i < n; i++)
		len += (size_t) sprintf(message + len, "Final-Recipient:\n");
	return bounce_span_make(message, len);
}

/* Recipients that the header or a report names, in lines that set nothing off. */
static BounceSpan
loose(int n, bool report)
{
	size_t		len = 0;

	len += (size_t) sprintf(message + len, "From: MAILER-DAEMON\nSubject: failure\n");
	if (report)
		len += (size_t) sprintf(message + len, MULTI "--b\n");
	for (int i = 0; !report && i < n; i++)
		len += (size_t) sprintf(message + len, "%su%d@example.com", i == 0 ? "X-Failed-Recipients: " : ",\n ", i);
	len += (size_t) sprintf(message + len, "%s\n", report ? "" : "\n");
	for (int i = 0; i < n; i++)
		len += (size_t) sprintf(message + len, "u%d@example.com 550 5.1.1 User unknown\n", i);
	if (report)
	{
		len += (size_t) sprintf(message + len, "\n--b\n" DSN);
		for (int i = 0; i < n; i++)
			len += (size_t) sprintf(message + len, "Final-Recipient: rfc822; u%d@example.com\nAction: failed\n\n", i);
		len += (size_t) sprintf(message + len, "--b--\n");
	}
	return bounce_span_make(message, len);
}

static BounceSpan
make(int kind, int n)
{
	switch (kind)
	{
		case 0:
			return recipients(n, false, false);
		case 1:
			return recipients(n, true, false);
		case 2:
			return recipients(n, false, true);
		case 3:
			return entries(n, false);
		case 4:
			return entries(n, true);
		case 5:
			return nested(n);
		case 6:
			return nameless(n);
		case 7:
			return loose(n, false);
	}
	return loose(n, true);
}

/* Messages of many recipients, by how many there are. */
static const struct
{
	const char *name;
	int			n;
	size_t		reports;		/* of 2 * n; 0: as it comes */
}			many[] =
{
	{"recipients of a report", 50000, 100000},
	{"recipients with entries in the prose", 50000, 100000},
	{"recipients beside a transcript", 10000, 20000},
	{"entries of prose", 50000, 100000},
	{"entries that the header names", 4000, 8000},
	{"multiparts in each other", 5000, 0},
	{"recipients without an address", 20000, 40000},
	{"entries that are not set off", 4000, 8000},
	{"a report and entries that are not set off", 4000, 8000}
};

#define MANY_COUNT (sizeof(many) / sizeof(many[0]))

static void
test_many(void)
{
	for (int kind = 0; kind < (int) MANY_COUNT; kind++)
	{
		Cost		once = cost_of(make(kind, many[kind].n));
		BounceSpan	input = make(kind, 2 * many[kind].n);
		Cost		twice = cost_of(input);

		print_cost(&twice, input.len);
		ok(many[kind].reports == 0 || twice.reports == many[kind].reports,
		   "all reports come: %s", many[kind].name);
		ok(twice.steps <= 2 * once.steps + 64, "twice as many take twice the steps: %s", many[kind].name);
		ok(twice.slowest <= MAX_STEP_TIME, "no slow step: %s", many[kind].name);
	}
}

/* Octets of a message of many recipients, for each of them, more or less. */
#define OCTETS_EACH 64

static int
run_one(size_t n, size_t len)
{
	if (n >= FILL_COUNT + MANY_COUNT || len > capacity / 4)
		return 1;
	if (n < FILL_COUNT)
		cost_of(filled(fills[n].head, fills[n].piece, len));
	else
		cost_of(make((int) (n - FILL_COUNT), (int) (len / OCTETS_EACH)));
	printf("%s\n", n < FILL_COUNT ? fills[n].name : many[n - FILL_COUNT].name);
	return 0;
}

int
main(int argc, char **argv)
{
	bool		one = argc == 4 && strcmp(argv[1], "--one") == 0;
	size_t		megabytes = argc > 1 && !one ? (size_t) atoi(argv[1]) : 64;

	capacity = (megabytes < 64 ? 64 : megabytes) * 1024 * 1024;
	message = malloc(capacity);
	if (message == NULL)
	{
		perror("malloc");
		return 2;
	}
	if (one)
		return run_one((size_t) atol(argv[2]), (size_t) atol(argv[3]));
	test_steps(megabytes * 1024 * 1024);
	test_many();
	free(message);
	return done_testing();
}
