/*-------------------------------------------------------------------------
 *
 * outcome.c
 *	  What became of one recipient, where a notice tells of several.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * A notice as a whole says failed as soon as one recipient failed (said.c).  What
 * is said of one stands behind him ("jane@example.com: delivered"), in the heading
 * of the list that he is in ("Your message was delivered to:"), or in his part of
 * a sentence.  Who is reported as delivered counts as alive, so that this must be
 * said in so many words; where it is not clear who is meant, nobody is.
 *
 * src/core/outcome.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/outcome.h"
#include "core/said.h"

/* Octets above a list in which its heading is looked for. */
#define MAX_HEADING 1024

/* Octets of a paragraph on either side of an address, and parts of it to judge. */
#define MAX_CLAUSE 1024
#define MAX_CLAUSES 8

/* What is written behind an address, and nothing else; or with more behind it. */
static const struct
{
	BounceSpan	words;
	BounceOutcome outcome;
	bool		only_alone;		/* says something else in a sentence */
}			marks[] =
{
	{{"ok", 2}, BOUNCE_OUTCOME_DELIVERED, true},
	{{"okay", 4}, BOUNCE_OUTCOME_DELIVERED, true},
	{{"sent", 4}, BOUNCE_OUTCOME_DELIVERED, true},
	{{"success", 7}, BOUNCE_OUTCOME_DELIVERED, true},
	{{"successful", 10}, BOUNCE_OUTCOME_DELIVERED, true},
	{{"delivered", 9}, BOUNCE_OUTCOME_DELIVERED, false},
	{{"successfully delivered", 22}, BOUNCE_OUTCOME_DELIVERED, false},
	{{"delivery successful", 19}, BOUNCE_OUTCOME_DELIVERED, true},
	{{"zugestellt", 10}, BOUNCE_OUTCOME_DELIVERED, true},
	{{"error", 5}, BOUNCE_OUTCOME_FAILED, false},
	{{"fail", 4}, BOUNCE_OUTCOME_FAILED, false},
	{{"failed", 6}, BOUNCE_OUTCOME_FAILED, false},
	{{"failure", 7}, BOUNCE_OUTCOME_FAILED, false},
	{{"bounced", 7}, BOUNCE_OUTCOME_FAILED, false},
	{{"refused", 7}, BOUNCE_OUTCOME_FAILED, false},
	{{"rejected", 8}, BOUNCE_OUTCOME_FAILED, false},
	{{"not delivered", 13}, BOUNCE_OUTCOME_FAILED, false},
	{{"not sent", 8}, BOUNCE_OUTCOME_FAILED, false},
	{{"undelivered", 11}, BOUNCE_OUTCOME_FAILED, false},
	{{"undeliverable", 13}, BOUNCE_OUTCOME_FAILED, false},
	{{"delivery failed", 15}, BOUNCE_OUTCOME_FAILED, false},
	{{"nicht zugestellt", 16}, BOUNCE_OUTCOME_FAILED, false}
};

/* What turns a sentence round: what it says of some is not said of all. */
static const BounceSpan exceptions[] =
{
	BOUNCE_SPAN_OF("not"), BOUNCE_SPAN_OF("never"), BOUNCE_SPAN_OF("but"), BOUNCE_SPAN_OF("except"),
	BOUNCE_SPAN_OF("however"), BOUNCE_SPAN_OF("unless")
};

/* Where another part of a sentence begins; of it nothing is known from before. */
static const BounceSpan turns[] =
{
	BOUNCE_SPAN_OF("but"), BOUNCE_SPAN_OF("however"), BOUNCE_SPAN_OF("although"), BOUNCE_SPAN_OF("though"),
	BOUNCE_SPAN_OF("while"), BOUNCE_SPAN_OF("whereas"), BOUNCE_SPAN_OF("aber"), BOUNCE_SPAN_OF("jedoch"),
	BOUNCE_SPAN_OF("mais"), BOUNCE_SPAN_OF("pero"), BOUNCE_SPAN_OF("ma"), BOUNCE_SPAN_OF("mas"),
	BOUNCE_SPAN_OF("maar")
};

/* How a place within a sentence parts it. */
typedef enum Parting
{
	PARTS_NOT,
	PARTS_LIST,					/* a comma, "and" */
	PARTS_CLAUSE				/* a semicolon, the end of a sentence, "but" */
} Parting;

static bool
is_word_octet(char c)
{
	return bounce_ascii_is_alnum(c) || c == '\'' || (unsigned char) c >= 0x80;
}

/* Does this word, whole, begin here? */
static bool
word_begins(BounceSpan text, size_t at, BounceSpan word)
{
	return (at == 0 || !is_word_octet(text.ptr[at - 1])) &&
		bounce_span_starts_fold(bounce_span_make(text.ptr + at, text.len - at), word) &&
		(at + word.len == text.len || !is_word_octet(text.ptr[at + word.len]));
}

/* One of these words, behind a blank: what has a dot in front is of an address. */
static bool
one_begins(BounceSpan text, size_t at, const BounceSpan *words, size_t n)
{
	if (at > 0 && !bounce_ascii_is_space(text.ptr[at - 1]))
		return false;
	for (size_t i = 0; i < n; i++)
	{
		if (word_begins(text, at, words[i]))
			return true;
	}
	return false;
}

static bool
has_exception(BounceSpan text)
{
	for (size_t at = 0; at < text.len; at++)
	{
		if (bounce_ascii_is_alpha(text.ptr[at]) &&
			one_begins(text, at, exceptions, sizeof(exceptions) / sizeof(exceptions[0])))
			return true;
	}
	return bounce_span_find_fold(text, BOUNCE_SPAN_OF("n't")) != BOUNCE_SPAN_NOT_FOUND;
}

/* What a part of the text says by the words of notices.tsv. */
static BounceOutcome
outcome_said(BounceSpan text)
{
	BounceSaid	said;

	bounce_said_read(text, &said);
	if (said.failed || said.delayed)
		return said.delivered ? BOUNCE_OUTCOME_MIXED : BOUNCE_OUTCOME_FAILED;
	return said.delivered ? BOUNCE_OUTCOME_DELIVERED : BOUNCE_OUTCOME_UNSAID;
}

/*
 * What the words behind an address say, of an entry that is set off or stands
 * alone in its line; of others only where they are a mark and nothing more.
 */
BounceOutcome
bounce_outcome_of_words(BounceSpan words, bool alone)
{
	while (words.len > 0 && (words.ptr[0] == ' ' || words.ptr[0] == '\t' || words.ptr[0] == ':' ||
							 words.ptr[0] == '-' || words.ptr[0] == '=' || words.ptr[0] == '>' ||
							 words.ptr[0] == '.' || words.ptr[0] == '|' || words.ptr[0] == '(' ||
							 words.ptr[0] == '['))
	{
		words.ptr++;
		words.len--;
	}
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
	{
		BounceSpan	behind;
		char		next;

		if (!word_begins(words, 0, marks[i].words))
			continue;
		behind = bounce_span_trim(bounce_span_make(words.ptr + marks[i].words.len,
												   words.len - marks[i].words.len));
		next = behind.len > 0 ? behind.ptr[0] : '\0';
		if (behind.len == 0 || (behind.len == 1 && !bounce_ascii_is_alnum(next)))
			return marks[i].outcome;
		if (marks[i].outcome == BOUNCE_OUTCOME_FAILED &&
			(alone || bounce_ascii_is_digit(next) || next == ':' || next == ';' || next == ',' ||
			 next == '(' || next == '-'))
			return marks[i].outcome;
		if (marks[i].outcome == BOUNCE_OUTCOME_DELIVERED && alone && !marks[i].only_alone &&
			!has_exception(behind) && outcome_said(behind) != BOUNCE_OUTCOME_FAILED)
			return marks[i].outcome;
	}
	return BOUNCE_OUTCOME_UNSAID;
}

/* What a paragraph above a list says of the list: its last sentence, else all of it. */
static BounceOutcome
heading_says(BounceSpan paragraph)
{
	BounceSpan	sentence = paragraph = bounce_span_trim(paragraph);
	BounceOutcome outcome;

	while (sentence.len > 0 && !bounce_ascii_is_alnum(sentence.ptr[sentence.len - 1]))
		sentence.len--;
	for (size_t at = sentence.len; at-- > 1;)
	{
		char		c = sentence.ptr[at - 1];

		if (bounce_ascii_is_space(sentence.ptr[at]) && (c == '.' || c == '!' || c == '?'))
		{
			sentence = bounce_span_make(sentence.ptr + at, sentence.len - at);
			break;
		}
	}
	sentence = bounce_span_trim(sentence);
	outcome = outcome_said(sentence);
	if (outcome == BOUNCE_OUTCOME_UNSAID && bounce_span_ends_fold(sentence, BOUNCE_SPAN_OF("delivered to")))
		outcome = BOUNCE_OUTCOME_DELIVERED;
	if (outcome == BOUNCE_OUTCOME_UNSAID)
		outcome = outcome_said(paragraph);
	if (outcome == BOUNCE_OUTCOME_DELIVERED && has_exception(sentence))
		outcome = BOUNCE_OUTCOME_MIXED;
	return outcome;
}

/*
 * What stands above the first entry of a list: the last paragraph of it that says
 * anything is the heading.
 *
 * Looks at the last MAX_HEADING octets.
 */
BounceOutcome
bounce_outcome_of_heading(BounceSpan above, BounceLineEnd line_end)
{
	BounceOutcome outcome = BOUNCE_OUTCOME_UNSAID;
	BounceLines lines;
	BounceSpan	line;
	BounceSpan	paragraph = BOUNCE_SPAN_NONE;
	bool		more = true;

	if (above.len > MAX_HEADING)
		above = bounce_span_make(above.ptr + above.len - MAX_HEADING, MAX_HEADING);
	lines.cur = above.ptr;
	lines.end = bounce_span_end(above);
	lines.line_end = line_end;
	while (more)
	{
		BounceOutcome said;

		more = bounce_line_next(&lines, &line);
		if (more && !bounce_span_is_blank(line))
		{
			if (paragraph.ptr == NULL)
				paragraph.ptr = line.ptr;
			paragraph.len = (size_t) (line.ptr + line.len - paragraph.ptr);
			continue;
		}
		if (paragraph.ptr == NULL)
			continue;
		said = heading_says(paragraph);
		if (said != BOUNCE_OUTCOME_UNSAID)
			outcome = said;
		paragraph = BOUNCE_SPAN_NONE;
	}
	return outcome;
}

/* Is the sentence parted at this place?  Dots and commas within words do not. */
static Parting
parting_at(BounceSpan text, size_t at)
{
	static const BounceSpan conjunction = {"and", 3};
	char		c = text.ptr[at];
	bool		blank = at + 1 == text.len || bounce_ascii_is_space(text.ptr[at + 1]);

	if (c == ';' || ((c == '.' || c == '!' || c == '?') && blank))
		return PARTS_CLAUSE;
	if (c == ',' && blank)
		return PARTS_LIST;
	if (!bounce_ascii_is_alpha(c))
		return PARTS_NOT;
	if (one_begins(text, at, turns, sizeof(turns) / sizeof(turns[0])))
		return PARTS_CLAUSE;
	return one_begins(text, at, &conjunction, 1) ? PARTS_LIST : PARTS_NOT;
}

/*
 * What the part of a sentence that the address at [at, end) stands in says.  "to
 * jane@example.com and joe@example.com": where his part says nothing, the one in
 * front of it is asked, as long as it is one list.
 *
 * Judges MAX_CLAUSES parts of at most 2 * MAX_CLAUSE octets.
 */
BounceOutcome
bounce_outcome_of_clause(BounceSpan paragraph, size_t at, size_t end)
{
	size_t		floor = at > MAX_CLAUSE ? at - MAX_CLAUSE : 0;
	size_t		ceiling = paragraph.len - end > MAX_CLAUSE ? end + MAX_CLAUSE : paragraph.len;
	size_t		start = at;

	while (end < ceiling && parting_at(paragraph, end) == PARTS_NOT)
		end++;
	for (int i = 0; i < MAX_CLAUSES; i++)
	{
		Parting		parting = PARTS_NOT;
		BounceOutcome outcome;

		while (start > floor && parting == PARTS_NOT)
			parting = parting_at(paragraph, --start);
		outcome = outcome_said(bounce_span_make(paragraph.ptr + start, end - start));
		if (outcome != BOUNCE_OUTCOME_UNSAID)
			return outcome;
		if (parting != PARTS_LIST)
			break;
	}
	return BOUNCE_OUTCOME_UNSAID;
}
