-- Lists and rates: who must not be mailed and since when, whom to mail again,
-- how many of what, and where a domain bounces far more than it does.
SET timezone = 'UTC';
CREATE TABLE contact (id int PRIMARY KEY, email text);
INSERT INTO contact VALUES (1, 'hard@example.com'), (2, 'soft@example.com'), (3, 'Moved@example.com'), (4, 'stopped@example.com'),
	(5, 'full@example.com'), (6, NULL), (7, 'no address'), (8, 'moved@example.com');
SELECT bounce_attach('contact');
-- One row a line: address, kind, time, campaign, reason, words.  Mail went out at
-- nine on the day that its campaign is named by, or on the day of the event.
CREATE FUNCTION tell(lines text) RETURNS bigint LANGUAGE sql AS $$
	SELECT count(bounce_record(f[1] || '@' || f[2], f[3], f[4]::timestamptz, nullif(f[5], '-'),
		CASE WHEN f[5] = '-' THEN f[4]::date::timestamptz ELSE right(f[5], 10)::timestamptz END + interval '9 hours',
		reason => nullif(f[6], '-')::bounce_reason, diagnostic => nullif(f[7], '-')))
	FROM (SELECT regexp_split_to_array(btrim(l, E' \t'), '\s+') FROM regexp_split_to_table(lines, '\n') l WHERE l ~ '\S') r(f)
$$;
-- What each event says about the mail of its campaign.
SELECT kind, class, reason, bounce_outcome(kind, class, reason) FROM (VALUES
	('bounce'::bounce_event_kind, 'hard'::bounce_class, 'user_unknown'::bounce_reason), ('bounce', 'hard', 'undetermined'),
	('bounce', 'soft', 'undetermined'), ('bounce', 'other', 'undetermined'), ('bounce', 'soft', 'mailbox_full'),
	('bounce', 'soft', 'greylisted'), ('bounce', 'other', 'spam_block'), ('notice', 'soft', 'auto_reply'), ('notice', NULL, NULL),
	('sent', NULL, NULL), ('delivered', NULL, NULL), ('open', NULL, NULL), ('click', NULL, NULL), ('reply', NULL, NULL),
	('complaint', NULL, NULL), ('unsubscribe', NULL, NULL), ('suppress', NULL, NULL), ('release', NULL, NULL), ('reset', NULL, NULL),
	('bounce', NULL, 'user_unknown'), ('bounce', 'hard', NULL), (NULL, 'hard', 'user_unknown')) v(kind, class, reason);
SELECT policy, bounce_outcome('bounce', 'soft', 'mailbox_full', settings) FROM bounce_policy_settings;
--
-- One campaign: three reports for one mail count once, the strongest wins
--
SELECT tell($$
	ok       example.com sent      2026-09-10T09:00 c-2026-09-10 - -
	ok       example.com delivered 2026-09-10T09:01 c-2026-09-10 - -
	hard     example.com sent      2026-09-10T09:00 c-2026-09-10 - -
	hard     example.com bounce    2026-09-10T09:03 c-2026-09-10 user_unknown third
	hard     example.com bounce    2026-09-10T09:01 c-2026-09-10 mailbox_full first
	hard     example.com bounce    2026-09-10T09:02 c-2026-09-10 bad_address second
	soft     example.com sent      2026-09-10T09:00 c-2026-09-10 - -
	soft     example.com bounce    2026-09-10T09:01 c-2026-09-10 mailbox_full full
	soft     example.com bounce    2026-09-10T09:00 c-2026-09-10 spam_block blocked
	blocked  büro.example sent     2026-09-10T09:00 c-2026-09-10 - -
	blocked  xn--bro-hoa.example bounce 2026-09-10T09:01 c-2026-09-10 spam_block -
	passed   example.com sent      2026-09-10T09:00 c-2026-09-10 - -
	passed   example.com bounce    2026-09-10T09:01 c-2026-09-10 spam_block -
	passed   example.com click     2026-09-10T10:00 c-2026-09-10 - -
	quiet    example.com sent      2026-09-10T09:00 c-2026-09-10 - -
	away     example.com sent      2026-09-10T09:00 c-2026-09-10 - -
	away     example.com notice    2026-09-10T09:01 c-2026-09-10 auto_reply -
	reader   example.com sent      2026-09-10T09:00 c-2026-09-10 - -
	reader   example.com sent      2026-09-10T09:00 c-2026-09-10 - -
	reader   example.com open      2026-09-10T12:00 c-2026-09-10 - -
	reader   example.com open      2026-09-10T12:05 c-2026-09-10 - -
	angry    example.com sent      2026-09-10T09:00 c-2026-09-10 - -
	angry    example.com complaint 2026-09-10T12:00 c-2026-09-10 - -
	leaver   example.com sent      2026-09-10T09:00 c-2026-09-10 - -
	leaver   example.com unsubscribe 2026-09-10T12:00 c-2026-09-10 - -
	void     example.com sent      2026-09-10T09:00 c-2026-09-10 - -
	void     example.com bounce    2026-09-10T09:01 c-2026-09-10 user_unknown -
	void     example.com open      2026-09-10T12:00 c-2026-09-10 - -
	greeter  example.com suppress  2026-09-10T12:00 - - -
	greeter  example.com release   2026-09-10T13:00 - - -
	greeter  example.com reset     2026-09-10T14:00 - - -
	greeter  example.com reply     2026-09-10T15:00 - - -
$$);
-- what is undone is in no list and no rate
UPDATE bounce_event SET void_id = 1 WHERE address = 'void@example.com' AND kind <> 'sent';
SELECT * FROM bounce_campaign_outcome ORDER BY address COLLATE "C";
SELECT address, domain, campaign, day, sent, outcome, at, reason, status, diagnostic FROM bounce_campaign_bounce ORDER BY address COLLATE "C";
\x on
SELECT * FROM bounce_rate_by_campaign;
\x off
--
-- Without a campaign: the UTC day; without sends: no rates
--
SELECT tell($$
	day      example.net bounce    2026-09-20T23:00 - mailbox_full -
	day      example.net bounce    2026-09-21T01:00 - mailbox_full -
	day      example.net bounce    2026-09-21T23:00 - user_unknown -
	dayblock example.net bounce    2026-09-20T23:00 - spam_block -
	dayblock example.net delivered 2026-09-20T23:30 - - -
	dayopen  example.net bounce    2026-09-20T23:00 - spam_block -
	dayopen  example.net open      2026-09-20T23:30 - - -
	daysent  example.net sent      2026-09-22T09:00 - - -
	daysent  example.net bounce    2026-09-22T10:00 - virus -
	other    example.net complaint 2026-09-20T23:00 - - -
$$);
SELECT campaign, day, sent, delivered AS ok, hard, soft, blocked, pending, complaints AS compl, hard_rate, blocked_rate, complaint_rate
	FROM bounce_rate_by_campaign ORDER BY campaign, day;
SELECT domain, sent, delivered AS ok, hard, soft, blocked, pending, complaints AS compl, unsubscribes AS unsub, opens,
	delivered_rate AS ok_r, hard_rate AS hard_r, soft_rate AS soft_r, blocked_rate AS block_r, complaint_rate AS compl_r,
	unsubscribe_rate AS unsub_r, open_rate AS open_r FROM bounce_rate_by_domain ORDER BY domain COLLATE "C";
SELECT day, sent, delivered AS ok, hard, soft, blocked, pending, complaints AS compl, unsubscribes AS unsub, opens,
	delivered_rate AS ok_r, hard_rate AS hard_r, soft_rate AS soft_r, blocked_rate AS block_r, complaint_rate AS compl_r,
	unsubscribe_rate AS unsub_r, open_rate AS open_r FROM bounce_rate_by_day ORDER BY day;
SELECT * FROM bounce_rate_by_reason ORDER BY reason;
-- what counts as what is the policy's business
INSERT INTO bounce_policy_reason (policy, reason, counts) VALUES ('default', 'mailbox_full', 'never'), ('default', 'spam_block', 'soft');
SELECT address, outcome, reason FROM bounce_campaign_bounce WHERE campaign IS NOT NULL ORDER BY address COLLATE "C";
DELETE FROM bounce_policy_reason;
-- whom to mail again, and whom not: it arrived after all, he must not be mailed, the campaign is hard
TRUNCATE bounce_event;
SELECT tell($$
	again    example.com bounce    2026-09-10T09:01 c-2026-09-10 mailbox_full full
	again    example.com bounce    2026-09-10T09:02 c-2026-09-10 no_answer -
	again    example.com bounce    2026-09-17T09:01 d-2026-09-17 bad_address -
	early    example.com delivered 2026-09-10T09:00 c-2026-09-10 - -
	early    example.com bounce    2026-09-10T09:01 c-2026-09-10 mailbox_full -
	opened   example.com bounce    2026-09-10T09:01 c-2026-09-10 mailbox_full -
	opened   example.com open      2026-09-10T10:00 c-2026-09-10 - -
	retried  example.com bounce    2026-09-10T09:01 c-2026-09-10 mailbox_full -
	retried  example.com delivered 2026-09-11T09:01 c-2026-09-10 - -
	twice    example.com bounce    2026-09-10T09:01 c-2026-09-10 mailbox_full -
	twice    example.com delivered 2026-09-11T09:01 c-2026-09-10 - -
	twice    example.com bounce    2026-09-12T09:01 c-2026-09-10 mailbox_full -
	elsewhere example.com bounce   2026-09-10T09:01 c-2026-09-10 mailbox_full -
	elsewhere example.com open     2026-09-11T09:01 d-2026-09-17 - -
	hard     example.com bounce    2026-09-10T09:01 c-2026-09-10 mailbox_full -
	hard     example.com bounce    2026-09-10T09:02 c-2026-09-10 bad_address -
	dead     example.com bounce    2026-09-10T09:01 c-2026-09-10 mailbox_full -
	dead     example.com bounce    2026-09-17T09:01 d-2026-09-17 user_unknown -
	angry    example.com bounce    2026-09-10T09:01 c-2026-09-10 mailbox_full -
	angry    example.com complaint 2026-09-11T09:01 - - -
	grey     example.com bounce    2026-09-10T09:01 c-2026-09-10 greylisted -
	void     example.com bounce    2026-09-10T09:01 c-2026-09-10 mailbox_full -
	today    example.com bounce    2026-09-10T23:01 - mailbox_full -
	today    example.com delivered 2026-09-11T09:01 - - -
	done     example.com bounce    2026-09-10T21:01 - mailbox_full -
	done     example.com delivered 2026-09-10T22:01 - - -
	nowhere  example.com bounce    2026-09-10T21:01 - mailbox_full -
	nowhere  example.com open      2026-09-10T22:01 - - -
$$);
UPDATE bounce_event SET void_id = 1 WHERE address = 'void@example.com';
SELECT * FROM bounce_outreach ORDER BY address COLLATE "C";
--
-- Since when
--
TRUNCATE bounce_event;
SELECT tell($$
	hard     example.com bounce    2026-09-10T09:01 c-2026-09-10 user_unknown gone
	hard     example.com bounce    2026-09-12T09:01 c-2026-09-10 user_unknown later
	stopped  example.com bounce    2026-09-10T09:01 c-2026-09-10 user_unknown -
	stopped  example.com suppress  2026-09-13T09:00 - - -
	stopped  example.com suppress  2026-09-12T09:00 - - -
	graver   example.com unsubscribe 2026-09-12T09:00 - - -
	graver   example.com complaint 2026-09-13T09:00 - - -
	released example.com complaint 2026-09-10T09:00 - - -
	released example.com release   2026-09-11T09:00 - - -
	again    example.com suppress  2026-09-10T09:00 - - -
	again    example.com release   2026-09-11T09:00 - - -
	again    example.com suppress  2026-09-12T09:00 - - -
	void     example.com suppress  2026-09-10T09:00 - - -
	void     example.com release   2026-09-11T09:00 - - -
	moved    example.com bounce    2026-09-10T09:01 a-2026-09-10 moved -
	moved    example.com bounce    2026-09-17T09:01 b-2026-09-17 bad_address -
	moved    example.com bounce    2026-09-24T09:01 c-2026-09-24 moved -
	moved    example.com bounce    2026-10-01T09:01 d-2026-10-01 moved -
	full     example.com bounce    2026-09-01T10:01 - mailbox_full first
	full     example.com open      2026-09-02T09:00 z-2026-08-01 - -
$$);
SELECT tell(string_agg(format('full example.com bounce %s - mailbox_full w%s', date '2026-09-01' + 7 * n, n), E'\n'))
	FROM (SELECT n FROM generate_series(1, 16) n) g(n);
UPDATE bounce_event SET void_id = 1 WHERE address = 'void@example.com' AND kind = 'release';
SELECT address, state, delivery, cause, stop, confirmed_at, since FROM bounce_unmailable ORDER BY address COLLATE "C";
SELECT * FROM bounce_confirmed ORDER BY address COLLATE "C";
--
-- Contacts by state, and those that only another address can free
--
SELECT tell($$
	soft     example.com bounce    2026-09-10T09:01 c-2026-09-10 mailbox_full -
	moved    example.com bounce    2026-09-10T09:02 a-2026-09-10 moved 551_try_<none>
$$);
UPDATE bounce_event SET diagnostic = '551 5.1.6 <moved@example.com>: User has moved; please try <New@Example.net>.'
	WHERE address = 'moved@example.com' AND diagnostic IS NOT NULL;
SELECT bounce_refold('contact') > 0;
SELECT * FROM bounce_count('contact');
SELECT * FROM bounce_freeable('contact') ORDER BY email COLLATE "C";
-- the latest report that names another address; where it was forwarded to, if its words name none
UPDATE bounce_event SET final_recipient = 'There@example.org' WHERE address = 'moved@example.com' AND campaign = 'c-2026-09-24';
SELECT new_address FROM bounce_freeable('contact') WHERE email = 'moved@example.com';
UPDATE bounce_event SET diagnostic = CASE campaign WHEN 'd-2026-10-01' THEN '551 moved, ask postmaster@example.com' ELSE 'moved to moved@example.com' END
	WHERE address = 'moved@example.com';
SELECT new_address FROM bounce_freeable('contact') WHERE email = 'moved@example.com';
-- only for reasons that say so, and not what is undone
UPDATE bounce_event SET final_recipient = 'other@example.org' WHERE address = 'hard@example.com';
UPDATE bounce_event SET void_id = 1 WHERE final_recipient = 'There@example.org';
SELECT email, new_address FROM bounce_freeable('contact') ORDER BY email COLLATE "C";
-- under the policy of the table, and without what inherits from it
INSERT INTO bounce_policy (policy, instant) VALUES ('patient', false);
CREATE TABLE lead (email text);
CREATE TABLE heir () INHERITS (lead);
INSERT INTO lead VALUES ('hard@example.com'), ('moved@example.com');
SELECT bounce_attach('lead', policy => 'patient');
INSERT INTO heir (email) VALUES ('soft@example.com');
SELECT state, contacts FROM bounce_count('lead') WHERE contacts > 0;
SELECT * FROM bounce_freeable('lead');
CREATE TABLE parts (email text) PARTITION BY LIST (email);
CREATE TABLE part PARTITION OF parts DEFAULT;
INSERT INTO parts VALUES ('hard@example.com');
SELECT bounce_attach('parts');
SELECT state, contacts FROM bounce_count('parts') WHERE contacts > 0;
SELECT email FROM bounce_freeable('parts');
\set VERBOSITY sqlstate
SELECT * FROM bounce_count(NULL);
SELECT * FROM bounce_freeable(NULL);
SELECT * FROM bounce_count('heir');
SELECT * FROM bounce_freeable('heir');
\set VERBOSITY default
DROP TABLE heir, lead, parts, contact;
DELETE FROM bounce_policy WHERE policy = 'patient';
--
-- Surges
--
TRUNCATE bounce_event;
-- sent and hard: so many mails to a domain in an hour, of which the first so many bounce
CREATE FUNCTION hour(domain text, at timestamptz, mails int, hard int, reason bounce_reason DEFAULT 'user_unknown', told bool DEFAULT true)
	RETURNS void LANGUAGE sql AS $$
	INSERT INTO bounce_event (address, kind, at, sent_at) SELECT 'u' || n || '@' || $1, 'sent', $2, $2
		FROM generate_series(1, CASE WHEN $6 THEN $3 ELSE 0 END) n;
	INSERT INTO bounce_event (address, kind, at, sent_at, class, reason, diagnostic)
		SELECT 'u' || n || '@' || $1, 'bounce', $2 + '1 minute', $2, 'hard', $5, '550 5.1.1 ' || $5 FROM generate_series(1, $4) n
$$;
-- a steady trickle is none, but for the first three hours; nor is one in fifty each week
SELECT count(hour('trickle.example', '2026-09-01 UTC'::timestamptz + n * interval '1 hour', 40, 30)) FROM generate_series(0, 719) n;
SELECT count(hour('blind.example', '2026-09-01 UTC'::timestamptz + n * interval '1 hour', 40, 30, told => false)) FROM generate_series(0, 719) n;
SELECT count(hour('weekly.example', '2026-09-02 09:00 UTC'::timestamptz + n * interval '7 days', 1000, 20)) FROM generate_series(0, 3) n;
SELECT count(hour('unsaid.example', '2026-09-02 09:00 UTC'::timestamptz + n * interval '7 days', 1000, 30, told => false)) FROM generate_series(0, 3) n;
SELECT domain, "from", sent, share, norm, factor FROM bounce_surge;
-- two hours in which everybody is unknown, each of them far above the norm
SELECT hour('weekly.example', '2026-09-30 09:30', 1000, 900), hour('weekly.example', '2026-09-30 10:30', 1000, 950),
	hour('unsaid.example', '2026-09-30 09:30', 0, 800);
-- a domain that is new: twenty addresses are the least, and of so many sends
SELECT hour('new20.example', '2026-09-30 09:30', 0, 20), hour('new19.example', '2026-09-30 09:30', 0, 19),
	hour('all.example', '2026-09-30 09:30', 50, 50), hour('few.example', '2026-09-30 09:30', 1000, 99),
	hour('many.example', '2026-09-30 09:30', 1000, 100), hour('blocked.example', '2026-09-30 09:30', 100, 0);
INSERT INTO bounce_event (address, kind, at, sent_at, class, reason)
	SELECT 'u' || n || '@blocked.example', 'bounce', '2026-09-30 09:31', '2026-09-30 09:30', 'other', 'spam_block' FROM generate_series(1, 100) n;
-- several reports of one address are one; the most frequent reason is told, of two the first
INSERT INTO bounce_event (address, kind, at, sent_at, class, reason, diagnostic)
	SELECT 'u' || 1 + n % 19 || '@new19.example', 'bounce', '2026-09-30 09:31', '2026-09-30 09:30', 'hard', 'bad_address', NULL FROM generate_series(1, 100) n;
INSERT INTO bounce_event (address, kind, at, sent_at, class, reason, diagnostic)
	SELECT 'v' || n || '@new20.example', 'bounce', '2026-09-30 09:31', '2026-09-30 09:30', v.class, v.reason, NULL
	FROM generate_series(1, 20) n, (VALUES ('hard'::bounce_class, 'bad_address'::bounce_reason), ('soft', 'mailbox_full')) v(class, reason);
SELECT * FROM bounce_surge WHERE "from" >= '2026-09-30';
-- what is undone is no surge any more, and not the norm
UPDATE bounce_event SET void_id = 1 WHERE address LIKE '%@weekly.example' AND kind = 'bounce' AND at >= '2026-09-30';
SELECT hour('weekly.example', '2026-10-02 09:30', 1000, 900);
SELECT domain, "from", norm, factor FROM bounce_surge WHERE domain = 'weekly.example';
DROP FUNCTION hour, tell;
TRUNCATE bounce_event;
--
-- Counted another way: every address and campaign folded apart, on random events
--
SELECT setseed(0.7);
INSERT INTO bounce_event (address, kind, at, sent_at, campaign, class, reason, void_id)
SELECT 'u' || floor(random() * 400) || '@d' || floor(random() * 3) || '.example', e.kind, s.sent_at + random() * interval '3 days', s.sent_at,
	CASE WHEN random() < 0.8 THEN 'c' || floor(random() * 3) END, CASE e.kind WHEN 'bounce' THEN r.class END,
	CASE e.kind WHEN 'bounce' THEN r.reason END, CASE WHEN random() < 0.1 THEN 1 END
FROM generate_series(1, 300) n, unnest(enum_range(NULL::bounce_event_kind)) e(kind),
	LATERAL (SELECT timestamptz '2026-09-01' + random() * interval '3 days' + n * interval '0' AS sent_at) s,
	(VALUES ('hard'::bounce_class, 'bad_address'::bounce_reason), ('hard', 'undetermined'), ('soft', 'undetermined'),
		('soft', 'mailbox_full'), ('soft', 'greylisted'), ('other', 'spam_block')) r(class, reason)
WHERE random() < 0.2;
CREATE VIEW mail AS SELECT DISTINCT address, campaign, CASE WHEN campaign IS NULL THEN (sent_at AT TIME ZONE 'UTC')::date END AS day
	FROM bounce_event WHERE void_id IS NULL AND (kind IN ('bounce', 'notice', 'sent', 'delivered', 'complaint', 'unsubscribe')
		OR (campaign IS NOT NULL AND kind IN ('open', 'click', 'reply')));
CREATE VIEW counted AS SELECT m.campaign, m.day, count(*) FILTER (WHERE f.kinds && '{sent}') AS sent,
		count(*) FILTER (WHERE f.state = 'active' AND f.kinds && '{delivered,open,click,reply}') AS delivered,
		count(*) FILTER (WHERE f.state IN ('hard', 'confirmed')) AS hard, count(*) FILTER (WHERE f.state = 'soft') AS soft,
		count(*) FILTER (WHERE f.state = 'active' AND f.kinds && '{bounce}' AND NOT f.kinds && '{delivered,open,click,reply}') AS blocked,
		count(*) FILTER (WHERE f.kinds && '{sent,notice}' AND NOT f.kinds && '{bounce,delivered,open,click,reply}') AS pending,
		count(*) FILTER (WHERE f.kinds && '{complaint}') AS complaints, count(*) FILTER (WHERE f.kinds && '{unsubscribe}') AS unsubscribes,
		count(*) FILTER (WHERE f.kinds && '{open,click,reply}') AS opens
	FROM mail m, LATERAL (SELECT (bounce_fold(e.kind, e.class, e.reason, e.instant, e.campaign, e.sent_at, e.at)
			FILTER (WHERE e.kind = 'bounce')).delivery AS state, array_agg(e.kind) AS kinds
		FROM bounce_event e WHERE e.address = m.address AND e.void_id IS NULL AND (e.campaign = m.campaign OR (e.campaign IS NULL
			AND (e.sent_at AT TIME ZONE 'UTC')::date = m.day AND e.kind NOT IN ('open', 'click', 'reply')))) f
	GROUP BY 1, 2;
SELECT count(*), bool_and(sent > 0 AND delivered > 0 AND hard > 0 AND soft > 0 AND blocked > 0 AND pending > 0 AND complaints > 0
	AND unsubscribes > 0 AND opens > 0) AS all_there FROM counted WHERE campaign IS NOT NULL;
SELECT * FROM counted EXCEPT SELECT campaign, CASE WHEN campaign IS NULL THEN day END, sent, delivered, hard, soft, blocked, pending,
	complaints, unsubscribes, opens FROM bounce_rate_by_campaign;
SELECT campaign, CASE WHEN campaign IS NULL THEN day END, sent, delivered, hard, soft, blocked, pending, complaints, unsubscribes, opens
	FROM bounce_rate_by_campaign EXCEPT SELECT * FROM counted;
-- domains, days and reasons are the same mails
SELECT 'domain', sum(sent), sum(delivered), sum(hard), sum(soft), sum(blocked), sum(pending), sum(complaints), sum(unsubscribes), sum(opens)
	FROM bounce_rate_by_domain
EXCEPT SELECT 'domain', sum(sent), sum(delivered), sum(hard), sum(soft), sum(blocked), sum(pending), sum(complaints), sum(unsubscribes), sum(opens) FROM counted;
SELECT sum(sent), sum(delivered), sum(hard), sum(soft), sum(blocked), sum(pending), sum(complaints), sum(unsubscribes), sum(opens)
	FROM bounce_rate_by_day
EXCEPT SELECT sum(sent), sum(delivered), sum(hard), sum(soft), sum(blocked), sum(pending), sum(complaints), sum(unsubscribes), sum(opens) FROM counted;
SELECT sum(hard), sum(soft), sum(blocked), sum(bounced) FROM bounce_rate_by_reason
EXCEPT SELECT sum(hard), sum(soft), sum(blocked), sum(hard + soft + blocked) FROM counted;
DROP VIEW counted, mail;
TRUNCATE bounce_event;
