-- What the log says about the rules: which were asked, and what they do not know.
CREATE TABLE inbound_mail (raw text);
CREATE TRIGGER bounce AFTER INSERT ON inbound_mail REFERENCING NEW TABLE AS new
	FOR EACH STATEMENT EXECUTE FUNCTION bounce_inbound('raw');
INSERT INTO inbound_mail VALUES
	(E'Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; failed@example.com\nAction: failed\nStatus: 5.1.1\n'),
	(E'Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; delayed@example.com\nAction: delayed\nStatus: 4.4.1\n'),
	(E'Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; delivered@example.com\nAction: delivered\nStatus: 2.0.0\n');
SELECT bounce_record('bounce@example.com', 'bounce', code => '550') > 0,
	bounce_record('given@example.com', 'bounce', code => '550', reason => 'user_unknown') > 0,
	bounce_record('open@example.com', 'open', code => '550') > 0;
SELECT address, kind, reason, rule, rules_version = bounce_rules_version() AS asked
	FROM bounce_event ORDER BY address COLLATE "C";
TRUNCATE bounce_event, bounce_unrecognised;
-- Replies that no rule knows, the most frequent first.
SELECT count(bounce_record(format('user%s@example%s.com', n, n % 3), 'bounce', timestamptz '2026-09-10 10:00' + n * interval '1 hour',
	code => '550', diagnostic => format('550 5.0.0 <user%s@example%s.com>: zzz from mx%s.example.com, id %s (%s s)', n, n % 3, n,
		md5(n::text), n * 7))) FROM generate_series(1, 10) n;
SELECT count(bounce_record('user1@example1.com', 'bounce', '2026-09-12', code => c, diagnostic => d, reason => r)) FROM (VALUES
	('550 5.1.1', 'yyy', NULL::bounce_reason), ('550', NULL, NULL), ('550', 'User unknown', NULL), ('550', 'xxx', 'undetermined'),
	('550', 'xxx', 'policy')) v(c, d, r);
SELECT * FROM bounce_unrecognised_reply ORDER BY events DESC, fingerprint COLLATE "C", rule COLLATE "C";
-- Mail that no reader knows.
INSERT INTO inbound_mail SELECT format(E'From: <robot@mx%s.example.net>\nSubject: Ticket %s of user%s@example.com\nMessage-ID: <%s@example.net>\n\nHello.\n',
	n % 2, 1000 + n, n, n) FROM generate_series(1, 5) n;
INSERT INTO inbound_mail VALUES (E'Subject: \n\nx\n'), (''),
	(E'Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; nobody\nAction: failed\nStatus: 5.1.1\n');
SELECT fingerprint, format, mails, senders, domains, example, message_id FROM bounce_unrecognised_mail
	ORDER BY mails DESC, fingerprint COLLATE "C", format COLLATE "C";
DROP TABLE inbound_mail;
TRUNCATE bounce_event, bounce_unrecognised;
