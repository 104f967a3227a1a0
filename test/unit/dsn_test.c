/*-------------------------------------------------------------------------
 *
 * dsn_test.c
 *	  Tests of src/core/dsn.c and report_field.c: groups of fields, as the
 *	  RFC has them and as mail systems write them.
 *
 * test/unit/dsn_test.c
 *
 *-------------------------------------------------------------------------
 */
#include "parsed.h"

#define DSN "From: MAILER-DAEMON@mx.example\nContent-Type: message/delivery-status\n\n"

static const ParsedReport *const first = &parsed.report[0];
static const ParsedReport *const second = &parsed.report[1];

/* All recipients with their actions, "a@b.example:failed|". */
static const char *
outcomes(void)
{
	static char joined[4096];
	size_t		n = 0;

	joined[0] = '\0';
	for (int i = 0; i < parsed.n && i < PARSED_MAX; i++)
	{
		const ParsedReport *r = &parsed.report[i];

		n += (size_t) snprintf(joined + n, sizeof(joined) - n, "%s:%s|",
							   r->recipient != NULL ? r->recipient : "-",
							   r->action != NULL ? r->action : "-");
	}
	return joined;
}

static void
test_groups(void)
{
	static const struct
	{
		const char *message;
		const char *outcomes;
		const char *name;
	}			cases[] =
	{
		{DSN "Reporting-MTA: dns; mx.example\n\n"
			"Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1\n\n"
			"Final-Recipient: rfc822; c@d.example\nAction: delayed\nStatus: 4.2.2\n",
		"a@b.example:failed|c@d.example:delayed|", "two recipients as in the RFC"},
		{DSN "Reporting-MTA: dns; mx.example\nFinal-Recipient: rfc822; a@b.example\n"
			"Action: failed\nStatus: 5.1.1\nFinal-Recipient: rfc822; c@d.example\n"
			"Action: delayed\nStatus: 4.2.2\n",
		"a@b.example:failed|c@d.example:delayed|", "all in one block"},
		{DSN "Action: failed\nStatus: 5.1.1\nFinal-Recipient: rfc822; a@b.example\n\n"
			"Action: delayed\nStatus: 4.2.2\nFinal-Recipient: rfc822; c@d.example\n",
		"a@b.example:failed|c@d.example:delayed|", "Action first"},
		{DSN "Action: failed\nStatus: 5.1.1\nFinal-Recipient: rfc822; a@b.example\n"
			"Action: delayed\nStatus: 4.2.2\nFinal-Recipient: rfc822; c@d.example\n",
		"a@b.example:failed|c@d.example:delayed|", "Action first, all in one block"},
		{DSN "Final-Recipient: rfc822; a@b.example\n\nAction: failed\n\nStatus: 5.1.1\n",
		"a@b.example:failed|", "empty lines within, which make no second report"},
		{DSN "\n\n\nFinal-Recipient: rfc822; a@b.example\n\n\n\nAction: failed\n\n\n\n",
		"a@b.example:failed|", "many empty lines"},
		{DSN "Final-Recipient: rfc822; a@b.example\nAction: failed",
		"a@b.example:failed|", "no line end at the end"},
		{DSN "Final-Recipient: rfc822; a@b.example\nFinal-Recipient: rfc822; c@d.example\nAction: failed\n",
		"a@b.example:-|c@d.example:failed|", "a recipient without an outcome"},
		{DSN "FINAL-RECIPIENT:rfc822;a@b.example\naction : FAILED\n",
		"a@b.example:FAILED|", "names fold, blanks are free"},
		{DSN "X-Other: y\nFinal-Recipient: rfc822; a@b.example\nX-Other: z\n more\nAction: failed\n",
		"a@b.example:failed|", "fields that nobody knows, folded"},
		{DSN "Final-Recipient: rfc822;\n a@b.example\nAction:\n\tfailed\n",
		"a@b.example:failed|", "folded values"},
		{DSN "junk\n\nFinal-Recipient: rfc822; a@b.example\njunk\nAction: failed\n",
		"a@b.example:failed|", "junk lines"},
		{DSN "Original-Recipient: rfc822; o@b.example\nFinal-Recipient: rfc822; a@b.example\nAction: failed\n",
		"o@b.example:failed|", "whom we mailed goes before who failed"},
		{DSN "X-Actual-Recipient: rfc822; x@b.example\nAction: failed\n",
		"x@b.example:failed|", "only the actual recipient"},
		{DSN "Final-Recipient: rfc822; a@b.example\n\nAction: failed\n\nStatus: 5.1.1\n\n"
			"Diagnostic-Code: smtp; 550 no\n\nFinal-Recipient: rfc822; c@d.example\n\nAction: delayed\n",
		"a@b.example:failed|c@d.example:delayed|", "an empty line behind every field"},
		{DSN "Action: failed\n\nOriginal-Recipient: rfc822; o@b.example\n\n"
			"Final-Recipient: rfc822; a@b.example\n\nStatus: 5.1.1\n\n"
			"Action: delayed\n\nFinal-Recipient: rfc822; c@d.example\n",
		"o@b.example:failed|c@d.example:delayed|", "and Action first"},
		{DSN "Final-Recipient: rfc822; a@b.example\n\nAction: failed\n\n"
			"Original-Recipient: rfc822; o@d.example\n\nFinal-Recipient: rfc822; c@d.example\n\nAction: delayed\n",
		"a@b.example:failed|o@d.example:delayed|", "whose second recipient begins with another field"},
		{DSN "Original-Recipient: rfc822; o@b.example\nAction: failed\n\n"
			"Final-Recipient: rfc822; c@d.example\nAction: delayed\n",
		"o@b.example:failed|c@d.example:delayed|", "other fields in the block of the next"},
		{DSN "Final-Recipient: rfc822; a@b.example\nStatus: 5.1.1\n\n"
			"Action: delayed\nFinal-Recipient: rfc822; c@d.example\n",
		"a@b.example:-|c@d.example:delayed|", "an action in the block of the next"},
		{DSN "Final-Recipient: rfc822; a@b.example\nAction: failed\n\nFinal-Recipient: rfc822; c@d.example\n",
		"a@b.example:failed|c@d.example:-|", "a recipient without an outcome behind one with it"},
		{DSN "Final-Recipient: rfc822; a.b\n @b.example\nAction: failed\n",
		"a.b@b.example:failed|", "folded in front of the @"},
		{DSN "Final-Recipient: rfc822; a.b@\n\tb.example\nAction: failed\n",
		"a.b@b.example:failed|", "folded behind the @"},
		{DSN "Final-Recipient: rfc822; a.\n b@b.\n example\nAction: failed\n",
		"a.b@b.example:failed|", "folded at dots"},
		{DSN "Action: failed\nFinal-Recipient: rfc822; a@b.\n exam", "-:failed|", "folded, and cut"},
		{DSN "", "", "an empty report"},
		{DSN "Reporting-MTA: dns; mx.example\n", "", "no recipient at all"}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		parse(given(cases[i].message));
		is_text(outcomes(), cases[i].outcomes, "groups: %s", cases[i].name);
	}
}

static void
test_fields(void)
{
	parse(given(DSN "Reporting-MTA: dns; mx.example (its name)\nArrival-Date: Sun, 22 Nov 2026 20:32:36 +0000\n\n"
				"Final-Recipient: rfc822; a@b.example\nX-Actual-Recipient: rfc822; x@y.example\n"
				"Action: failed (expired)\nStatus: 5.1.1 (user unknown)\nRemote-MTA: dns;mx.b.example\n"
				"Diagnostic-Code: smtp; 550 5.1.1 No\n such user\nLast-Attempt-Date: Sun, 22 Nov 2026 20:33:36 +0000\n"));
	ok(parsed.n == 1, "one report");
	is_text(first->recipient, "a@b.example", "who was mailed");
	is_text(first->final_recipient, "x@y.example", "where an alias led to");
	is_text(first->action, "failed", "the action is one word");
	is_text(first->status, "5.1.1 (user unknown)", "the status keeps its comment");
	is_text(first->reporting_mta, "mx.example", "the reporting host without type and comment");
	is_text(first->remote_mta, "mx.b.example", "the remote host");
	is_text(first->diagnostic, "550 5.1.1 No such user", "the diagnostic text, unfolded, without its type");
	ok(first->code.reply == 550 && first->code.enhanced_class == 5 && first->code.subject == 1 &&
	   first->code.detail == 1, "its codes");
	ok(first->happened_at.known && first->happened_at.seconds == INT64_C(1795379616),
	   "the time is that of the last attempt");
	ok(first->class == BOUNCE_CLASS_HARD && first->reason == BOUNCE_REASON_USER_UNKNOWN, "the verdict");
	ok(!first->truncated, "and nothing was lost");

	parse(given(DSN "Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.2 (550 Tried all MXs)\n"));
	is_text(first->diagnostic, "550 Tried all MXs", "a reply that stands in a comment of Status");

	parse(given(DSN "Final-Recipient: rfc822; a@b.example\nAction: failed\n"
				"Diagnostic-Code: smtp; 550-first\n550-second\n550 third\nStatus: 5.1.1\n"));
	is_text(first->diagnostic, "550-first 550-second 550 third",
			"the further lines of a reply in the first column");
	is_text(first->status, "5.1.1", "end where a field begins");

	parse(given(DSN "Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.0.0\n\n"
				"Diagnostic-Code: smtp; 550 no such user\n\nFinal-Recipient: rfc822; c@d.example\nAction: failed\n"));
	is_text(first->diagnostic, "550 no such user", "a reply behind an empty line is of the recipient above");
	is_text(second->diagnostic, NULL, "and not of the one below");

	parse(given(DSN "Final-Recipient: rfc822; a@b.example\nFinal-Recipient: x\nAction: failed\n"));
	is_text(second->recipient, NULL, "a recipient field without an address names nobody");

	parse(given(DSN "Final-Recipient: rfc822; a@b.example\nAction: delivered\nStatus: 2.0.0\n"));
	ok(first->kind == BOUNCE_KIND_DELIVERED && first->class != BOUNCE_CLASS_HARD, "a success is no failure");
	parse(given(DSN "Final-Recipient: rfc822; a@b.example\nStatus: 2.0.0\n"));
	ok(first->kind == BOUNCE_KIND_DELIVERED, "nor is one without an action");
	parse(given(DSN "Final-Recipient: rfc822; a@b.example\nAction: failed\nDiagnostic-Code: smtp; 250 ok\n"));
	ok(first->class != BOUNCE_CLASS_HARD, "a failure with 2yz is never hard");
}

static void
test_unitext(void)
{
	static const struct
	{
		const char *field;
		const char *recipient;
		const char *name;
	}			cases[] =
	{
		{"utf-8; j\\x{FC}rgen@b.example", "j\303\274rgen@b.example", "one character"},
		{"utf-8; \\x{6C34}\\x{1F600}@b.example", "\346\260\264\360\237\230\200@b.example",
		"characters of three and four octets"},
		{"utf-8; a\\x{zz}@b.example", "@b.example", NULL},
		{"rfc822; a\\x{FC}@b.example", NULL, NULL},
		{"utf-8; a\\x{110000}@b.example", "a@b.example", "what is no character goes"},
		{"utf-8; a\\x{D800}@b.example", "a@b.example", "a surrogate, too"},
		{"utf-8; a\\x{0}@b.example", "a@b.example", "and NUL"}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		char		message[512];

		snprintf(message, sizeof(message), DSN "Final-Recipient: %s\nAction: failed\n", cases[i].field);
		parse(given(message));
		if (cases[i].name != NULL)
			is_text(first->recipient, cases[i].recipient, "utf-8 escapes: %s", cases[i].name);
		else
			ok(first->recipient == NULL || strchr(first->recipient, '\\') == NULL,
			   "utf-8 escapes: a broken one is in no address: %s", cases[i].field);
	}
	for (int cut = 0; cut <= 12; cut++)
	{
		char		message[512];

		snprintf(message, sizeof(message), DSN "Action: failed\nFinal-Recipient: utf-8; a\\x{0000FC}@b.c");
		message[strlen(message) - (size_t) cut] = '\0';
		parse(given(message));
		ok(parsed.n <= 1, "utf-8 escapes: cut %d octets before the end", cut);
	}
}

/* What does not fit is dropped whole: half of an address is somebody else's. */
static void
test_full(void)
{
	static char message[64 * 1024];
	static char filler[BOUNCE_MAX_LINE + 16];
	static const char *const fields[] = {"Final-Recipient", "Original-Recipient"};
	size_t		n;

	memset(filler, 'x', sizeof(filler));
	for (size_t f = 0; f < 2; f++)
	{
		bool		half = false;

		for (int room = 0; room < 40; room++)
		{
			int			rest = BOUNCE_RECIPIENT_BYTES - 2 * 8000 - room;

			n = (size_t) snprintf(message, sizeof(message), DSN
								  "Status: %.8000s\nRemote-MTA: %.8000s\nDiagnostic-Code: %.*s\n"
								  "%s: rfc822; bob@example.com\nAction: failed\n",
								  filler, filler, rest - 1, filler, fields[f]);
			parse(given_bytes(message, n));
			for (int i = 0; i < parsed.n; i++)
				half |= parsed.report[i].recipient != NULL &&
					strcmp(parsed.report[i].recipient, "bob@example.com") != 0;
		}
		ok(!half, "no half of an address when the buffer is full: %s", fields[f]);
	}
	ok(parsed.n == 1 && first->truncated, "and that something was lost is said");

	/* a line that is clipped within the address, then the next recipient */
	for (int off = -8; off <= 1; off++)
	{
		int			blanks = BOUNCE_MAX_LINE + off - (int) sizeof("Final-Recipient: bob@example.com") + 1;

		n = (size_t) snprintf(message, sizeof(message), DSN "Final-Recipient: %*sbob@example.com\nAction: failed\n\n"
							  "Final-Recipient: rfc822; c@d.example\nAction: delayed\n", blanks, "");
		parse(given_bytes(message, n));
		if (!ok(strcmp(outcomes(), off < 0 ? "bob@example.com:failed|c@d.example:delayed|" :
					   "-:failed|c@d.example:delayed|") == 0,
				"a recipient that ends %+d octets from the longest line", off))
			diag("got %s", outcomes());
	}
	for (int off = -1; off <= 1; off++)
	{
		int			rest = BOUNCE_MAX_VALUE + off - 4000 - 1;

		n = (size_t) snprintf(message, sizeof(message), DSN "Final-Recipient: rfc822; a@b.example\nAction: failed\n"
							  "Diagnostic-Code: %.4000s\n %.*s\n", filler, rest, filler);
		parse(given_bytes(message, n));
		ok(parsed.n == 1 && strlen(first->diagnostic) == (off <= 0 ? (size_t) (BOUNCE_MAX_VALUE + off) : 4000) &&
		   first->truncated == (off > 0), "a value %+d octets from the limit", off);
	}
}

/* A message that breaks off within an address names nobody. */
static void
test_cut(void)
{
	static const char *const fields[] = {
		"Final-Recipient: rfc822; bob@b.example",
		"Final-Recipient: rfc822;\n bob@b.example",
		"Final-Recipient: utf-8; b\\x{6F}b@b.example"
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
	{
		char		message[512];
		size_t		n = (size_t) snprintf(message, sizeof(message), DSN "Action: failed\n%s", fields[i]);
		bool		half = false;

		for (size_t cut = 0; cut < strlen(fields[i]); cut++)
		{
			parse(given_bytes(message, n - cut));
			half |= first->recipient != NULL;
		}
		ok(!half, "cut within: %s", fields[i]);
		message[n] = '\n';
		parse(given_bytes(message, n + 1));
		is_text(first->recipient, "bob@b.example", "and not cut: %s", fields[i]);
	}
}

static void
test_mailed(void)
{
	static const struct
	{
		const char *to;
		const char *recipient;
		const char *name;
	}			cases[] =
	{
		{"bob@b.example", "bob@b.example", "one address"},
		{"Bob <bob@b.example>", "bob@b.example", "with a name"},
		{"\"bob@b.example\" <bob@b.example>", "bob@b.example", "which may be the address"},
		{"\"a b\"@b.example", "\"a b\"@b.example", "a quoted one"},
		{"bob@b.example, eve@b.example", NULL, "not one of two"},
		{"bob@b.example, Eve <eve@b.example>", NULL, "even when the second is in angles"},
		{"\"a b\"@b.example, eve@b.example", NULL, "or the first is quoted"},
		{"eve@b.example, \"a b\"@b.example", NULL, "or the second"},
		{"undisclosed-recipients:;", NULL, "nobody"}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		char		message[1024];

		snprintf(message, sizeof(message), "Content-Type: multipart/report; boundary=b\n\n--b\n"
				 "Content-Type: message/delivery-status\n\nAction: failed\nStatus: 5.1.1\n\n--b\n"
				 "Content-Type: text/rfc822-headers\n\nTo: %s\n\n--b--\n", cases[i].to);
		parse(given(message));
		is_text(first->recipient, cases[i].recipient, "who was mailed, by the mail that came back: %s",
				cases[i].name);
	}
}

static void
test_encoded(void)
{
	parse(given("Content-Type: message/delivery-status\nContent-Transfer-Encoding: quoted-printable\n\n"
				"Final-Recipient: rfc822; a=\n@b.example\nAction: fai=6Ced\n"));
	is_text(outcomes(), "a@b.example:failed|", "a report in quoted-printable");
	parse(given("Content-Type: message/delivery-status\rContent-Transfer-Encoding: quoted-printable\r\r"
				"Final-Recipient: rfc822; a=\r@b.example\rAction: failed\r"));
	is_text(outcomes(), "a@b.example:failed|", "the same with lines that end with CR");
	parse(given("Content-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\n"
				"RmluYWwtUmVjaXBpZW50OiByZmM4MjI7IGFAYi5leGFtcGxlDQpBY3Rpb246IGZhaWxlZA0K\n"));
	is_text(outcomes(), "a@b.example:failed|", "a report in base64");
	parse(given("Content-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\n"
				"RmluYWwtUmVjaXBpZW50OiByZmM4MjI7IGFAYi5leGFtcGxlDQpBY3Rpb246IGZhaWxlZA0\n"));
	is_text(outcomes(), "a@b.example:failed|", "a report in base64 that ends with CR, without its pad");
}

int
main(void)
{
	test_groups();
	test_fields();
	test_unitext();
	test_full();
	test_cut();
	test_mailed();
	test_encoded();
	return done_testing();
}
