/*-------------------------------------------------------------------------
 *
 * status.c
 *	  Reply codes (RFC 5321) and enhanced status codes (RFC 3463) in text.
 *
 * A number in a server's words is a code only where a code can stand.  A
 * reply code is three digits, 2yz, 4yz or 5yz with y up to 7, that
 *	- begin the text or follow punctuation (": ; , ( [ < quote > -"), a line
 *	  end, or a word such as "said", "error", "code", "status"; or
 *	- have an enhanced code or the "-" of a continued reply behind them;
 * and that are no port ("host:587", "[192.0.2.1]:587"), no part of a longer
 * number, address, date or time, and not followed by a unit ("552 bytes").
 *
 * An enhanced code is class.subject.detail, class 2, 4 or 5, that is no part
 * of a longer dotted number (an IP address, a date with a year), that has no
 * letter at either end, and that
 *	- follows the reply code directly; or
 *	- begins the text or follows punctuation or "#"; or
 *	- stands between words, has subject 0 to 7, has the class of the reply
 *	  code if there is one, and does not follow a word such as "version".
 *
 * Of several, the first reply code counts, and the first enhanced code of
 * the same reply that is not vague.  But a 2yz that does not begin the text
 * gives way to a 4yz or 5yz behind it: a transcript tells what went well too.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * src/core/status.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/status.h"

/* Enhanced codes have no subject beyond this (RFC 3463, section 3). */
#define MAX_SUBJECT 7

/* How far back the word before a number is looked at. */
#define MAX_WORD_BEFORE 16

static bool
digit_at(BounceSpan s, size_t i)
{
	return i < s.len && bounce_ascii_is_digit(s.ptr[i]);
}

static bool
alnum_at(BounceSpan s, size_t i)
{
	return i < s.len && bounce_ascii_is_alnum(s.ptr[i]);
}

static bool
char_at(BounceSpan s, size_t i, char c)
{
	return i < s.len && s.ptr[i] == c;
}

/* Is c one of the bytes behind which a code may stand? */
static bool
opens_code(char c)
{
	switch (c)
	{
		case ':':
		case ';':
		case ',':
		case '(':
		case '[':
		case '{':
		case '<':
		case '>':
		case '"':
		case '\'':
		case '#':
		case '-':
		case '=':
		case '|':
		case ']':
		case ')':
		case '\n':
		case '\r':
			return true;
		default:
			return false;
	}
}

/*
 * Read "550" at i; the length is 3, or 0 when it is no reply code by itself.
 */
static size_t
read_reply(BounceSpan s, size_t i, int *reply)
{
	char		c;

	if (!digit_at(s, i) || !digit_at(s, i + 1) || !digit_at(s, i + 2))
		return 0;
	c = s.ptr[i];
	if ((c != '2' && c != '4' && c != '5'))
		return 0;
	if (alnum_at(s, i + 3) || char_at(s, i + 3, '_') ||
		char_at(s, i + 3, '/') || char_at(s, i + 3, '%') ||
		char_at(s, i + 3, '@') ||
		((char_at(s, i + 3, '.') || char_at(s, i + 3, ':') ||
		  char_at(s, i + 3, ',')) && digit_at(s, i + 4)))
		return 0;
	*reply = (c - '0') * 100 + (s.ptr[i + 1] - '0') * 10 + (s.ptr[i + 2] - '0');
	return 3;
}

/* Read "5.1.1" at i; returns its length or 0. */
static size_t
read_enhanced(BounceSpan s, size_t i, BounceCode *out)
{
	size_t		at = i;
	int			part[2];

	if (!digit_at(s, at) ||
		(s.ptr[at] != '2' && s.ptr[at] != '4' && s.ptr[at] != '5'))
		return 0;
	at++;
	for (int n = 0; n < 2; n++)
	{
		size_t		from;

		if (!char_at(s, at, '.'))
			return 0;
		from = ++at;
		part[n] = 0;
		while (digit_at(s, at) && at - from < 3)
			part[n] = part[n] * 10 + (s.ptr[at++] - '0');
		if (at == from)
			return 0;
	}
	if (alnum_at(s, at) || char_at(s, at, '_') || char_at(s, at, '@') ||
		(char_at(s, at, '.') && alnum_at(s, at + 1)))
		return 0;
	out->enhanced_class = s.ptr[i] - '0';
	out->subject = part[0];
	out->detail = part[1];
	return at - i;
}

/* The word that ends before i, blanks and a colon skipped. */
static BounceSpan
word_before(BounceSpan s, size_t i)
{
	size_t		end = i;
	size_t		from;

	while (end > 0 && (s.ptr[end - 1] == ' ' || s.ptr[end - 1] == ':'))
		end--;
	from = end;
	while (from > 0 && end - from < MAX_WORD_BEFORE &&
		   bounce_ascii_is_alnum(s.ptr[from - 1]))
		from--;
	return bounce_span_make(s.ptr + from, end - from);
}

static bool
is_one_of(BounceSpan word, const char *const *list)
{
	for (; *list != NULL; list++)
	{
		BounceSpan	entry = bounce_span_make(*list, strlen(*list));

		if (bounce_span_equal_fold(word, entry))
			return true;
	}
	return false;
}

/* Words that announce a code. */
static const char *const announcing[] = {
	"said", "says", "replied", "reply", "response", "responded", "returned",
	"error", "code", "status", "smtp", "esmtp", "lmtp", "command", "answer",
	"answered", "got", "gave", "with", "failure", "failed", "reason",
	"result", "bounced", "rejected", "transfail", "message", "was", "is",
	"host", "undefined", NULL
};

/* Words after which a dotted number is no code. */
static const char *const versions[] = {
	"version", "ver", "v", "release", "rev", "build", "postfix", "sendmail",
	"exim", "exchange", "server", "mailserver", "spamassassin", "product",
	"esmtp", "smtpsvc", "client", "agent", "linux", "kernel", "php", NULL
};

/* Units: a number before one of them is a quantity. */
static const char *const units[] = {
	"byte", "bytes", "kb", "kib", "mb", "mib", "octets", "sec", "secs",
	"second", "seconds", "min", "mins", "minute", "minutes", "hour", "hours",
	"day", "days", "ms", "gmt", "utc", NULL
};

/* Things that are counted, after words that may announce a code. */
static const char *const counted[] = {
	"b", "k", "m", "message", "messages", "recipient", "recipients", "email",
	"emails", "mails", "per", "times", "connections", "characters", "of",
	NULL
};

/* The word at i, blanks skipped. */
static BounceSpan
word_after(BounceSpan s, size_t i)
{
	size_t		end;

	while (i < s.len && s.ptr[i] == ' ')
		i++;
	for (end = i; end < s.len && end - i < MAX_WORD_BEFORE &&
		 bounce_ascii_is_alpha(s.ptr[end]); end++)
		;
	return bounce_span_make(s.ptr + i, end - i);
}

/* Is the number at i the port of "host:25" or "[192.0.2.1]:25"? */
static bool
is_port(BounceSpan s, size_t i)
{
	size_t		at;

	if (i < 2 || s.ptr[i - 1] != ':')
		return false;
	if (s.ptr[i - 2] == ']' || bounce_ascii_is_digit(s.ptr[i - 2]))
		return true;
	for (at = i - 1; at > 0 && i - at < 256 &&
		 (bounce_ascii_is_alnum(s.ptr[at - 1]) || s.ptr[at - 1] == '-'); at--)
		;
	return at > 0 && s.ptr[at - 1] == '.';
}

/*
 * May a code stand at i, going by what is before it?  *loose is set when it
 * follows a mere word, which is not enough by itself.
 */
static bool
may_begin(BounceSpan s, size_t i, bool *loose)
{
	char		before;
	size_t		at = i;

	*loose = false;
	if (i == 0)
		return true;
	before = s.ptr[i - 1];
	if (bounce_ascii_is_alnum(before) || before == '.' || before == '_' ||
		before == '/' || before == '@' || before == '+' || before == '$' ||
		is_port(s, i))
		return false;
	if (before == '-' && i >= 2 && bounce_ascii_is_alnum(s.ptr[i - 2]) &&
		!(i >= 4 && bounce_ascii_is_digit(s.ptr[i - 2]) &&
		  bounce_ascii_is_digit(s.ptr[i - 3]) &&
		  bounce_ascii_is_digit(s.ptr[i - 4])))
		return false;
	while (at > 0 && (s.ptr[at - 1] == ' ' || s.ptr[at - 1] == '\t'))
		at--;
	if (at == 0 || opens_code(s.ptr[at - 1]))
		return true;
	*loose = true;
	return true;
}

/*
 * The enhanced code that goes with the reply code that ends at i: behind
 * blanks, "-", "#" or an opening bracket.
 */
static size_t
skip_to_enhanced(BounceSpan s, size_t i)
{
	size_t		limit = i + 4;

	while (i < s.len && i < limit &&
		   (s.ptr[i] == ' ' || s.ptr[i] == '-' || s.ptr[i] == '#' ||
			s.ptr[i] == '(' || s.ptr[i] == '[' || s.ptr[i] == ':' ||
			s.ptr[i] == '\'' || s.ptr[i] == '"'))
		i++;
	return i;
}

/* Is the three-digit number at i, which reads as a reply code, one? */
static bool
is_reply_here(BounceSpan s, size_t i)
{
	BounceCode	unused;
	bool		loose;

	if (!may_begin(s, i, &loose))
		return false;
	if (read_enhanced(s, skip_to_enhanced(s, i + 3), &unused) > 0)
		return true;
	if (char_at(s, i + 3, '-'))
	{
		/* "550-The": yes; "200-300" and "550-day" in a sentence: no. */
		if (digit_at(s, i + 4))
			return false;
		if (!loose || (i + 4 < s.len && !bounce_ascii_is_alpha(s.ptr[i + 4])))
			return true;
		return i + 4 < s.len &&
			s.ptr[i + 4] >= 'A' && s.ptr[i + 4] <= 'Z';
	}
	if (i > 0 && is_one_of(word_after(s, i + 3), units))
		return false;

	/* "Exit status 255" is no success. */
	return !loose || (s.ptr[i] != '2' &&
					  is_one_of(word_before(s, i), announcing) &&
					  !is_one_of(word_after(s, i + 3), counted));
}

/* Is the enhanced code at i one?  reply is what was found so far. */
static bool
is_enhanced_here(BounceSpan s, size_t i, const BounceCode *code, int reply)
{
	bool		loose;

	if (!may_begin(s, i, &loose))
		return false;
	if (reply != 0 && reply / 100 != code->enhanced_class)
		return false;
	if (!loose)
		return true;
	return code->subject <= MAX_SUBJECT && code->enhanced_class != 2 &&
		!is_one_of(word_before(s, i), versions);
}

static void
take_enhanced(BounceCode *out, const BounceCode *enhanced)
{
	out->enhanced_class = enhanced->enhanced_class;
	out->subject = enhanced->subject;
	out->detail = enhanced->detail;
}

/* Where the next digit is from i on; the end where there is none. */
static size_t
next_digit(BounceSpan text, size_t i)
{
	for (; text.len - i >= 8; i += 8)
	{
		uint64_t	digits = bounce_eight_digits(bounce_eight_octets(text.ptr + i));

		if (digits != 0)
			return i + bounce_first_of_eight(digits);
	}
	while (i < text.len && !bounce_ascii_is_digit(text.ptr[i]))
		i++;
	return i;
}

/*
 * Find the codes of the server's reply inside any text; see the head of this
 * file for what counts as a code.  What is not there is left zero.
 *
 * Reads text once, and a bounded number of bytes around each number in it.
 */
void
bounce_code_find(BounceSpan text, BounceCode *out)
{
	BounceCode	zero = {0, 0, 0, 0};
	bool		passing = false;	/* a 2yz that does not begin the text */
	size_t		i = 0;

	*out = zero;
	while (i < text.len)
	{
		BounceCode	enhanced;
		int			reply = 0;
		size_t		len;

		i = next_digit(text, i);
		if (i == text.len)
			return;
		enhanced = zero;
		if ((out->reply == 0 || passing) && read_reply(text, i, &reply) > 0 &&
			!(passing && reply < 400) && is_reply_here(text, i))
		{
			size_t		at = skip_to_enhanced(text, i + 3);

			if (passing)
				*out = zero;
			passing = (reply < 400 && i > 0);
			out->reply = reply;
			i += 3;

			/* What stands right behind it is of this reply, whatever class. */
			len = read_enhanced(text, at, &enhanced);
			if (len > 0)
			{
				take_enhanced(out, &enhanced);
				i = at + len;
			}
			else if (out->enhanced_class != 0 &&
					 out->enhanced_class != reply / 100)
			{
				/* What was found before it was not of this reply. */
				take_enhanced(out, &zero);
			}
		}
		else
		{
			len = read_enhanced(text, i, &enhanced);
			if (len > 0 && bounce_code_is_vague(out) &&
				is_enhanced_here(text, i, &enhanced, out->reply) &&
				(out->enhanced_class == 0 ||
				 (out->enhanced_class == enhanced.enhanced_class &&
				  !bounce_code_is_vague(&enhanced))))
				take_enhanced(out, &enhanced);
			i += len > 0 ? len : 1;
		}
		if (out->reply != 0 && !passing && !bounce_code_is_vague(out))
			return;

		/* The rest of a number is nothing new. */
		while (i < text.len && (bounce_ascii_is_alnum(text.ptr[i]) ||
								(text.ptr[i] == '.' && digit_at(text, i + 1))))
			i++;
	}
}

/*
 * Read a code argument: "550", "5.1.1", "550 5.1.1", "#5.1.1", "550-5.1.1",
 * "5.1.1 (text)".  Anything else gives zeros.
 */
void
bounce_code_parse(BounceSpan code, BounceCode *out)
{
	BounceCode	zero = {0, 0, 0, 0};
	size_t		i = 0;
	size_t		len;

	*out = zero;
	while (i < code.len && (bounce_ascii_is_space(code.ptr[i]) ||
							opens_code(code.ptr[i])))
		i++;
	len = read_reply(code, i, &out->reply);
	if (len > 0)
		i = skip_to_enhanced(code, i + len);
	(void) read_enhanced(code, i, out);
}

/*
 * The digit that decides: that of the reply code if there is one, because
 * servers and reporters invent enhanced codes; else the enhanced code's
 * class.  0 when neither is known.
 */
int
bounce_code_digit(const BounceCode *code)
{
	if (code->reply != 0)
		return code->reply / 100;
	return code->enhanced_class;
}

/* Does the enhanced code say nothing: absent, or x.0.0? */
bool
bounce_code_is_vague(const BounceCode *code)
{
	return code->enhanced_class == 0 ||
		(code->subject == 0 && code->detail == 0);
}

/*
 * Complete the codes that are given by those that a text says.  What is given
 * comes first, but a text that holds the server's own reply knows better than a
 * vague x.0.0, which many mail servers put over any reply.
 */
void
bounce_code_complete(BounceCode *code, const BounceCode *said)
{
	if (code->reply == 0)
		code->reply = said->reply;
	if (bounce_code_is_vague(code) && said->enhanced_class != 0 &&
		(code->reply == 0 || code->reply == said->reply ||
		 code->reply / 100 == said->enhanced_class))
	{
		code->enhanced_class = said->enhanced_class;
		code->subject = said->subject;
		code->detail = said->detail;
	}
}

/* Write 1 to 3 digits. */
static size_t
write_number(char *buf, int n)
{
	size_t		len = 0;

	if (n >= 100)
		buf[len++] = (char) ('0' + n / 100 % 10);
	if (n >= 10)
		buf[len++] = (char) ('0' + n / 10 % 10);
	buf[len++] = (char) ('0' + n % 10);
	return len;
}

/*
 * Write the enhanced code as "5.1.1" with a terminator; returns its length
 * without, 0 when there is none.  buf has BOUNCE_ENHANCED_TEXT_SIZE bytes.
 */
size_t
bounce_enhanced_write(const BounceCode *code, char *buf)
{
	size_t		len = 0;

	if (code->enhanced_class != 0)
	{
		buf[len++] = (char) ('0' + code->enhanced_class % 10);
		buf[len++] = '.';
		len += write_number(buf + len, code->subject);
		buf[len++] = '.';
		len += write_number(buf + len, code->detail);
	}
	buf[len] = '\0';
	return len;
}
