/*-------------------------------------------------------------------------
 *
 * parse.c
 *	  Fuzz target: any octets through the whole parse, and through the small
 *	  parsers that SQL functions call by themselves.
 *
 * A first octet of 1 to 7, which no message begins with, chooses a small
 * parser for the rest (see parse_small()); all else is a message.  What must
 * hold of every input is checked here, so that the fuzzer finds wrong answers
 * as well as crashes:
 *
 *	- each span of a report lies in the message or in the reader;
 *	- the steps are at most linear in the message, and the end stays the end;
 *	- codes are in their ranges, addresses have an "@" and no control octet;
 *	- nothing is hard but a failure, and no failure with 2yz;
 *	- the answer depends on the octets only: not on where they lie, nor on
 *	  what was in the reader before.
 *
 * test/fuzz/parse.c
 *
 *-------------------------------------------------------------------------
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/date.h"
#include "core/explain.h"
#include "core/fingerprint.h"
#include "core/judge.h"
#include "core/limits.h"
#include "core/param.h"
#include "core/reader.h"
#include "core/word.h"

/* Steps that a message of so many octets may take. */
#define MAX_STEPS(len) (4 * (len) + 64)

/* Seconds of 2200-01-02, behind anything that bounce_date_parse() takes. */
#define MAX_SECONDS INT64_C(7258204800)

#define CHECK(cond) \
	do { \
		if (!(cond)) \
		{ \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #cond); \
			abort(); \
		} \
	} while (0)

/* below the heap; parse_message() has another one above it, on the stack */
static BounceReader low_reader;
static BounceCharsets charsets;

static bool
lies_in(BounceSpan s, const void *area, size_t size)
{
	uintptr_t	from = (uintptr_t) area;
	uintptr_t	at = (uintptr_t) s.ptr;

	return at >= from && at <= from + size && s.len <= from + size - at;
}

/* Not known, or in the message or the reader. */
static void
check_span(const BounceReader *reader, BounceSpan s)
{
	if (s.ptr == NULL)
		CHECK(s.len == 0);
	else
		CHECK(lies_in(s, reader->message.ptr, reader->message.len) ||
			  lies_in(s, reader, sizeof(*reader)));
}

static void
check_address(const BounceReader *reader, BounceSpan s)
{
	const char *at;

	check_span(reader, s);
	if (s.len == 0)
		return;
	CHECK(s.len <= BOUNCE_MAX_ADDRESS);
	for (size_t i = 0; i < s.len; i++)
		CHECK((unsigned char) s.ptr[i] >= ' ' && s.ptr[i] != 127);
	at = memchr(s.ptr, '@', s.len);
	CHECK(at != NULL && at > s.ptr && s.ptr[s.len - 1] != '@');
}

static void
check_time(BounceTime time)
{
	CHECK(!time.known || (time.seconds > -86400 && time.seconds < MAX_SECONDS));
}

static void
check_code(const BounceCode *code)
{
	CHECK(code->reply == 0 || (code->reply >= 200 && code->reply <= 599));
	CHECK(code->enhanced_class == 0 || code->enhanced_class == 2 ||
		  code->enhanced_class == 4 || code->enhanced_class == 5);
	CHECK(code->subject >= 0 && code->subject <= 999);
	CHECK(code->detail >= 0 && code->detail <= 999);
}

static void
check_verdict(const BounceVerdict *verdict)
{
	CHECK((unsigned int) verdict->class < BOUNCE_CLASS_COUNT);
	CHECK((unsigned int) verdict->reason < BOUNCE_REASON_COUNT);
	CHECK(verdict->rule != NULL && verdict->rule[0] != '\0');
	CHECK(!verdict->instant || verdict->class == BOUNCE_CLASS_HARD);
}

static void
check_report(const BounceReader *reader, const BounceReport *report)
{
	static const char *const commands[] = {
		"CONNECT", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA"
	};
	bool		known = report->command.ptr == NULL;

	CHECK((unsigned int) report->kind < BOUNCE_KIND_COUNT);
	check_address(reader, report->recipient);
	check_address(reader, report->final_recipient);
	check_address(reader, report->return_path);
	check_address(reader, report->original_sender);
	check_span(reader, report->status);
	check_span(reader, report->diagnostic);
	check_span(reader, report->charset);
	check_span(reader, report->action);
	check_span(reader, report->reporting_mta);
	check_span(reader, report->remote_mta);
	check_span(reader, report->message_id);
	check_span(reader, report->original_message_id);
	check_span(reader, report->original_subject);
	check_span(reader, report->feedback_type);
	check_span(reader, report->campaign);
	check_time(report->happened_at);
	check_time(report->original_date);
	check_code(&report->code);
	CHECK(report->format.len > 0);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		known |= bounce_span_equal(report->command,
								   bounce_span_make(commands[i], strlen(commands[i])));
	CHECK(known);
}

static void
check_judgement(const BounceReport *report, const BounceVerdict *verdict)
{
	check_verdict(verdict);
	if (report->kind != BOUNCE_KIND_FAILED || bounce_code_digit(&report->code) == 2)
		CHECK(verdict->class != BOUNCE_CLASS_HARD);
}

/* FNV-1a, to compare two answers without keeping them. */
static void
hash_bytes(uint64_t *hash, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < len; i++)
		*hash = (*hash ^ p[i]) * UINT64_C(1099511628211);
}

static void
hash_span(uint64_t *hash, BounceSpan s)
{
	unsigned char known = s.ptr != NULL;

	hash_bytes(hash, &known, 1);
	hash_bytes(hash, &s.len, sizeof(s.len));
	if (s.len > 0)
		hash_bytes(hash, s.ptr, s.len);
}

static void
hash_report(uint64_t *hash, const BounceReport *report, const BounceVerdict *verdict)
{
	int64_t		happened = report->happened_at.known ? report->happened_at.seconds : -1;
	int64_t		sent = report->original_date.known ? report->original_date.seconds : -1;

	hash_bytes(hash, &report->kind, sizeof(report->kind));
	hash_span(hash, report->recipient);
	hash_span(hash, report->final_recipient);
	hash_span(hash, report->return_path);
	hash_span(hash, report->original_sender);
	hash_span(hash, report->status);
	hash_span(hash, report->diagnostic);
	hash_span(hash, report->charset);
	hash_span(hash, report->action);
	hash_span(hash, report->reporting_mta);
	hash_span(hash, report->remote_mta);
	hash_span(hash, report->message_id);
	hash_span(hash, report->original_message_id);
	hash_span(hash, report->original_subject);
	hash_span(hash, report->feedback_type);
	hash_span(hash, report->campaign);
	hash_span(hash, report->command);
	hash_span(hash, report->format);
	hash_bytes(hash, &happened, sizeof(happened));
	hash_bytes(hash, &sent, sizeof(sent));
	hash_bytes(hash, &report->code, sizeof(report->code));
	hash_bytes(hash, &report->truncated, sizeof(report->truncated));
	hash_bytes(hash, &verdict->class, sizeof(verdict->class));
	hash_bytes(hash, &verdict->reason, sizeof(verdict->reason));
}

/* All reports of the message; returns a hash of them. */
static uint64_t
parse_with(BounceReader *reader, int before, BounceSpan message)
{
	BounceReport report;
	BounceVerdict verdict;
	BounceStep	step;
	uint64_t	hash = UINT64_C(14695981039346656037);
	size_t		steps = 0;

	/* the buffers are large, and only written; all else must be initialized */
	memset(reader, before, offsetof(BounceReader, message_bytes));
	bounce_reader_open(reader, message, &charsets);
	while ((step = bounce_reader_next(reader, &report)) != BOUNCE_STEP_END)
	{
		CHECK(++steps <= MAX_STEPS(message.len));
		if (step == BOUNCE_STEP_MORE)
			continue;
		check_report(reader, &report);
		bounce_report_judge(&report, report.diagnostic, NULL, &verdict);
		check_judgement(&report, &verdict);
		hash_report(&hash, &report, &verdict);
	}
	CHECK(bounce_reader_next(reader, &report) == BOUNCE_STEP_END);
	return hash;
}

static void
parse_message(BounceSpan message)
{
	BounceReader high_reader;
	uint64_t	low = parse_with(&low_reader, 0, message);

	CHECK(parse_with(&high_reader, 0xA5, message) == low);
}

/* A parsed address can be written, and what was written is the same address. */
static void
parse_address(BounceSpan text)
{
	BounceAddress addr;
	BounceAddress again;
	char		plain[BOUNCE_MAX_ADDRESS];
	char		twice[BOUNCE_MAX_ADDRESS];
	size_t		len;
	size_t		pos = 0;
	size_t		before = 0;

	if (bounce_address_parse(text, &addr))
	{
		CHECK(lies_in(addr.local, text.ptr, text.len));
		CHECK(lies_in(addr.domain, text.ptr, text.len));
		len = bounce_address_write(&addr, plain, sizeof(plain));
		CHECK(len > 0);
		CHECK(bounce_address_parse(bounce_span_make(plain, len), &again));
		CHECK(bounce_address_write(&again, twice, sizeof(twice)) == len);
		CHECK(memcmp(plain, twice, len) == 0);
	}
	while (bounce_address_find(text, &pos, &addr))
	{
		CHECK(pos > before && pos <= text.len);
		CHECK(addr.local.len > 0 && addr.domain.len > 0);
		CHECK(lies_in(addr.local, text.ptr + before, pos - before));
		CHECK(lies_in(addr.domain, text.ptr + before, pos - before));
		before = pos;
	}
}

static void
parse_param(BounceSpan text)
{
	const char *mark = text.len > 0 ? memchr(text.ptr, '\0', text.len) : NULL;
	BounceSpan	name = BOUNCE_SPAN_OF("boundary");
	char	   *buf;
	size_t		size;

	/* "name NUL value", else the value of boundary */
	if (mark != NULL)
	{
		name = bounce_span_make(text.ptr, (size_t) (mark - text.ptr));
		text = bounce_span_make(mark + 1, text.len - name.len - 1);
	}
	size = text.len / 2;
	buf = malloc(size);
	CHECK(bounce_param_get(text, name, buf, size) <= size);
	CHECK(lies_in(bounce_param_main(text), text.ptr, text.len));
	free(buf);
}

static void
parse_words(BounceSpan text)
{
	BounceWordIter it;
	BounceWord	word;
	char		buf[64];
	size_t		steps = 0;

	bounce_word_open(&it, text);
	while (bounce_word_next(&it, buf, sizeof(buf), &word))
	{
		CHECK(++steps <= text.len);
		CHECK(lies_in(word.bytes, buf, sizeof(buf)) || lies_in(word.bytes, text.ptr, text.len));
		CHECK(word.charset.len == 0 || lies_in(word.charset, text.ptr, text.len));
	}
}

/* The first rule has decided, and what it matched is where it says. */
static void
check_explanation(const BounceEvidence *evidence, const BounceVerdict *verdict)
{
	static BounceExplanation e;

	bounce_verdict_explain(evidence, &e);
	CHECK(e.nmatches >= 1 && e.nmatches <= BOUNCE_MAX_MATCHES);
	CHECK(e.matches[0].rule == verdict->rule && e.verdict.reason == verdict->reason);
	for (unsigned i = 0; i < e.nmatches; i++)
	{
		BounceSpan	piece = e.matches[i].piece;

		CHECK(e.matches[i].decides == (i == 0) && e.matches[i].why != NULL);
		CHECK(piece.len == 0 || lies_in(piece, evidence->text.ptr, evidence->text.len) ||
			  lies_in(piece, e.code_text, sizeof(e.code_text)));
	}
}

/* "code NUL text NUL host NUL command" */
static void
parse_evidence(BounceSpan text)
{
	BounceEvidence evidence = {.own = NULL};
	BounceVerdict verdict;
	BounceCode	code;
	BounceSpan *part[] = {&evidence.code, &evidence.text, &evidence.host, &evidence.command};

	for (int i = 0; i < 4; i++)
	{
		const char *mark = text.len > 0 ? memchr(text.ptr, '\0', text.len) : NULL;
		size_t		len = mark != NULL ? (size_t) (mark - text.ptr) : text.len;

		*part[i] = bounce_span_make(text.ptr, len);
		text.ptr += len + (mark != NULL);
		text.len -= len + (mark != NULL);
	}
	bounce_code_parse(evidence.code, &code);
	check_code(&code);
	bounce_code_find(evidence.text, &code);
	check_code(&code);
	bounce_verdict_decide(&evidence, &verdict);
	check_verdict(&verdict);
	check_explanation(&evidence, &verdict);
}

/* A fingerprint is its own. */
static void
print_text(BounceSpan text)
{
	char		once[BOUNCE_FINGERPRINT_SIZE];
	char		twice[BOUNCE_FINGERPRINT_SIZE];
	size_t		len = bounce_fingerprint_write(text, once);
	char	   *copy = malloc(len);

	CHECK(len <= sizeof(once));
	if (len > 0)
		memcpy(copy, once, len);
	CHECK(bounce_fingerprint_write(bounce_span_make(copy, len), twice) == len);
	CHECK(len == 0 || memcmp(once, twice, len) == 0);
	free(copy);
}

/* The parser that the first octet chooses; false when it chooses none. */
static bool
parse_small(unsigned char which, BounceSpan text)
{
	BounceTime	time;
	BounceCode	code;

	switch (which)
	{
		case 1:
			parse_address(text);
			return true;
		case 2:
			time.known = bounce_date_parse(text, &time.seconds);
			check_time(time);
			return true;
		case 3:
			parse_param(text);
			return true;
		case 4:
			bounce_code_find(text, &code);
			check_code(&code);
			return true;
		case 5:
			parse_evidence(text);
			return true;
		case 6:
			parse_words(text);
			return true;
		case 7:
			print_text(text);
			return true;
	}
	return false;
}

/* libFuzzer's name for it */
extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool		small = size > 0 && data[0] >= 1 && data[0] <= 7;
	BounceSpan	text;
	char	   *copy;

	if (small)
		size--;
	copy = malloc(size);		/* exact, so that the sanitizer sees each octet beyond */
	if (size > 0)
		memcpy(copy, data + small, size);
	text = bounce_span_make(copy, size);
	if (!small || !parse_small(data[0], text))
		parse_message(text);
	free(copy);
	return 0;
}
