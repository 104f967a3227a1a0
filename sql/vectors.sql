-- The golden cases of the state machine, through tables and triggers: mail
-- comes back into an inbound table, opens and sends into theirs, the rest is
-- recorded, and the contact's row must say what the case says.
--
-- An event is a letter and a day: H hard, I hard with an instant reason, S soft,
-- B block, A automatic reply (a bounce of the campaign sent that day; @n: it
-- comes back on day n), K delivered, P only sent, O open of another campaign,
-- o5/1 open on day 5 of the campaign of day 1, X click, C complaint,
-- U unsubscribe, M suppress, R reset, L release.
SET timezone = 'UTC';
CREATE TABLE vector (name text PRIMARY KEY, events text, label bounce_state, hard_run int, fail_run int);
INSERT INTO vector VALUES
	('nothing', '', 'active', 0, 0),
	('one hard', 'H1', 'hard', 1, 1),
	('two hard', 'H1 H8', 'hard', 2, 2),
	('three consecutive hard', 'H1 H8 H15', 'confirmed', 3, 3),
	('open before the third', 'H1 H8 O10 H15', 'hard', 1, 1),
	('open after confirmed does not reopen', 'H1 H8 H15 O20', 'confirmed', 3, 3),
	('bounces after confirmed change nothing', 'H1 H8 H15 H22 S29', 'confirmed', 3, 3),
	('an open dated before the confirmation, arriving late, revokes it', 'H1 H8 H15 O14', 'hard', 1, 1),
	('open of the bounced campaign itself is no proof', 'H1 H8 o10/8 H15', 'confirmed', 3, 3),
	('click counts as open', 'H1 H8 X10 H15', 'hard', 1, 1),
	('delivered between breaks consecutive', 'H1 H8 K12 H15', 'hard', 1, 1),
	('sent without bounce, overtaken, breaks', 'H1 H8 P12 H15', 'hard', 1, 1),
	('sent only at the tail changes nothing yet', 'H1 H8 P12', 'hard', 2, 2),
	('late bounce fills the gap', 'H1 H8 H12@30 H15', 'confirmed', 4, 4),
	('soft between breaks hard run', 'H1 H8 S12 H15', 'hard', 1, 4),
	('soft then hard', 'S1 H8', 'hard', 1, 2),
	('hard then soft', 'H1 S8', 'soft', 0, 2),
	('soft', 'S1', 'soft', 0, 1),
	('soft then delivered', 'S1 K8', 'active', 0, 0),
	('soft then open', 'S1 O5', 'active', 0, 0),
	('instant permanent code', 'I1', 'confirmed', 1, 1),
	('block never counts', 'B1 B8 B15 B22', 'active', 0, 0),
	('block does not break a run', 'H1 B8 H15 H22', 'confirmed', 3, 3),
	('auto reply never counts', 'A1 A8 A15 A22 A29 A36 A43', 'active', 0, 0),
	('auto reply keeps a soft state as it is', 'S1 A8', 'soft', 0, 1),
	('seven soft in six weeks', 'S1 S8 S15 S22 S29 S36 S43', 'confirmed', 0, 7),
	('seven soft in one week is no long stretch', 'S1 S2 S3 S4 S5 S6 S7', 'soft', 0, 7),
	('six soft over a year', 'S1 S60 S120 S180 S240 S300', 'soft', 0, 6),
	('seven soft but engaged before', 'O0 S1 S8 S15 S22 S29 S36 S43', 'soft', 0, 7),
	('fifteen soft, engaged before', 'O0 S1 S8 S15 S22 S29 S36 S43 S50 S57 S64 S71 S78 S85 S92 S99', 'confirmed', 0, 15),
	('mixed failures reach the long limit', 'S1 H8 S15 H22 S29 H36 S43', 'confirmed', 0, 7),
	('same campaign twice counts once', 'H1 H1@2 H1@3', 'hard', 1, 1),
	('soft then hard in one campaign is hard', 'S1 H1@3', 'hard', 1, 1),
	('hard then soft in one campaign stays hard', 'H1 S1@3', 'hard', 1, 1),
	('accepted, then bounced later (async)', 'K1 H1@2', 'hard', 1, 1),
	('delivered notice after the bounce of the same campaign', 'H1 K1@3', 'hard', 1, 1),
	('late duplicate of an old campaign after an open', 'H1 O5 H1@9', 'active', 0, 0),
	('second report of a campaign, later than an open, adds nothing', 'H2 o5/0 H2@9', 'active', 0, 0),
	('late bounce of an older campaign when a newer one was opened', 'H1@9 O5', 'active', 0, 0),
	('late bounce after an open of a still older campaign', 'H1@9 o5/0', 'hard', 1, 1),
	('complaint', 'C1', 'complained', 0, 0),
	('complaint beats confirmed', 'H1 H8 H15 C16', 'complained', 3, 3),
	('open does not clear a complaint', 'C1 O5', 'complained', 0, 0),
	('unsubscribe', 'U1', 'unsubscribed', 0, 0),
	('admin suppress', 'M1', 'suppressed', 0, 0),
	('release gives back the state beneath', 'H1 M2 L3', 'hard', 1, 1),
	('release of complaint', 'C1 L3', 'active', 0, 0),
	('admin reset', 'H1 H8 H15 R20', 'active', 0, 0),
	('bounce after reset starts at one', 'H1 H8 H15 R20 H22', 'hard', 1, 1),
	('old bounce arriving after reset, dated before', 'H1 H8 R20 H15@16', 'active', 0, 0);
CREATE TABLE person (email text PRIMARY KEY);
CREATE TABLE returned (raw bytea, received_at timestamptz);
CREATE TABLE opened (email text, campaign text, opened_at timestamptz, sent_at timestamptz);
CREATE TABLE sent (email text, campaign text, sent_at timestamptz);
SELECT bounce_attach('person');
CREATE TRIGGER bounce AFTER INSERT ON returned REFERENCING NEW TABLE AS inserted
	FOR EACH STATEMENT EXECUTE FUNCTION bounce_inbound('raw', 'received_at');
CREATE TRIGGER bounce AFTER INSERT ON opened REFERENCING NEW TABLE AS inserted
	FOR EACH STATEMENT EXECUTE FUNCTION bounce_opened('email', 'campaign', 'opened_at', 'open', 'sent_at');
CREATE TRIGGER bounce AFTER INSERT ON sent REFERENCING NEW TABLE AS inserted
	FOR EACH STATEMENT EXECUTE FUNCTION bounce_sent('email', 'campaign', 'sent_at');
-- A report as a mail server writes it.
CREATE FUNCTION report(address text, letter text, sent timestamptz, campaign text) RETURNS bytea
	LANGUAGE sql IMMUTABLE AS $$
	SELECT convert_to(CASE letter WHEN 'A' THEN format(
E'From: <%s>\nTo: bounces@sender.test\nAuto-Submitted: auto-replied\nSubject: Automatic reply: News\nDate: %s\nMIME-Version: 1.0\n'
'Content-Type: multipart/mixed; boundary=b\n\n--b\n\nI am away.\n--b\nContent-Type: message/rfc822\n\nDate: %2$s\nX-Campaign: %s\nTo: <%1$s>\n\n--b--\n',
		address, to_char(sent, 'DD Mon YYYY HH24:MI:SS') || ' +0000', campaign)
	ELSE format(
E'From: MAILER-DAEMON@mx.test\nTo: bounces@sender.test\nSubject: Undelivered Mail\nMIME-Version: 1.0\n'
'Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nSorry.\n--b\n'
'Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.test\n\nFinal-Recipient: rfc822; %s\nAction: %s\n'
'Status: %s\nDiagnostic-Code: smtp; %s\n\n--b\nContent-Type: message/rfc822\n\nDate: %s\nX-Campaign: %s\nTo: <%1$s>\n\n--b--\n',
		address, CASE letter WHEN 'K' THEN 'delivered' ELSE 'failed' END,
		CASE letter WHEN 'S' THEN '5.2.2' WHEN 'B' THEN '5.7.1' WHEN 'K' THEN '2.1.5' WHEN 'I' THEN '5.1.1' ELSE '5.0.0' END,
		CASE letter WHEN 'S' THEN '552 5.2.2 Mailbox full' WHEN 'B' THEN '550 5.7.1 blocked using zen.example'
			WHEN 'K' THEN '250 2.1.5 ok' WHEN 'I' THEN '550 5.1.1 User unknown' ELSE '550 mailbox is no longer active' END,
		to_char(sent, 'DD Mon YYYY HH24:MI:SS') || ' +0000', campaign)
	END, 'UTF8')
$$;
-- One letter of a case becomes rows of the tables.
CREATE PROCEDURE play(address text, event text) LANGUAGE plpgsql AS $$
DECLARE
	day constant timestamptz := '2026-01-01 12:00+00';
	letter text := left(event, 1);
	part text[] := regexp_match(event, '^.([0-9.]+)(?:/([0-9.]+))?(?:@([0-9.]+))?$');
	sent timestamptz := day + part[1]::float * interval '1 day';
	at timestamptz := day + coalesce(part[3], part[1])::float * interval '1 day';
	campaign text := 'c' || part[1];
BEGIN
	IF letter IN ('H', 'I', 'S', 'B', 'A', 'K', 'P') THEN
		INSERT INTO sent VALUES (address, campaign, sent);
	END IF;
	IF letter IN ('H', 'I', 'S', 'B', 'A', 'K') THEN
		INSERT INTO returned VALUES (report(address, letter, sent, campaign), at);
	ELSIF letter IN ('O', 'o') THEN
		INSERT INTO opened VALUES (address, coalesce('c' || part[2], 'x'), at,
			coalesce(day + part[2]::float * interval '1 day', at - interval '12 hours'));
	ELSIF letter <> 'P' THEN
		PERFORM bounce_record(address, CASE letter WHEN 'X' THEN 'click' WHEN 'C' THEN 'complaint'
			WHEN 'U' THEN 'unsubscribe' WHEN 'M' THEN 'suppress' WHEN 'R' THEN 'reset' WHEN 'L' THEN 'release' END,
			at, CASE letter WHEN 'X' THEN 'x' END);
	END IF;
END
$$;
-- Each case three times: in order, backwards, and everything twice.
CREATE PROCEDURE play_all() LANGUAGE plpgsql AS $$
DECLARE
	v record;
	e text;
	n int := 0;
BEGIN
	FOR v IN SELECT * FROM vector ORDER BY name LOOP
		n := n + 1;
		INSERT INTO person VALUES ('forward-' || n || '@example.com'), ('backward-' || n || '@example.com'),
			('twice-' || n || '@example.com');
		FOR e IN SELECT x FROM regexp_split_to_table(v.events, ' ') WITH ORDINALITY t(x, i) WHERE x <> '' ORDER BY i LOOP
			CALL play('forward-' || n || '@example.com', e);
			CALL play('twice-' || n || '@example.com', e);
			CALL play('twice-' || n || '@example.com', e);
		END LOOP;
		FOR e IN SELECT x FROM regexp_split_to_table(v.events, ' ') WITH ORDINALITY t(x, i) WHERE x <> '' ORDER BY i DESC LOOP
			CALL play('backward-' || n || '@example.com', e);
		END LOOP;
	END LOOP;
END
$$;
CALL play_all();
SELECT count(*) AS cases, count(*) FILTER (WHERE f.bounce_state = v.label AND f.bounce_hard_run = v.hard_run AND f.bounce_fail_run = v.fail_run) AS forward,
	count(*) FILTER (WHERE b.bounce_state = v.label AND b.bounce_hard_run = v.hard_run AND b.bounce_fail_run = v.fail_run) AS backward,
	count(*) FILTER (WHERE t.bounce_state = v.label AND t.bounce_hard_run = v.hard_run AND t.bounce_fail_run = v.fail_run) AS twice
FROM (SELECT *, row_number() OVER (ORDER BY name) AS n FROM vector) v
JOIN person f ON f.email = 'forward-' || n || '@example.com'
JOIN person b ON b.email = 'backward-' || n || '@example.com'
JOIN person t ON t.email = 'twice-' || n || '@example.com';
-- Those that are wrong: none.
SELECT v.name, v.events, v.label, v.hard_run, v.fail_run, p.*
FROM (SELECT *, row_number() OVER (ORDER BY name) AS n FROM vector) v
JOIN person p ON p.email IN ('forward-' || n || '@example.com', 'backward-' || n || '@example.com', 'twice-' || n || '@example.com')
WHERE (p.bounce_state, p.bounce_hard_run, p.bounce_fail_run) IS DISTINCT FROM (v.label, v.hard_run::smallint, v.fail_run::smallint)
ORDER BY v.name, p.email;
SELECT count(*) FROM bounce_audit('person');
SELECT count(*) FROM bounce_unrecognised;
-- A table that is attached later says the same at once.
CREATE TABLE latecomer AS SELECT email FROM person;
SELECT bounce_attach('latecomer') = count(*) FROM person WHERE bounce_state <> 'active' OR bounce_fail_run <> 0;
SELECT count(*) FROM latecomer l JOIN person p USING (email)
	WHERE (l.bounce_state, l.bounce_hard_run, l.bounce_fail_run, l.bounce_reason, l.bounce_at)
	IS DISTINCT FROM (p.bounce_state, p.bounce_hard_run, p.bounce_fail_run, p.bounce_reason, p.bounce_at);
-- The parallel aggregate says the same as the serial one.
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0.1;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SET enable_indexonlyscan = off;
SET enable_indexscan = off;
SET cpu_operator_cost = 10;
ANALYZE bounce_event;
CREATE TABLE serial AS SELECT email AS address, bounce_standing_of(email) AS s FROM person;
EXPLAIN (COSTS OFF) SELECT address, bounce_fold(kind, class, reason, instant, campaign, sent_at, at) FROM bounce_event GROUP BY address;
SELECT count(*) AS known, count(*) FILTER (WHERE p.s IS DISTINCT FROM q.s) AS different
FROM serial p JOIN (SELECT address, bounce_fold(kind, class, reason, instant, campaign, sent_at, at) AS s
	FROM bounce_event GROUP BY address) q USING (address);
RESET ALL;
-- A campaign with an empty name is one, wherever its events stand.
SELECT bounce_fold('bounce', 'hard', 'mailbox_inactive', false, c, d, d ORDER BY n) AS forwards,
	bounce_fold('bounce', 'hard', 'mailbox_inactive', false, c, d, d ORDER BY -n) AS backwards
FROM (VALUES (1, '', '2026-09-01'::timestamptz), (2, '', '2026-09-02'), (3, '', '2026-09-03'), (4, 'c', '2026-08-01')) v(n, c, d);
DROP TABLE vector, person, latecomer, returned, opened, sent, serial;
DROP PROCEDURE play_all();
DROP PROCEDURE play(text, text);
DROP FUNCTION report(text, text, timestamptz, text);
TRUNCATE bounce_event, bounce_unrecognised;
