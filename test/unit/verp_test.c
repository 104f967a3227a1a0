/*-------------------------------------------------------------------------
 *
 * verp_test.c
 *	  Tests of src/core/verp.c: the recipient within a return path.
 *
 * test/unit/verp_test.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/verp.h"
#include "parsed.h"

static void
test_read(void)
{
	static const struct
	{
		const char *return_path;
		const char *mailed;		/* NULL: nobody */
		const char *name;
	}			cases[] =
	{
		{"bounces+jane=example.com@sender.test", "jane@example.com", "the recipient behind the plus"},
		{"b+jane.doe=mx.example.com@s.test", "jane.doe@mx.example.com", "dots in both"},
		{"b+jane+news=example.com@s.test", "jane+news@example.com", "a sub-address"},
		{"b+jane-doe=example.com@s.test", NULL, "a hyphen may end a token"},
		{"b+a=b=example.com@s.test", NULL, "two equal signs"},
		{"SRS0=x=y=example.com=jane@s.test", NULL, "SRS"},
		{"prvs=123456=jane@s.test", NULL, "BATV"},
		{"b+token@s.test", NULL, "a token"},
		{"b+jane=localhost@s.test", NULL, "a domain without a dot"},
		{"b+jane=.example@s.test", NULL, "an empty label"},
		{"b+jane=example.@s.test", NULL, "nothing behind the dot"},
		{"b+=example.com@s.test", NULL, "no local part"},
		{"+jane=example.com@s.test", NULL, "nothing before the plus"},
		{"b+jane=exa_mple.com@s.test", NULL, "what is no domain"},
		{"b+jane=example.com", NULL, "no address"},
		{"", NULL, "nothing"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		BounceAddress addr;
		char		got[BOUNCE_MAX_ADDRESS + 1] = "";
		size_t		n = 0;

		if (bounce_verp_read(given(cases[i].return_path), &addr))
			n = bounce_address_write(&addr, got, sizeof(got) - 1);
		got[n] = '\0';
		is_text(n > 0 ? got : NULL, cases[i].mailed, "verp: %s", cases[i].name);
	}
}

#define DSN "--b\nContent-Type: message/delivery-status\n\n" \
	"Final-Recipient: rfc822; new@moved.example\nAction: failed\nStatus: 5.1.1\n\n--b--\n"

static void
test_reports(void)
{
	parse(given("Delivered-To: bounces+jane=example.com@sender.test\n"
				"Content-Type: multipart/report; boundary=b\n\n" DSN));
	ok(parsed.n == 1, "verp: one report");
	is_text(parsed.report[0].recipient, "jane@example.com", "verp: whom we mailed");
	is_text(parsed.report[0].final_recipient, "new@moved.example", "verp: who failed");
	parse(given("To: bounces+token@sender.test\nContent-Type: multipart/report; boundary=b\n\n" DSN));
	is_text(parsed.report[0].recipient, "new@moved.example", "verp: without one, as the report says");
}

int
main(void)
{
	test_read();
	test_reports();
	return done_testing();
}
