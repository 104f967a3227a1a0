-- The user's own rules: what they decide, who sees them and when.
SELECT class, reason, rule, instant FROM bounce_classify('550', 'the cup runneth over');
INSERT INTO bounce_rule (pattern, reason, note) VALUES ('cup runneth over', 'mailbox_full', 'seen at mx.example.com')
	RETURNING pattern, code, host, command, reason, priority;
SELECT class, reason, regexp_replace(rule, '\d+', 'N') AS rule FROM bounce_classify('550', 'the cup runneth over');

-- beside the built-in rules: of equal priority a user's one decides
INSERT INTO bounce_rule (pattern, code, host, command, reason, priority) VALUES
	('user unknown', NULL, 'quiet.example', NULL, 'policy', 0),
	(NULL, '554 5.7.9', 'loud.example', NULL, 'spam_block', 100),
	('see other place', '4.2.*', NULL, NULL, 'user_unknown', 100),
	('see other place', NULL, NULL, 'MAIL', 'user_unknown', 100),
	('see other place', NULL, NULL, NULL, 'mailbox_inactive', -5);
SELECT host, code, command, v.class, v.reason, regexp_replace(v.rule, 'user\.\d+', 'user') AS rule
FROM (VALUES ('550 5.1.1', 'User unknown', 'mx.quiet.example', NULL),
	('550 5.1.1', 'User unknown', 'mx.example.com', NULL),
	('554 5.7.9', 'whatever', 'loud.example', NULL),
	('554 5.7.8', 'whatever', 'loud.example', NULL),
	('450 4.2.1', 'see other place', NULL, NULL),
	('450 4.3.1', 'see other place', NULL, NULL),
	('550', 'see other place', NULL, 'MAIL'),
	('550', 'see other place', NULL, 'RCPT'),
	('250', 'see other place', NULL, NULL)) t(code, diagnostic, host, command),
	bounce_classify(code, diagnostic, host, command) v;

-- a report is judged by them
SELECT r.recipient, r.class, r.reason, regexp_replace(r.rule, '\d+', 'N') AS rule FROM bounce_parse($$From: MAILER-DAEMON@mx.example.net
Subject: Undelivered Mail
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; jane@rule.example
Action: failed
Status: 5.0.0
Diagnostic-Code: smtp; 550 The Cup runneth over!

--b--
$$) r;

-- and so is what is recorded by hand
SELECT bounce_record('jane@rule.example', 'bounce', code => '550', diagnostic => 'cup runneth over') > 0 AS recorded;
SELECT class, reason, regexp_replace(rule, '\d+', 'N') AS rule FROM bounce_event WHERE address = 'jane@rule.example';

-- changes are seen at once, and not after a rollback
BEGIN;
UPDATE bounce_rule SET reason = 'policy' WHERE pattern = 'cup runneth over';
SELECT reason FROM bounce_classify('550', 'the cup runneth over');
SAVEPOINT s;
DELETE FROM bounce_rule WHERE pattern = 'cup runneth over';
SELECT reason FROM bounce_classify('550', 'the cup runneth over');
ROLLBACK TO s;
SELECT reason FROM bounce_classify('550', 'the cup runneth over');
ROLLBACK;
SELECT reason FROM bounce_classify('550', 'the cup runneth over');
TRUNCATE bounce_rule;
SELECT reason FROM bounce_classify('550', 'the cup runneth over');
COPY bounce_rule (pattern, reason) FROM stdin;
cup runneth over	mailbox_full
\.
SELECT reason FROM bounce_classify('550', 'the cup runneth over');
DELETE FROM bounce_rule;

-- what cannot be used is refused, with the place
INSERT INTO bounce_rule (pattern, reason) VALUES ('cup (runneth over', 'mailbox_full');
INSERT INTO bounce_rule (pattern, reason) VALUES ('größe ü|', 'mailbox_full');
INSERT INTO bounce_rule (pattern, reason) VALUES ('cup .. 550', 'mailbox_full');
INSERT INTO bounce_rule (pattern, reason) VALUES ('up', 'mailbox_full');
INSERT INTO bounce_rule (pattern, reason) VALUES ('[cup]', 'mailbox_full');
INSERT INTO bounce_rule (pattern, code, reason) VALUES ('cup runneth', '5.1.', 'mailbox_full');
INSERT INTO bounce_rule (pattern, host, reason) VALUES ('cup runneth', 'exa mple.com', 'mailbox_full');
INSERT INTO bounce_rule (pattern, command, reason) VALUES ('cup runneth', 'NOOP', 'mailbox_full');
INSERT INTO bounce_rule (reason) VALUES ('mailbox_full');
INSERT INTO bounce_rule (pattern, reason) VALUES ('cup runneth', 'complaint');
INSERT INTO bounce_rule (pattern, reason, priority) VALUES ('cup runneth', 'policy', 1001);
INSERT INTO bounce_rule (pattern) VALUES ('cup runneth');
SELECT count(*) FROM bounce_rule;

-- neither can more than there is room for
INSERT INTO bounce_rule (pattern, reason) SELECT 'cup ' || md5(i::text), 'policy' FROM generate_series(1, 10001) i;
INSERT INTO bounce_rule (pattern, reason) SELECT 'cup ' || md5(i::text), 'policy' FROM generate_series(1, 1000) i;
SELECT v.reason FROM bounce_classify('550', 'cup ' || md5('1000')) v;
DELETE FROM bounce_rule;

-- the built-in ones
SELECT count(*) > 500 AS many, count(DISTINCT rule) = count(*) AS distinct_ids,
	bool_and(pattern IS NOT NULL OR code IS NOT NULL OR rule = 'fallback.none') AS complete,
	min(priority) >= -4 AND max(priority) <= 14 AS priorities,
	bool_and((pattern IS NULL) = (priority IS NULL)) AS codes_have_none
FROM bounce_rules();
SELECT rule, reason, class, instant, pattern, code, priority, example FROM bounce_rules()
WHERE rule IN ('user_unknown.no_such_user_here', 'code.5.1.1', 'reply.550.rcpt');

-- each one can be a user's, and says the same of its example
INSERT INTO bounce_rule (pattern, code, host, command, reason)
	SELECT pattern, code, host, command, reason FROM bounce_rules() WHERE pattern IS NOT NULL;
SELECT count(*) AS wrong FROM bounce_rules() b, bounce_classify(NULL, b.example, b.host, b.command) v
WHERE b.pattern IS NOT NULL AND v.rule NOT LIKE 'user.%';
DELETE FROM bounce_rule;

-- a rule for any text is explained, whether it decides or not
INSERT INTO bounce_rule (code, reason, priority) VALUES ('550', 'policy', -1000);
SELECT regexp_replace(rule, '\d+', 'N') AS rule, decides, reason, piece, priority
FROM bounce_explain('550', 'User unknown') WHERE priority IS NOT NULL;
DELETE FROM bounce_rule;
