/*-------------------------------------------------------------------------
 *
 * fields_test.c
 *	  Tests of src/core/fields.c: the fields of a header, found in one pass.
 *
 * test/unit/fields_test.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/fields.h"
#include "core/limits.h"
#include "given.h"

static BounceFields
fields_of(BounceSpan header)
{
	BounceFields fields;

	memset(&fields, 0xA5, sizeof(fields));
	bounce_fields_read(&fields, header, bounce_line_end_probe(header));
	return fields;
}

static void
test_names(void)
{
	static const struct
	{
		const char *name;
		BounceField field;
	}			cases[] =
	{
		{"From", BOUNCE_FIELD_FROM},
		{"TO", BOUNCE_FIELD_TO},
		{"subject", BOUNCE_FIELD_SUBJECT},
		{"Date", BOUNCE_FIELD_DATE},
		{"Message-Id", BOUNCE_FIELD_MESSAGE_ID},
		{"In-Reply-To", BOUNCE_FIELD_IN_REPLY_TO},
		{"References", BOUNCE_FIELD_REFERENCES},
		{"Return-Path", BOUNCE_FIELD_RETURN_PATH},
		{"Delivered-To", BOUNCE_FIELD_DELIVERED_TO},
		{"X-Original-To", BOUNCE_FIELD_X_ORIGINAL_TO},
		{"Envelope-To", BOUNCE_FIELD_ENVELOPE_TO},
		{"Auto-Submitted", BOUNCE_FIELD_AUTO_SUBMITTED},
		{"Precedence", BOUNCE_FIELD_PRECEDENCE},
		{"X-Autoreply", BOUNCE_FIELD_X_AUTOREPLY},
		{"X-Autorespond", BOUNCE_FIELD_X_AUTORESPOND},
		{"X-Failed-Recipients", BOUNCE_FIELD_X_FAILED_RECIPIENTS},
		{"Feedback-ID", BOUNCE_FIELD_FEEDBACK_ID},
		{"X-Campaign", BOUNCE_FIELD_CAMPAIGN},
		{"X-CRM-Campaign-Id", BOUNCE_FIELD_CAMPAIGN},
		{"x-mycampaignname", BOUNCE_FIELD_CAMPAIGN}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		char		header[128];
		BounceFields fields;
		int			known = 0;

		snprintf(header, sizeof(header), "X-Other: x\n%s: value\n", cases[i].name);
		fields = fields_of(given(header));
		for (int j = 0; j < BOUNCE_FIELD_COUNT; j++)
			known += fields.value[j].ptr != NULL;
		ok(known == 1 && bounce_span_is(fields.value[cases[i].field], "value"),
		   "%s is found, and as nothing else", cases[i].name);
	}
}

static void
test_values(void)
{
	BounceFields fields;

	fields = fields_of(given("Subject: one\nSubject: two\n"));
	is_span(fields.value[BOUNCE_FIELD_SUBJECT], "one", "the first of two fields counts");
	fields = fields_of(given("Subject:\nSubject: two\n"));
	is_span(fields.value[BOUNCE_FIELD_SUBJECT], "", "even when it is empty");
	fields = fields_of(given("X-Campaign:\nX-Campaign-Name: two\n"));
	is_span(fields.value[BOUNCE_FIELD_CAMPAIGN], "two", "an empty campaign does not count");
	fields = fields_of(given("Subject: a\n b\n"));
	is_span(fields.value[BOUNCE_FIELD_SUBJECT], "a\n b", "a folded value stays folded");
	fields = fields_of(given("Subject: a\n\nTo: b\n"));
	is_span(fields.value[BOUNCE_FIELD_TO], NULL, "the body has no field");
	fields = fields_of(given("Campaign: a\nY-Campaign: b\nX-: c\n"));
	is_span(fields.value[BOUNCE_FIELD_CAMPAIGN], NULL, "a campaign's name begins with X-");
	fields = fields_of(BOUNCE_SPAN_NONE);
	is_span(fields.value[BOUNCE_FIELD_TO], NULL, "the unknown has no field");
}

static void
test_limit(void)
{
	for (int off = -1; off <= 1; off++)
	{
		size_t		pad = (size_t) (BOUNCE_MAX_HEADER + off) - sizeof("X: \nTo: bob") + 1;
		BounceFields fields = fields_of(given_run("X: ", 'x', pad, "\nTo: bob"));

		is_span(fields.value[BOUNCE_FIELD_TO], off <= 0 ? "bob" : NULL,
				"a field that ends %+d octets from the limit", off);
	}
}

int
main(void)
{
	test_names();
	test_values();
	test_limit();
	return done_testing();
}
