/*-------------------------------------------------------------------------
 *
 * notice_test.c
 *	  Tests of src/core/notice.c: entries of prose, found in order and by the
 *	  address that they are about.
 *
 * test/unit/notice_test.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/limits.h"
#include "core/notice.h"
#include "given.h"

/* All entries as "local@domain=words|". */
static const char *
entries_of(BounceSpan text)
{
	static char joined[4096];
	BounceNotice notice;
	BounceNoticeEntry entry;
	size_t		n = 0;

	joined[0] = '\0';
	bounce_notice_open(&notice, text, bounce_line_end_probe(text));
	while (bounce_notice_next(&notice, &entry))
		n += (size_t) snprintf(joined + n, sizeof(joined) - n, "%s%.*s@%.*s=%.*s|",
						   entry.shape == BOUNCE_ENTRY_LOOSE ? "~" : entry.shape == BOUNCE_ENTRY_CODED ? "#" : "",
							   (int) entry.address.local.len, entry.address.local.ptr,
							   (int) entry.address.domain.len, entry.address.domain.ptr,
							   (int) entry.words.len, entry.words.ptr);
	return joined;
}

static void
test_entries(void)
{
	static const struct
	{
		const char *text;
		const char *entries;
		const char *name;
	}			cases[] =
	{
		{"Hi.\n\n<a@b.example>: no such user\n\nBye.\n", "a@b.example=no such user|", "address and reason in one line"},
		{"<a@b.example>:\nno such user\nreally\n\nx", "a@b.example=no such user\nreally|", "the reason below"},
		{"  a@b.example\n    no such user\n  c@d.example\n    full\n", "a@b.example=no such user|c@d.example=full|",
		"indented, the next one ends the last"},
		{"a@b.example\n  c@d.example: said\n", "a@b.example=c@d.example: said|", "an address that is indented more belongs to the entry"},
		{"<a@b.example>: x\r\n\r\n<c@d.example>: y\r\n", "a@b.example=x|c@d.example=y|", "with CRLF"},
		{"<a@b.example>: x\r\r<c@d.example>: y\r", "a@b.example=x|c@d.example=y|", "with CR alone"},
		{"<a@b.example> (expanded from x)", "a@b.example=(expanded from x)|", "a comment behind the address"},
		{"\"a b\"@c.example: x", "a b@c.example=x|", "a quoted local part"},
		{"write to a@b.example: x\n", "", "an address within a line begins no entry"},
		{"a@b.example wrote:\n", "~a@b.example=wrote:|", "one that a word follows is loose"},
		{"a@b.example, wrote\n", "~a@b.example=wrote|", "and so is one that a comma follows"},
		{"  * a@b.example\n  -- c@d.example\n", "a@b.example=|c@d.example=|", "bullets"},
		{"\"a@b.example\":\nfull\n\"c@d.example\":\nx\n", "a@b.example=full|c@d.example=x|", "in quotes"},
		{"a@b.example [User unknown]\n", "a@b.example=[User unknown]|", "the reason in brackets"},
		{"a@b.example on Thu, 29 Apr\n  unknown\nc@d.example on Fri, x\n  y\n",
		"a@b.example=on Thu, 29 Apr\n  unknown|c@d.example=on Fri, x\n  y|", "the time behind the address"},
		{"554 5.1.1 <a@b.example>... no such user\n550 <c@d.example>... full\nx\n",
		"#a@b.example=554 5.1.1 <a@b.example>... no such user|#c@d.example=550 <c@d.example>... full|",
		"behind a code, a line each"},
		{"550 5.1.1 <a@b.example> no such user\n", "", "a reply that begins with an address is none"},
		{"<a@b.example: x\n", "", "nor one whose angle is not closed"},
		{"<a@b.example>:", "a@b.example=|", "no words at the end of the text"},
		{"", "", "nothing"}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		const char *got = entries_of(given(cases[i].text));

		if (!ok(strcmp(got, cases[i].entries) == 0, "entries: %s", cases[i].name))
			diag_span("got", bounce_span_make(got, strlen(got)));
	}
}

/* The words of the entry about this address, NULL where there is none. */
static void
is_found(BounceNotice *notice, const char *address, const char *words, const char *name)
{
	BounceNoticeEntry entry = {{{NULL, 0}, false, {NULL, 0}}, BOUNCE_ENTRY_LOOSE, {NULL, 0}, {NULL, 0}};
	bool		found = bounce_notice_find(notice, bounce_span_make(address, strlen(address)), &entry);

	is_span(found ? entry.words : BOUNCE_SPAN_NONE, words, "find: %s", name);
}

static void
test_find(void)
{
	BounceNotice notice;

	bounce_notice_open(&notice, given("<a@b.example>: one\n\n<c@d.example>: two\n\n<e@f.example>: three\n"),
					   BOUNCE_LINE_END_LF);
	is_found(&notice, "a@b.example", "one", "the first");
	is_found(&notice, "e@f.example", "three", "a later one");
	is_found(&notice, "c@d.example", "two", "one above the last that was found");
	is_found(&notice, "c@d.exampl", NULL, "half of an address is none");
	is_found(&notice, "x@y.example", NULL, "one that is not there");
	is_found(&notice, "", NULL, "no address");

	bounce_notice_open(&notice, given("<xa@b.example>: one\n\n<x.a@b.example>: two\n"), BOUNCE_LINE_END_LF);
	is_found(&notice, "a@b.example", NULL, "nor is the tail of a longer one");

	bounce_notice_open(&notice, given("<t@b.example>: full (generated from\n    a@b.example)\n"), BOUNCE_LINE_END_LF);
	is_found(&notice, "a@b.example", "full (generated from\n    a@b.example)", "an address in the words of an entry");
	bounce_notice_open(&notice, given("pipe to |/bin/x\n  generated by a@b.example\nCommand failed\n"), BOUNCE_LINE_END_LF);
	is_found(&notice, "a@b.example", "Command failed", "one that ends a line, without an entry above");

	bounce_notice_open(&notice, given("<a@b.example>: one\n"), BOUNCE_LINE_END_LF);
	for (int i = 0; i < 8; i++)
		is_found(&notice, "x@y.example", NULL, "a miss");
	is_found(&notice, "a@b.example", NULL, "nothing is looked for after many misses");
}

/* Where looking back stops within a line, its tail must not pass for a line. */
static void
test_tail(void)
{
	bool		tail = false;

	for (int pad = 4060; pad < 4130; pad++)
	{
		static char text[8192];
		BounceNotice notice;
		BounceNoticeEntry entry;
		size_t		n;

		n = (size_t) snprintf(text, sizeof(text), "not.bob@b.example: x\n%*s\n x y@z.example x\n", pad, ".");
		memset(text + 21, '.', (size_t) pad);
		bounce_notice_open(&notice, given_bytes(text, n), BOUNCE_LINE_END_LF);
		if (bounce_notice_find(&notice, BOUNCE_SPAN_OF("y@z.example"), &entry))
			tail |= !bounce_span_is(entry.address.local, "not.bob");
	}
	ok(!tail, "find: no half of an address, where looking back ends");
}

/* Counted in octets read this would be the window, not its square. */
static void
test_barren(void)
{
	static const char *const lines[] = {" x a@b.c x\n", " x a@b.c", "xa@b.c x\n"};

	for (size_t k = 0; k < sizeof(lines) / sizeof(lines[0]); k++)
	{
		size_t		len = 400 * 1024;
		char	   *text = malloc(len);
		size_t		n = 0;
		int			found = 0;

		while (n + strlen(lines[k]) <= len)
		{
			memcpy(text + n, lines[k], strlen(lines[k]));
			n += strlen(lines[k]);
		}
		for (int i = 0; i < 200; i++)
		{
			BounceNotice notice;
			BounceNoticeEntry entry;

			bounce_notice_open(&notice, bounce_span_make(text, n), BOUNCE_LINE_END_LF);
			found += bounce_notice_find(&notice, BOUNCE_SPAN_OF("a@b.c"), &entry);
		}
		ok(found == 0, "find: two hundred times in a text that is full of the address: \"%.8s\"", lines[k]);
		free(text);
	}
}

static void
test_words(void)
{
	is_span(bounce_notice_reply(given("host mx.b.example said: 550 no\n  such user")), "550 no\n  such user",
			"the reply behind \"said:\"");
	is_span(bounce_notice_reply(given("(552 5.2.2 a@b.example is full)")), "552 5.2.2 a@b.example is full", "in brackets");
	is_span(bounce_notice_reply(given("#550 5.1.1 not found ##")), "550 5.1.1 not found", "the reply between hashes");
	is_span(bounce_notice_reply(given("No such mailbox.\n  <mx.b.example #5.1.1 smtp;550 5.1.1 <a@b.example>: no>")),
			"550 5.1.1 <a@b.example>: no>", "the reply behind a type");
	is_span(bounce_notice_reply(given("<mx.b.example #5.1.1 smtp;550 5.1.1 no>")), "550 5.1.1 no", "and in an angle");
	is_span(bounce_notice_reply(given("Reason: refused it, with the message: [554 5.4.6 loop]")), "554 5.4.6 loop",
			"the reply in brackets");
	is_span(bounce_notice_reply(given("The error was: 450 450 4.2.2 full")), "450 450 4.2.2 full", "behind a colon");
	is_span(bounce_notice_reply(given("after RCPT:\nhost: mx\n5.2.2 full")), "5.2.2 full", "an enhanced code alone");
	is_span(bounce_notice_reply(given(">>> RCPT TO:<a@b.example>\n<<< 550 no")), "550 no", "out of a transcript");
	is_span(bounce_notice_reply(given("host mx.b.example [192.0.2.1]\n  SMTP error:\n  550-no\n  550 such user")),
			"550-no\n  550 such user", "the reply from the first line on that has a code");
	is_span(bounce_notice_reply(given("no such user, error 550 x")), "no such user, error 550 x",
			"all the words, where no line begins with a code");
	is_span(bounce_notice_reply(given("550")), "550", "a code that the text ends with");
	is_span(bounce_notice_reply(given("(reason: 550 no)")), "550 no", "the reason of Sendmail");
	is_span(bounce_notice_reply(given("(reason:")), "", "a reason that is cut");
	is_span(bounce_notice_reply(given("(reason:)")), "", "an empty one");
	is_span(bounce_notice_reply(given("(generated from a@b.example): full")), "full", "not where ours led to");
	is_span(bounce_notice_reply(given("(generated from a@b.example")), "(generated from a@b.example", "cut");
	is_span(bounce_notice_reply(given("")), "", "no words");

	is_span(bounce_notice_host(given("host mx.b.example[192.0.2.1] said: no")), "mx.b.example", "the host");
	is_span(bounce_notice_host(given("Connected to 192.0.2.1 but")), "192.0.2.1", "or its address");
	is_span(bounce_notice_host(given("ghost mx.b.example said")), NULL, "no host in another word");
	is_span(bounce_notice_host(given("host localhost said")), NULL, "none without a domain");
	is_span(bounce_notice_host(given("host ")), NULL, "none at the end");
	is_span(bounce_notice_host(given("host mx.")), "mx.", "one that is cut");
}

int
main(void)
{
	test_entries();
	test_find();
	test_tail();
	test_barren();
	test_words();
	return done_testing();
}
