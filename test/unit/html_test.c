/*-------------------------------------------------------------------------
 *
 * html_test.c
 *	  Tests of src/core/html.c: what a reader sees of HTML.
 *
 * test/unit/html_test.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/html.h"
#include "given.h"

static char buffer[65536];

static BounceSpan
strip(BounceSpan html, size_t size)
{
	return bounce_span_make(buffer, bounce_html_strip(&html, buffer, size));
}

static void
test_text(void)
{
	static const struct
	{
		const char *html;
		const char *text;
		const char *name;
	}			cases[] =
	{
		{"a<br>b<br/>c", "a\nb\nc", "line breaks"},
		{"<p>one</p><p>two</p>", "one\n\ntwo", "paragraphs are set off by an empty line"},
		{"a<br><br>b", "a\n\nb", "two breaks are an empty line"},
		{"<div>a</div>\n<div>b</div>", "a\nb", "blocks"},
		{"<tr><td>User:</td><td>x</td></tr><tr><td>y</td></tr>", "User: x\ny", "a row is a line, a cell is a word"},
		{"a  \n\t b", "a b", "white space"},
		{"<b>bo</b>ld", "bold", "marks inside a word"},
		{"&lt;a@b.example&gt; &amp; &#65;&#x42;&eacute;&euml", "<a@b.example> & AB\xC3\xA9&euml", "entities"},
		{"a&nbsp;b&#160;c", "a b c", "blanks that do not break"},
		{"1 & 2 &; &#; &#x;", "1 & 2 &; &#; &#x;", "what is no entity"},
		{"&#0;&#1114112;&#xD800;x", "x", "characters that do not exist"},
		{"<a@b.example>: full <a href=\"mailto:c@d.example\">c@d.example</a>", "<a@b.example>: full c@d.example",
		"an address in angles is no tag"},
		{"if a < b and c <3", "if a < b and c <3", "nor is a sign"},
		{"<style>p { color: red }</style>a<script>x < y</script>b", "ab", "what nobody sees"},
		{"<head><title>t</title></head>a", "a", "the head"},
		{"a<!-- <b> x -->b<!DOCTYPE html>c<?xml x?>d", "abcd", "comments and declarations"},
		{"<STYLE>x</STYLE>a<BR>b", "a\nb", "in upper case"},
		{"<style>never closed", "", "hidden to the end"},
		{"<!-- never closed", "", "a comment to the end"},
		{"a<b", "a", "a tag that is cut"},
		{"<p", "", "and one at the beginning"},
		{"", "", "nothing"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_span(strip(given(cases[i].html), sizeof(buffer)), cases[i].text, "html: %s", cases[i].name);
}

/* Nothing is written beyond the buffer, no half of a character, and in place. */
static void
test_bounds(void)
{
	static const char html[] = "<p>a\xC3\xA9&eacute;b<br>&#x20AC;c</p><div>d e&hellip;f<p>g&Auml;";
	bool		within = true;
	bool		shorter = true;

	for (size_t size = 0; size < sizeof(html); size++)
	{
		BounceSpan	text;

		memset(buffer, '#', sizeof(buffer));
		text = strip(given(html), size);
		within &= text.len <= size && buffer[size] == '#';
		shorter &= text.len == 0 || (unsigned char) text.ptr[text.len - 1] != 0xC3;
	}
	ok(within, "html: never beyond the buffer");
	ok(shorter, "html: no half of a character at its end");
	for (size_t cut = 0; cut < sizeof(html); cut++)
	{
		BounceSpan	rest;
		BounceSpan	text = strip(given_bytes(html, cut), sizeof(buffer));
		static char copy[sizeof(html)];
		size_t		n;

		memcpy(copy, html, cut);
		rest = bounce_span_make(copy, cut);
		n = bounce_html_strip(&rest, copy, cut);
		within &= n == text.len && memcmp(copy, buffer, n) == 0;
	}
	ok(within, "html: in place as elsewhere, wherever it is cut");
}

int
main(void)
{
	test_text();
	test_bounds();
	return done_testing();
}
