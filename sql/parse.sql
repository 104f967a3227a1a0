-- A delivery status notification, all columns.
SET timezone = 'UTC';
CREATE TEMP TABLE mail (name text, raw text);
INSERT INTO mail VALUES ('postfix', $mail$Return-Path: <>
Delivered-To: bounces+4711@sender.test
Date: Thu, 12 Nov 2026 09:30:00 +0100 (CET)
From: MAILER-DAEMON@relay.sender.test (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: bounces+4711@sender.test
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
	boundary="B.1/relay"
Message-Id: <20261112083000.B1@relay.sender.test>

This is a MIME-encapsulated message.

--B.1/relay
Content-Description: Notification
Content-Type: text/plain; charset=utf-8

This is the mail system at host relay.sender.test.

<j.doe@example.org> (expanded from <jane@example.com>): host
    mx.example.org[192.0.2.25] said: 550 5.1.1 <j.doe@example.org>: Recipient
    address rejected: User unknown in virtual mailbox table (in reply to RCPT
    TO command)

--B.1/relay
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.sender.test
Arrival-Date: Thu, 12 Nov 2026 09:29:58 +0100 (CET)

Final-Recipient: rfc822; j.doe@example.org
Original-Recipient: rfc822;jane@example.com
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.example.org
Diagnostic-Code: smtp; 550 5.1.1 <j.doe@example.org>: Recipient address
    rejected: User unknown in virtual mailbox table

--B.1/relay
Content-Type: message/rfc822

Message-ID: <news.4711@sender.test>
Date: Thu, 12 Nov 2026 08:29:57 +0000
From: Sender <news@sender.test>
To: jane@example.com
Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe_im?= =?UTF-8?B?IE5vdmVtYmVy?=
X-Campaign: 2026-11

Hello.
--B.1/relay--
$mail$);
\x on
SELECT r.* FROM mail, bounce_parse(raw) r;
\x off
-- The same from bytes, with CRLF and CR line ends, from an mbox, in base64.
SELECT count(DISTINCT r) FROM mail, LATERAL (VALUES (raw), (replace(raw, E'\n', E'\r\n')),
	(replace(raw, E'\n', E'\r')), (E'From MAILER-DAEMON Thu Nov 12 09:30:00 2026\n' || raw)) v(raw),
	bounce_parse(v.raw) r;
SELECT count(DISTINCT r) FROM mail, LATERAL (VALUES (raw), (replace(raw, E'\n', E'\r\n'))) v(raw),
	bounce_parse(convert_to(v.raw, 'UTF8')) r;
SELECT r.recipient, r.final_recipient, r.diagnostic FROM mail,
	regexp_match(raw, '^(.*Content-Type: message/delivery-status\n)\n(.*?)(\n--B.1/relay\nContent-Type: message/rfc822.*)$') p,
	bounce_parse(p[1] || E'Content-Transfer-Encoding: base64\n\n' || encode(convert_to(p[2], 'UTF8'), 'base64') || p[3]) r;
-- Cut anywhere it gives one row or none, and never half an address.
SELECT coalesce(r.recipient, r.final_recipient, 'none') AS recipient, count(*) > 0 AS some
FROM mail, generate_series(0, length(raw)) n LEFT JOIN LATERAL bounce_parse(left((SELECT raw FROM mail), n)) r ON true
GROUP BY 1 ORDER BY 1;
-- No report, no row.
SELECT count(*) FROM (VALUES (''), ('hello'), (E'\n'), (E'Subject: hello\n\n550 5.1.1 <jane@example.com> User unknown'),
	(E'From: joe@example.com\nSubject: Re: Undelivered Mail\n\n> <jane@example.com>: 550 User unknown\n'),
	(repeat('x', 1000000)), (repeat(E'\n', 1000000)), (repeat(E'--\n', 300000))) v(raw), bounce_parse(v.raw);
SELECT count(*) FROM bounce_parse(NULL::text);
-- A report for each of many recipients.
SELECT count(*), count(DISTINCT recipient), min(status), max(reply_code) FROM bounce_parse(
	E'From: MAILER-DAEMON@mx.test\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.test\n\n'
	|| (SELECT string_agg(format(E'Final-Recipient: rfc822; u%s@example.com\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 User unknown\n\n', n), '')
		FROM generate_series(1, 100000) n));
-- Parts inside parts.
SELECT count(*), bool_and(truncated) FROM bounce_parse(
	E'Content-Type: multipart/mixed; boundary=b0\n\n'
	|| (SELECT string_agg(format(E'--b%s\nContent-Type: multipart/mixed; boundary=b%s\n\n', n, n + 1), '' ORDER BY n) FROM generate_series(0, 9999) n)
	|| E'--b10000\nContent-Type: message/delivery-status\n\nFinal-Recipient: rfc822; jane@example.com\nAction: failed\n');
-- A hundred megabytes are read in linear time, and can be cancelled.
SET statement_timeout = '60s';
SELECT count(*) FROM bounce_parse(convert_to(E'Subject: x\n\n', 'UTF8') || decode(repeat('41', 100000000), 'hex'));
SELECT count(*) FROM (SELECT raw || repeat(E'line\n', 20000000) AS raw FROM mail) m, bounce_parse(m.raw);
RESET statement_timeout;
-- Any bytes: NUL, Latin-1, broken UTF-8 in every field; text comes out valid.
SELECT r.recipient, r.diagnostic, r.original_subject, r.campaign FROM bounce_parse(
	convert_to(E'Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n'
	'Final-Recipient: rfc822; jane@example.com\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 Empf', 'UTF8')
	|| '\xe4' || 'nger unbekannt ' || '\x0001c3bcc3ff80e282ac' || convert_to(E'\n\n--b\nContent-Type: text/rfc822-headers\n\nX-Campaign: ', 'UTF8') || '\xff'
	|| convert_to(E'\nSubject: =?ISO-8859-1?Q?Gr=FC=DFe?= =?windows-1251?B?z/Do4uXy?= =?no-such?Q?=E4?=\n', 'UTF8')) r;
-- The headline of any mail.
SELECT (bounce_headline(raw)).* FROM mail;
SELECT bounce_headline(''::bytea), bounce_headline('nothing');
