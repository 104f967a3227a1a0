/*-------------------------------------------------------------------------
 *
 * json_test.c
 *	  Tests of src/core/json.c, and of the reader of SES notifications.
 *
 * test/unit/json_test.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/json.h"
#include "parsed.h"

static const ParsedReport *const first = &parsed.report[0];

static BounceSpan
member(const char *object, const char *name)
{
	return bounce_json_member(given(object), bounce_span_make(name, strlen(name)));
}

static void
test_values(void)
{
	is_span(bounce_json_value(given(" {\"a\": [1, \"}\"]} rest")), "{\"a\": [1, \"}\"]}", "a value ends where it ends");
	is_span(bounce_json_value(given("\"a\\\"b\" c")), "\"a\\\"b\"", "an escaped quote ends nothing");
	is_span(bounce_json_value(given("{\"a\": [")), "{\"a\": [", "a value that breaks off");
	ok(bounce_json_value(given("")).ptr == NULL, "no value in nothing");
	ok(bounce_json_value(given("}")).ptr == NULL, "nor in a bracket that closes");
	is_span(member("{\"a\": 1, \"b\" : {\"a\": 2}, \"c\": 3}", "b"), "{\"a\": 2}", "a member");
	is_span(member("{\"a\": 1, \"b\" : {\"c\": 2}, \"c\": 3}", "c"), "3", "and not one of a member's");
	ok(member("{\"a\": 1}", "b").ptr == NULL, "no such member");
	ok(member("[\"a\", 1]", "a").ptr == NULL, "no member of an array");
	ok(member("{\"a\" 1}", "a").ptr == NULL, "no member without a colon");
	ok(member("{\"a\":", "a").ptr == NULL, "no member without a value");
}

static void
test_elements(void)
{
	BounceSpan	rest = given("[ 1 , \"a,b\",[2, 3], {\"c\": 4} ] 5");
	BounceSpan	value;

	ok(bounce_json_element(&rest, &value), "an element");
	is_span(value, "1", "a number");
	ok(bounce_json_element(&rest, &value), "another");
	is_span(value, "\"a,b\"", "a string");
	ok(bounce_json_element(&rest, &value), "another");
	is_span(value, "[2, 3]", "an array");
	ok(bounce_json_element(&rest, &value), "another");
	is_span(value, "{\"c\": 4}", "an object");
	ok(!bounce_json_element(&rest, &value), "and no more");
	rest = given("[]");
	ok(!bounce_json_element(&rest, &value), "none in an empty array");
	rest = given("{\"a\": 1}");
	ok(!bounce_json_element(&rest, &value), "nor in an object");
}

static void
is_string(const char *json, size_t size, const char *want, const char *name)
{
	char		buf[64];

	is_span(bounce_span_make(buf, bounce_json_string(given(json), buf, size)), want, "a string: %s", name);
}

static void
test_strings(void)
{
	is_string("\"a\\n\\t\\\"\\/b\"", 64, "a\n\t\"/b", "escapes");
	is_string("\"\\u00e4\\u20AC\\ud83d\\ude00\"", 64, "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80", "of characters");
	is_string("\"\\ud83d x \\u00\"", 64, " x u00", "of half ones");
	is_string("\"abcdef\"", 3, "abc", "as much as there is room for");
	is_string("\"ab\\u20ac\"", 5, "ab", "and never half a character");
	is_string("\"ab", 64, "", "one that breaks off");
	is_string("12", 64, "", "a number is none");
}

#define HEAD "From: AWS Notifications <no-reply@sns.amazonaws.com>\nSubject: AWS Notification Message\n\n"
#define MAIL "\"mail\":{\"timestamp\":\"2026-09-10T09:30:00.000Z\",\"source\":\"crm@sender.example\"," \
	"\"messageId\":\"0100\",\"destination\":[\"x@y.example\"]," \
	"\"commonHeaders\":{\"messageId\":\"<1@sender.example>\",\"subject\":\"September\"}}}"
#define FOOTER "\n\n--\nIf you wish to stop receiving notifications, write to stop@sns.example\n"

static void
test_ses(void)
{
	parse(given(HEAD "{\"notificationType\":\"Bounce\",\"bounce\":{\"bounceType\":\"Permanent\",\"bounceSubType\":\"General\","
				"\"bouncedRecipients\":[{\"emailAddress\":\"a@b.example\",\"action\":\"failed\",\"status\":\"5.1.1\","
				"\"diagnosticCode\":\"smtp; 550 5.1.1 user \\u00e4 unknown\"},{\"emailAddress\":\"c@d.example\"}],"
				"\"timestamp\":\"2026-09-10T09:31:00.000Z\",\"reportingMTA\":\"dsn; mx.ses.example\"}," MAIL FOOTER));
	ok(parsed.n == 2, "ses: a report for each recipient");
	is_text(first->recipient, "a@b.example", "ses: the first");
	is_text(first->format, "amazon-ses", "ses: by its reader");
	is_text(first->diagnostic, "550 5.1.1 user \xC3\xA4 unknown", "ses: the server's words");
	ok(first->reason == BOUNCE_REASON_USER_UNKNOWN, "ses: and what they mean");
	is_text(first->original_message_id, "<1@sender.example>", "ses: of our mail");
	is_text(parsed.report[1].recipient, "c@d.example", "ses: the second");
	is_text(parsed.report[1].diagnostic, "Permanent: General", "ses: of which no server spoke");

	parse(given(HEAD "{\"notificationType\":\"Complaint\",\"complaint\":{\"complainedRecipients\":"
				"[{\"emailAddress\":\"a@b.example\"}],\"complaintFeedbackType\":\"abuse\"}," MAIL FOOTER));
	ok(parsed.n == 1 && first->kind == BOUNCE_KIND_COMPLAINT, "ses: a complaint");
	is_text(first->feedback_type, "abuse", "ses: of this type");

	parse(given(HEAD "{\"eventType\":\"Delivery\",\"delivery\":{\"recipients\":[\"a@b.example\"]}," MAIL "\n"));
	ok(parsed.n == 1 && first->kind == BOUNCE_KIND_DELIVERED, "ses: a delivery");
	is_text(first->recipient, "a@b.example", "ses: to a plain address");

	parse(given(HEAD "{\"notificationType\":\"Bounce\",\"bounce\":{\"bounceType\":\"Transient\",\"bounceSubType\":"
				"\"MailboxFull\",\"bouncedRecipients\":[{\"emailAddress\":\"a@b.example\"}]}," MAIL "\n"));
	ok(first->reason == BOUNCE_REASON_MAILBOX_FULL, "ses: the subtype says why");

	parse(given(HEAD "{\"notificationType\":\"Open\",\"open\":{\"recipients\":[\"a@b.example\"]}," MAIL "\n"));
	ok(parsed.n == 0, "ses: nothing that we want to know");
	parse(given(HEAD "{\"notificationType\":\"Bounce\",\"bounce\":{\"bouncedRecipients\":[{\"emailAddress\":\"a@b.exam"));
	ok(parsed.n == 0, "ses: half an address is none");
	parse(given(HEAD "{\"notificationType\":\"Bounce\",\"bounce\":{\"bouncedRecipients\":[{\"emailAddress\":\"a@b.example\"}]}}"));
	ok(parsed.n == 1, "ses: the end of the message needs no line end");
	parse(given(HEAD "{\"notificationType\":\"Complaint\",\"complaint\":{\"complainedRecipients\":[1,null,{}]}," MAIL "\n"));
	ok(parsed.n == 0, "ses: a report names somebody");
	parse(given("From: evil@b.example\n\n{\"notificationType\":\"Complaint\",\"complaint\":{\"complainedRecipients\":"
				"[{\"emailAddress\":\"a@b.example\"}]}," MAIL "\n"));
	ok(parsed.n == 0, "ses: only by its service");
	parse(given(HEAD "{\"hello\": \"world\"}\n"));
	ok(parsed.n == 0, "ses: other JSON is no report");
	parse(given("Subject: x\n\n{\"hello\": \"world\"}\n"));
	ok(parsed.n == 0 && !parsed.endless, "ses: nor where nobody else reads it");
}

int
main(void)
{
	test_values();
	test_elements();
	test_strings();
	test_ses();
	return done_testing();
}
