-- Why: the rules that match, in the order in which they would decide.
SELECT code, x.* FROM (VALUES
	(1, '', '550 5.1.1 <jane@example.com>: Recipient address rejected: User unknown in virtual mailbox table'),
	(2, '450 4.1.1', 'User unknown'),
	(3, '250 2.1.5', 'user unknown, but welcome'),
	(4, '5.7.606', 'Access denied, user unknown'),
	(5, '5.1.8', 'user unknown'),
	(6, '550', 'zzz'),
	(7, '5.1.99', 'zzz'),
	(8, NULL, NULL)) t(n, code, diagnostic), bounce_explain(code, diagnostic) WITH ORDINALITY x
	ORDER BY n, ordinality;
-- Host and stage.
SELECT rule, decides, class, reason, why FROM bounce_explain('550', 'Unknown user jane@docomo.ne.jp', 'mx.docomo.ne.jp', 'DATA');
SELECT rule, decides, class, reason, why FROM bounce_explain('550', 'Unknown user', command => 'MAIL');
-- It is a set: in a SELECT list, in LATERAL, with NULLs.
SELECT (bounce_explain('550', NULL)).rule;
SELECT count(*) FROM (VALUES ('550'), (NULL)) t(code), bounce_explain(code, NULL, NULL, NULL);
-- What decides is what bounce_classify says, in a table, whatever the text.
CREATE TABLE reply (code text, diagnostic text, host text, command text);
ALTER TABLE reply ALTER diagnostic SET STORAGE EXTERNAL;
SELECT setseed(0.5);
INSERT INTO reply SELECT code, string_agg(word, ' '), (ARRAY[NULL, 'mx.google.com', 'mx.docomo.ne.jp'])[n % 3 + 1],
		(ARRAY[NULL, 'RCPT', 'DATA', 'MAIL', 'CONNECT'])[n % 5 + 1]
	FROM (SELECT n, (ARRAY['', '550', '450', '5.1.1', '250', '5.7.606', '5.1.8', '4.2.2'])[n % 8 + 1] AS code, w.word
		FROM generate_series(1, 2000) n, LATERAL (SELECT word FROM unnest(ARRAY['user', 'unknown', 'mailbox', 'full', 'quota',
			'exceeded', 'spam', 'blocked', 'no such', 'address', '<jane@example.com>', 'rejected', '550', '5.7.1', 'domain',
			'not found', 'disabled', 'inactive', E'\x01', 'gr\u00fc\u00df', U&'\3042\FF41', '...', 'try again later', 'relay'])
			AS word WHERE n > 0 ORDER BY random() LIMIT n % 9 + 1) w) s GROUP BY n, code;
INSERT INTO reply VALUES ('550', repeat('user unknown ', 100000)), (repeat('5', 100000), ''), (NULL, NULL);
SELECT count(*) AS replies, count(*) FILTER (WHERE (SELECT count(*) FROM bounce_explain(code, diagnostic, host, command) x
		WHERE x.decides) = 1) AS "one decides", count(*) FILTER (WHERE EXISTS (SELECT
		FROM bounce_explain(code, diagnostic, host, command) x, bounce_classify(code, diagnostic, host, command) v
		WHERE x.decides AND (x.class, x.reason, x.rule, x.instant) = (v.class, v.reason, v.rule, v.instant))) AS "as classified"
	FROM reply;
SELECT count(*) AS "not in the text" FROM reply, bounce_explain(code, diagnostic, host, command) x
	WHERE x.priority IS NOT NULL AND strpos(translate(diagnostic, E'\x01', ' '), x.piece) = 0;
DROP TABLE reply;
