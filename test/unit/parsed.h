/*-------------------------------------------------------------------------
 *
 * parsed.h
 *	  A whole message parsed, its reports kept as strings for comparison.
 *
 *		parse(given("From: ..."));
 *		is_text(parsed.report[0].recipient, "jane@example.com", "the name");
 *
 * test/unit/parsed.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_TEST_PARSED_H
#define BOUNCE_TEST_PARSED_H

#include "core/judge.h"
#include "core/reader.h"
#include "given.h"

#define PARSED_MAX 64			/* reports that are kept; all are counted */

typedef struct ParsedReport
{
	BounceKind	kind;
	BounceClass class;
	BounceReason reason;
	BounceCode	code;
	bool		truncated;
	BounceTime	happened_at;
	char	   *recipient;		/* NULL where a span is not known */
	char	   *final_recipient;
	char	   *status;
	char	   *diagnostic;
	char	   *action;
	char	   *reporting_mta;
	char	   *remote_mta;
	char	   *command;
	char	   *format;
	char	   *message_id;
	char	   *return_path;
	char	   *original_message_id;
	char	   *original_sender;
	char	   *original_subject;
	char	   *feedback_type;
	char	   *campaign;
} ParsedReport;

static struct
{
	int			n;
	size_t		steps;
	bool		endless;		/* more steps than octets, or more behind the end */
	ParsedReport report[PARSED_MAX];
}			parsed;

static BounceCharsets parsed_charsets;

static char *
parsed_copy(BounceSpan s)
{
	char	   *copy;

	if (s.ptr == NULL)
		return NULL;
	copy = malloc(s.len + 1);
	if (s.len > 0)
		memcpy(copy, s.ptr, s.len);
	copy[s.len] = '\0';
	return copy;
}

static void
parsed_free(ParsedReport *r)
{
	char	   *texts[] = {
		r->recipient, r->final_recipient, r->status, r->diagnostic, r->action,
		r->reporting_mta, r->remote_mta, r->command, r->format, r->message_id,
		r->return_path, r->original_message_id, r->original_sender, r->original_subject,
		r->feedback_type, r->campaign
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		free(texts[i]);
}

static void
parsed_keep(ParsedReport *to, const BounceReport *report)
{
	BounceVerdict verdict;

	bounce_report_judge(report, report->diagnostic, NULL, &verdict);
	to->kind = report->kind;
	to->class = verdict.class;
	to->reason = verdict.reason;
	to->code = report->code;
	to->truncated = report->truncated;
	to->happened_at = report->happened_at;
	to->recipient = parsed_copy(report->recipient);
	to->final_recipient = parsed_copy(report->final_recipient);
	to->status = parsed_copy(report->status);
	to->diagnostic = parsed_copy(report->diagnostic);
	to->action = parsed_copy(report->action);
	to->reporting_mta = parsed_copy(report->reporting_mta);
	to->remote_mta = parsed_copy(report->remote_mta);
	to->command = parsed_copy(report->command);
	to->format = parsed_copy(report->format);
	to->message_id = parsed_copy(report->message_id);
	to->return_path = parsed_copy(report->return_path);
	to->original_message_id = parsed_copy(report->original_message_id);
	to->original_sender = parsed_copy(report->original_sender);
	to->original_subject = parsed_copy(report->original_subject);
	to->feedback_type = parsed_copy(report->feedback_type);
	to->campaign = parsed_copy(report->campaign);
}

/* Parse the message; returns how many reports it gave. */
__attribute__((unused))
static int
parse(BounceSpan message)
{
	BounceReader *reader = malloc(sizeof(BounceReader));
	BounceReport report;
	BounceStep	step;

	for (int i = 0; i < parsed.n && i < PARSED_MAX; i++)
		parsed_free(&parsed.report[i]);
	memset(&parsed, 0, sizeof(parsed));

	/* nothing may be taken from what was in the memory before */
	memset(reader, 0xA5, sizeof(*reader));
	bounce_reader_open(reader, message, &parsed_charsets);
	while ((step = bounce_reader_next(reader, &report)) != BOUNCE_STEP_END)
	{
		parsed.endless = ++parsed.steps > 4 * message.len + 64;
		if (parsed.endless)
			break;
		if (step != BOUNCE_STEP_ITEM)
			continue;
		if (parsed.n < PARSED_MAX)
			parsed_keep(&parsed.report[parsed.n], &report);
		parsed.n++;
	}

	/* the end stays the end */
	if (!parsed.endless)
		parsed.endless = bounce_reader_next(reader, &report) != BOUNCE_STEP_END;
	free(reader);
	return parsed.n;
}

/* Are these the same texts?  NULL is equal to NULL only. */
__attribute__((unused))
static bool
same_string(const char *got, const char *expected)
{
	if (got == NULL || expected == NULL)
		return got == expected;
	return strcmp(got, expected) == 0;
}

#define is_text(got, expected, ...) \
	do { \
		const char *is_got_ = (got); \
		const char *is_expected_ = (expected); \
		if (!ok(same_string(is_got_, is_expected_), __VA_ARGS__)) \
		{ \
			diag("  got:      %.200s", is_got_ != NULL ? is_got_ : "(unknown)"); \
			diag("  expected: %.200s", is_expected_ != NULL ? is_expected_ : "(unknown)"); \
		} \
	} while (0)

#endif							/* BOUNCE_TEST_PARSED_H */
