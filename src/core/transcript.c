/*-------------------------------------------------------------------------
 *
 * transcript.c
 *	  Transcripts of SMTP sessions, as Sendmail and its kin quote them.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 *		... while talking to mx.example.com.:
 *		>>> RCPT To:<jane@example.com>
 *		<<< 550-5.1.1 <jane@example.com>...
 *		<<< 550 5.1.1 User unknown
 *
 * src/core/transcript.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/limits.h"
#include "core/transcript.h"

/* What our side said, and the stage that it belongs to. */
static const struct
{
	BounceSpan	verb;
	BounceSpan	command;
}			verbs[] =
{
	{{"RCPT", 4}, {"RCPT", 4}},
	{{"MAIL", 4}, {"MAIL", 4}},
	{{"DATA", 4}, {"DATA", 4}},
	{{".", 1}, {"DATA", 4}},
	{{"EHLO", 4}, {"EHLO", 4}},
	{{"HELO", 4}, {"EHLO", 4}},
	{{"STARTTLS", 8}, {"STARTTLS", 8}},
	{{"AUTH", 4}, {"AUTH", 4}},
};

static BounceSpan
command_of(BounceSpan line)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
	{
		if (bounce_span_starts_fold(line, verbs[i].verb))
			return verbs[i].command;
	}
	return BOUNCE_SPAN_NONE;
}

/*
 * The line without its mark (">>> ", "<<< "); false when it has another.  Some
 * quote the lines as they would in an answer: "> >>> ".
 */
static bool
marked(BounceSpan line, char mark, BounceSpan *rest)
{
	line = bounce_span_trim(line);
	if (bounce_span_starts(line, "> "))
		line = bounce_span_trim(bounce_span_make(line.ptr + 1, line.len - 1));
	if (line.len < 4 || line.ptr[0] != mark || line.ptr[1] != mark || line.ptr[2] != mark)
		return false;
	*rest = bounce_span_trim(bounce_span_make(line.ptr + 3, line.len - 3));
	return true;
}

static bool
is_refusal(BounceSpan reply)
{
	return reply.len >= 3 && (reply.ptr[0] == '4' || reply.ptr[0] == '5') &&
		bounce_ascii_is_digit(reply.ptr[1]) && bounce_ascii_is_digit(reply.ptr[2]);
}

/*
 * Does a further refusal follow before our side says anything else?  Then the
 * one before it was the pipelined answer to RCPT, and this one, "no valid
 * recipients", is the answer to DATA.
 */
static bool
another_refusal(BounceLines lines)
{
	BounceSpan	line;
	BounceSpan	rest;
	bool		open = false;

	while (bounce_line_next(&lines, &line))
	{
		if (marked(line, '>', &rest))
			return false;
		if (!marked(line, '<', &rest))
			continue;
		if (is_refusal(rest) && !open)
			return true;
		open = rest.len > 3 && rest.ptr[3] == '-';
	}
	return false;
}

/*
 * Find the refusal of this recipient: the first one that names it, or that
 * answers a RCPT for it, else, unless it must be named, the first of all.  reply
 * covers all its lines, the
 * marks of the second and further ones included; command is the stage.
 *
 * With pipelining the answer to RCPT stands below DATA, so a reply that names
 * the recipient, or has a further refusal below it, is taken for one to RCPT.
 *
 * Reads BOUNCE_MAX_NOTICE octets at most.
 */
bool
bounce_transcript_find(BounceSpan text, BounceLineEnd line_end, BounceSpan recipient,
					   bool named, BounceSpan *reply, BounceSpan *command)
{
	BounceLines lines;
	BounceSpan	line;
	BounceSpan	rest;
	BounceSpan	said = BOUNCE_SPAN_NONE;	/* our last command */
	bool		found = false;
	bool		greeted = false;	/* "while talking to": nothing was said yet */
	bool		open = false;	/* the reply in hand goes on */

	if (text.len > BOUNCE_MAX_NOTICE)
		text.len = BOUNCE_MAX_NOTICE;
	lines.cur = text.ptr;
	lines.end = text.ptr + text.len;
	lines.line_end = line_end;
	while (bounce_line_next(&lines, &line))
	{
		bool		ours;

		if (marked(line, '>', &rest))
		{
			said = rest;
			open = false;
			continue;
		}
		if (bounce_span_find_fold(line, BOUNCE_SPAN_OF("while talking to ")) != BOUNCE_SPAN_NOT_FOUND)
		{
			said = BOUNCE_SPAN_NONE;
			greeted = true;
		}
		if (!marked(line, '<', &rest) || !is_refusal(rest))
		{
			open = false;
			continue;
		}
		if (open)
		{
			/* one more line of the reply that was taken */
			reply->len = (size_t) (rest.ptr + rest.len - reply->ptr);
			open = rest.len > 3 && rest.ptr[3] == '-';
			continue;
		}
		ours = recipient.len > 0 &&
			(bounce_span_find_fold(rest, recipient) != BOUNCE_SPAN_NOT_FOUND ||
			 (bounce_span_starts(said, "RCPT") &&
			  bounce_span_find_fold(said, recipient) != BOUNCE_SPAN_NOT_FOUND));
		if ((found || named) && !ours)
			continue;
		*reply = rest;
		*command = said.ptr != NULL ? command_of(said) :
			greeted ? BOUNCE_SPAN_OF("CONNECT") : BOUNCE_SPAN_NONE;
		open = rest.len > 3 && rest.ptr[3] == '-';
		if (bounce_span_is(*command, "DATA") && (ours || (!open && another_refusal(lines))))
			*command = BOUNCE_SPAN_OF("RCPT");
		found = true;
		if (ours && !open)
			return true;
		if (ours)
			recipient = BOUNCE_SPAN_NONE;	/* found; only its further lines count now */
	}
	return found;
}
