-- Codes in every form.
SELECT code, (bounce_classify(code, NULL)).* FROM (VALUES
	('5.1.1'), ('#5.1.1'), ('550 5.1.1'), ('550'), ('5.2.2'), ('552 5.2.2'), ('4.2.2'), ('421'),
	('5.7.1'), ('5.1.10'), ('556'), ('2.1.5'), ('250'), ('5.7.26'), (''), (NULL), ('nonsense'),
	('9.9.9'), ('5.999.999'), ('4.999.0')
) t(code);
-- Text before code, because servers lie in codes.
SELECT diagnostic, (v).class, (v).reason, (v).instant
FROM (SELECT code, diagnostic, bounce_classify(code, diagnostic) AS v FROM (VALUES
	('', 'host mx[192.0.2.1]:25 said: 552 5.2.2 <> Mailbox has exceeded the limit (in reply to RCPT TO command)'),
	('5.2.1', '550 5.2.1 The email account that you tried to reach is disabled'),
	('', '550 No such recipient'),
	('', 'domain name does not exist'),
	('', '550 No such user (x@example.com) Giving up on 192.0.2.1'),
	('', '5.1.1 unknown or illegal alias: x@example.com'),
	('', '550 Recipient address rejected: User unknown'),
	('550', 'mailbox is no longer active'),
	('550', 'incorrect domain'),
	('', 'Quota exceeded'),
	('', 'Too many sessions in a connection'),
	('', 'Temporary local problem'),
	('', '550 5.7.1 Service unavailable; client host [192.0.2.1] blocked using Spamhaus'),
	('', '550 5.7.26 This mail is unauthenticated'),
	('', '554 content rejected'),
	('5.1.1', '550 5.1.1 you have sent too many recipients this hour'),
	('5.1.0', '550 5.1.0 <us@sender.test> sender rejected'),
	('', '450 4.1.1 <jane@example.com>: Recipient address rejected: User unknown'),
	('', '250 2.1.5 user unknown, but welcome'),
	('5.5.0', '550 5.5.0 Requested action not taken: mailbox unavailable'),
	('5.4.1', '550 5.4.1 [jane@example.com]: Recipient address rejected: Access denied'),
	('5.7.1', '550 5.7.1 Unable to relay')
) t(code, diagnostic)) x;
-- Host and stage matter.
SELECT (bounce_classify('550', '550', NULL, 'RCPT')).reason, (bounce_classify('550', '550', NULL, 'DATA')).class;
SELECT (bounce_classify('550', 'User unknown', 'mx.example.com')).class;
-- The words of a host name, an address or a URL are none of the server's.
SELECT (bounce_classify('550 5.7.1', 'refused, see https://user.unknown.example/user-unknown')).class;
-- All sorts of text, and the same answer every time.
SELECT count(DISTINCT bounce_classify('550', repeat('user unknown ', 100000))) FROM generate_series(1, 3);
SELECT bounce_classify(NULL, NULL), bounce_classify(NULL, NULL, NULL, NULL);
SELECT (bounce_classify('550', E'\x01\x7f\u0080\U0001F600 \u00a0 User\tunknown')).class;
-- What was judged before is judged the same: more than are kept, each of them four times, beside
-- bounce_explain(), which keeps nothing; the same words as another argument, too.
CREATE TEMP TABLE evidence AS
	SELECT code, diagnostic || CASE WHEN n % 2 = 0 THEN ' ' || n ELSE '' END AS diagnostic, host, command
	FROM (VALUES
		('550', 'user unknown', NULL, NULL), ('', '550 user unknown', NULL, NULL),
		('550 user unknown', '', NULL, NULL), ('550', '', 'user unknown', NULL),
		('550', 'mail', NULL, NULL), ('550', '', 'mail', NULL), ('550', '', NULL, 'mail'),
		('550', 'over quota', NULL, NULL), ('450', 'over quota', NULL, NULL),
		('550', 'over quota ' || repeat('zzz ', 200), NULL, NULL)
	) t(code, diagnostic, host, command), generate_series(1, 500) n;
SELECT count(DISTINCT (code, diagnostic, host, command)), count(*) FILTER (WHERE (v.class, v.reason, v.rule, v.instant)
	IS DISTINCT FROM (e.class, e.reason, e.rule, e.instant)) AS different
FROM (SELECT * FROM evidence, generate_series(1, 4) n ORDER BY n) t,
	bounce_classify(code, diagnostic, host, command) v,
	bounce_explain(code, diagnostic, host, command) e WHERE e.decides;
