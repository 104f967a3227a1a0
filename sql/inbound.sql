-- Mail comes in, contacts change: the examples that must come out right.
SET timezone = 'UTC';
CREATE TABLE contact (email text PRIMARY KEY);
CREATE TABLE inbound_mail (id int GENERATED ALWAYS AS IDENTITY, raw text, received_at timestamptz DEFAULT now());
CREATE TABLE opened (email text, campaign int, opened_at date);
SELECT bounce_attach('contact');
CREATE TRIGGER bounce AFTER INSERT ON inbound_mail REFERENCING NEW TABLE AS "new mail"
	FOR EACH STATEMENT EXECUTE FUNCTION bounce_inbound('raw', 'received_at');
CREATE TRIGGER bounce AFTER INSERT ON opened REFERENCING NEW TABLE AS inserted
	FOR EACH STATEMENT EXECUTE FUNCTION bounce_opened('email', 'campaign', 'opened_at');
CREATE FUNCTION report(address text, campaign text, diagnostic text, status text DEFAULT '5.0.0') RETURNS text LANGUAGE sql AS $$
	SELECT format(E'From: MAILER-DAEMON@mx.test\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n'
	'--b\n\nSorry.\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.test\n\nFinal-Recipient: rfc822; %s\nAction: failed\nStatus: %s\n'
	'Diagnostic-Code: smtp; %s\n\n--b\nContent-Type: text/rfc822-headers\n\nX-Campaign: %s\nTo: %1$s\n\n--b--\n', address, status, diagnostic, campaign)
$$;
INSERT INTO contact SELECT unnest(ARRAY['full', 'disabled', 'norecipient', 'giving-up', 'alias', 'rejected', 'inactive',
	'domain', 'quota', 'sessions', 'local', 'spamhaus', 'dmarc', 'content', 'opener', 'twice']) || '@example.com';
-- One statement, many mails.
INSERT INTO inbound_mail (raw, received_at) SELECT report(a || '@example.com', '1', d, s), '2026-09-11' FROM (VALUES
	('full', '552 5.2.2 <> Mailbox has exceeded the limit (in reply to RCPT TO command)', '5.2.2'),
	('disabled', '550 5.2.1 The email account that you tried to reach is disabled', '5.2.1'),
	('norecipient', '550 No such recipient', '5.0.0'),
	('giving-up', '550 No such user (giving-up@example.com) Giving up on 192.0.2.1', '5.0.0'),
	('alias', '5.1.1 unknown or illegal alias: alias@example.com', '5.1.1'),
	('rejected', '550 Recipient address rejected: User unknown', '5.0.0'),
	('inactive', '550 mailbox is no longer active', '5.0.0'),
	('domain', 'incorrect domain', '5.0.0'),
	('quota', 'Quota exceeded', '5.0.0'),
	('sessions', 'Too many sessions in a connection', '5.0.0'),
	('local', 'Temporary local problem', '4.0.0'),
	('spamhaus', '550 5.7.1 Service unavailable, client host [192.0.2.1] blocked using Spamhaus', '5.7.1'),
	('dmarc', '550 5.7.26 This mail is unauthenticated', '5.7.26'),
	('content', '554 content rejected', '5.0.0'),
	('opener', '550 mailbox is no longer active', '5.0.0'),
	('twice', '550 mailbox is no longer active', '5.0.0')) v(a, d, s);
SELECT * FROM contact ORDER BY email COLLATE "C";
-- Two more campaigns; one contact opens another mail in between, one report comes twice.
INSERT INTO opened VALUES ('opener@example.com', 99, '2026-10-20');
INSERT INTO inbound_mail (raw, received_at) SELECT report(a || '@example.com', c, '550 mailbox is no longer active'), t
	FROM (VALUES ('opener', '2', '2026-10-09'::timestamptz), ('opener', '3', '2026-11-13'), ('inactive', '3', '2026-11-13'),
		('inactive', '2', '2026-10-09'), ('twice', '2', '2026-10-09'), ('twice', '2', '2026-10-10')) v(a, c, t);
SELECT * FROM contact WHERE email ~ 'opener|inactive|twice' ORDER BY email COLLATE "C";
-- After confirmation an open changes nothing.
INSERT INTO opened VALUES ('inactive@example.com', 99, '2026-12-01');
SELECT email, bounce_state, bounce_mailable(bounce_state) FROM contact WHERE email ~ 'inactive';
SELECT address, state, cause FROM bounce_unmailable ORDER BY address COLLATE "C";
-- An automatic reply and a complaint.
INSERT INTO contact VALUES ('away@example.com'), ('angry@example.com'), ('happy@example.com');
INSERT INTO inbound_mail (raw, received_at) VALUES
	(E'From: Away <away@example.com>\nTo: bounces@sender.test\nAuto-Submitted: auto-replied\nSubject: Re: News\n\nBack in May.\n', '2026-10-09'),
	(E'From: fbl@provider.test\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\n\nA complaint.\n\n--b\n'
	'Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\nOriginal-Rcpt-To: <angry@example.com>\n\n--b\n'
	'Content-Type: message/rfc822\n\nTo: angry@example.com\n\n--b--\n', '2026-10-09'),
	(E'From: fbl@provider.test\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\n\nNone.\n\n--b\n'
	'Content-Type: message/feedback-report\n\nFeedback-Type: not-spam\nVersion: 1\nOriginal-Rcpt-To: <happy@example.com>\n\n--b--\n', '2026-10-09');
SELECT email, bounce_state FROM contact WHERE email ~ 'away|angry|happy' ORDER BY email COLLATE "C";
SELECT address, kind, class, reason, format FROM bounce_event WHERE address ~ 'away|angry|happy' ORDER BY address COLLATE "C";
-- What is no report stays in its table and is listed.
INSERT INTO inbound_mail (raw) VALUES (''), (E'From: joe@example.com\nSubject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=\nMessage-ID: <1@example.com>\n\nHello.\n'),
	(repeat(E'\x01', 1000)), (report('nobody', '1', '550 User unknown')), (NULL);
SELECT count(*) FROM inbound_mail;
SELECT mail, message_id, sender, subject, octets, format, recipient FROM bounce_unrecognised ORDER BY id;
-- Rows that say little are no error.
INSERT INTO opened VALUES (NULL, NULL, NULL), ('no address', 1, now()), ('jane@example.com', NULL, NULL), ('jane@example.com', 1, 'infinity'),
	('jane@example.com', 1, '5874897-12-31'), ('jane@example.com', 1, '4713-01-01 BC');
INSERT INTO opened SELECT * FROM opened WHERE false;
SELECT count(*) FROM bounce_event WHERE address = 'jane@example.com' AND at <= now();
-- Bytes do as well as text, and the trigger follows a column that is altered.
ALTER TABLE inbound_mail ALTER raw TYPE bytea USING convert_to(raw, 'UTF8');
INSERT INTO inbound_mail (raw) VALUES (convert_to(report('domain@example.com', '2', '550 5.1.1 User unknown'), 'UTF8'));
SELECT email, bounce_state FROM contact WHERE email ~ 'domain';
COPY inbound_mail (raw) FROM stdin;
\\x00ff
\.
SELECT count(*) FROM bounce_unrecognised;
SELECT * FROM bounce_audit('contact');
DROP TABLE contact, inbound_mail, opened;
DROP FUNCTION report(text, text, text, text);
TRUNCATE bounce_event, bounce_unrecognised;
