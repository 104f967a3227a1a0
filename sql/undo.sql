-- Undo: a provider said 5.1.1 to good addresses for two hours.
TRUNCATE bounce_event;
SET timezone = 'UTC';
CREATE TABLE undo_contact (email text);
SELECT bounce_attach('undo_contact');
INSERT INTO undo_contact VALUES ('ann@gmail.example'), ('bob@gmail.example'), ('cid@gmail.example'),
	('dan@other.example'), ('eve@bücher.example'), ('nobody');
CREATE TABLE undo_mail (received_at timestamptz, raw text);
CREATE TRIGGER inbound AFTER INSERT ON undo_mail REFERENCING NEW TABLE AS inserted
	FOR EACH STATEMENT EXECUTE FUNCTION bounce_inbound('raw', 'received_at');
CREATE FUNCTION undo_dsn(address text, status text, words text) RETURNS text LANGUAGE sql AS $$
	SELECT format(E'Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; %s\nAction: failed\nStatus: %s\nDiagnostic-Code: smtp; %s\n', address, status, words)
$$;
INSERT INTO undo_mail VALUES
	('2020-12-14 10:00', undo_dsn('ann@gmail.example', '5.1.1', '550-5.1.1 The email account that you tried to reach does not exist')),
	('2020-12-14 11:00', undo_dsn('bob@gmail.example', '5.1.1', '550-5.1.1 The email account that you tried to reach does not exist')),
	('2020-12-15 10:00', undo_dsn('cid@gmail.example', '5.1.1', '550-5.1.1 The email account that you tried to reach does not exist')),
	('2020-12-14 10:00', undo_dsn('dan@other.example', '5.1.1', '550 5.1.1 User unknown')),
	('2020-12-14 10:00', undo_dsn('eve@bücher.example', '5.1.1', '550 5.1.1 User unknown'));
SELECT bounce_record('bob@gmail.example', 'bounce', '2020-12-14 11:30', 'c2', code => '452 4.2.2', diagnostic => 'mailbox full') > 0,
	bounce_record('ann@gmail.example', 'complaint', '2020-12-14 10:30') > 0,
	bounce_record('ann@gmail.example', 'sent', '2020-12-14 09:00') > 0;
CREATE VIEW undo_state AS SELECT email, bounce_state, bounce_hard_run AS hard, bounce_fail_run AS fail, bounce_reason, bounce_at
	FROM undo_contact ORDER BY email COLLATE "C";
CREATE TABLE undo_before AS SELECT * FROM undo_state;
SELECT * FROM undo_before;
-- Which of them are void, by what was decided why.
CREATE VIEW undo_void AS SELECT e.address, e.kind, e.at, d.why FROM bounce_event e LEFT JOIN bounce_void_decision d ON d.id = e.void_id
	ORDER BY e.address COLLATE "C", e.at, e.id;

-- A dry run shows, and changes nothing.
SELECT * FROM bounce_void('gmail.example', '2020-12-14', '2020-12-15', 'user_unknown', '%5.1.1%', true);
SELECT count(*) FROM undo_void WHERE why IS NOT NULL;
SELECT count(*) FROM bounce_void_decision;
SELECT * FROM undo_state EXCEPT SELECT * FROM undo_before;

-- The same, done: the same rows, the contacts with them.
SELECT * FROM bounce_void('gmail.example', '2020-12-14', '2020-12-15', 'user_unknown', '%5.1.1%', false, 'outage');
SELECT decided_by = session_user AS by_us, why, is_void, domain, "from", until, reason, pattern, events FROM bounce_void_decision;
SELECT * FROM undo_void;
SELECT * FROM undo_state;
SELECT * FROM bounce_audit('undo_contact');
SELECT * FROM bounce_void('gmail.example', '2020-12-14', '2020-12-15', 'user_unknown', '%5.1.1%');

-- Stragglers of the window come void, each condition counts; others are as ever.
INSERT INTO undo_contact SELECT n || '@' || domain FROM generate_series(1, 7) n, (VALUES ('late.gmail.example')) d(domain);
INSERT INTO undo_contact SELECT n || '@gmail.example' FROM generate_series(1, 7) n;
INSERT INTO undo_mail SELECT at, undo_dsn(address, status, words) FROM (VALUES
	('2020-12-14 00:00'::timestamptz, '1@Gmail.Example', '5.1.1', '550-5.1.1 no such user'),
	('2020-12-14 23:59:59.999999', '2@gmail.example', '5.1.1', '550-5.1.1 No such user'),
	('2020-12-13 23:59:59.999999', '3@gmail.example', '5.1.1', '550-5.1.1 no such user'),
	('2020-12-15 00:00', '4@gmail.example', '5.1.1', '550-5.1.1 no such user'),
	('2020-12-14 12:00', '5@gmail.example', '5.0.0', '550 no such user'),
	('2020-12-14 12:00', '6@gmail.example', '5.2.2', '552-5.1.1 mailbox full'),
	('2020-12-14 12:00', '1@late.gmail.example', '5.1.1', '550-5.1.1 no such user')) v(at, address, status, words);
SELECT bounce_record('7@gmail.example', 'bounce', '2020-12-14 12:00', code => '550 5.1.1') > 0,
	bounce_record('7@gmail.example', 'bounce', '2020-12-14 12:00', diagnostic => '550 5.1.1', reason => 'user_unknown') > 0,
	bounce_record('7@gmail.example', 'complaint', '2020-12-14 12:00', diagnostic => '550 5.1.1', reason => 'user_unknown') > 0;
SELECT * FROM undo_void WHERE address ~ '^\d';
SELECT email, bounce_state FROM undo_state WHERE email ~ '^[\d]@(late|gmail)' AND bounce_state <> 'active';
SELECT * FROM bounce_audit('undo_contact');
DELETE FROM undo_contact WHERE email ~ '^\d';
DELETE FROM bounce_event WHERE address ~ '^\d';

-- A part of it counts again.
SELECT * FROM bounce_unvoid(until => '2020-12-14 10:30', dry_run => true);
SELECT address, changed, state_before, state_after FROM bounce_unvoid(until => '2020-12-14 10:30', dry_run => false, why => 'this one was right');
SELECT * FROM undo_void WHERE address LIKE '%gmail.example';
SELECT * FROM bounce_audit('undo_contact');
-- And the rest: as if nothing had been decided.
SELECT address, changed, state_before, state_after FROM bounce_unvoid('gmail.example', '2020-12-14', '2020-12-15', 'user_unknown', '%5.1.1%', false);
SELECT count(*) FROM undo_void WHERE why IS NOT NULL;
SELECT * FROM undo_state EXCEPT SELECT * FROM undo_before;
SELECT * FROM bounce_unvoid('gmail.example');
SELECT bounce_record('ann@gmail.example', 'bounce', '2020-12-14 10:10', 'c2', code => '550 5.1.1', diagnostic => '5.1.1 User unknown') > 0;
SELECT count(*) FROM undo_void WHERE why IS NOT NULL;

-- Several decisions over each other: the last one that matches counts.
SELECT address, changed, state_after FROM bounce_void(reason => 'user_unknown', dry_run => false, why => 'one');
SELECT address, changed, state_after FROM bounce_void('gmail.example', dry_run => false, why => 'two');
SELECT address, changed, state_after FROM bounce_unvoid('gmail.example', '2020-12-15', dry_run => false, why => 'three');
SELECT address, changed, state_after FROM bounce_void(pattern => '%DOES NOT exist%', until => '2020-12-14 10:05', dry_run => false, why => 'four');
SELECT * FROM undo_void;
SELECT bounce_record('cid@gmail.example', 'bounce', at, campaign, code => '550 5.1.1', diagnostic => '5.1.1 User unknown') > 0
	FROM (VALUES ('2020-12-14'::timestamptz, 'c4'), ('2020-12-16', 'c5')) v(at, campaign);
SELECT * FROM undo_void WHERE address LIKE 'cid@%';
SELECT * FROM undo_state;
SELECT * FROM bounce_audit('undo_contact');

-- Who said the same in another spelling of the domain.
SELECT address, changed FROM bounce_unvoid('BÜCHER.example');
SELECT address, changed FROM bounce_unvoid('xn--bcher-kva.EXAMPLE');
SELECT address, changed FROM bounce_unvoid('example');

-- Single events, of any kind.
SELECT address, changed, state_before, state_after, delivery_before, delivery_after
	FROM bounce_void((SELECT array_agg(id) FROM bounce_event WHERE address = 'ann@gmail.example' AND kind = 'complaint'), false, 'forged');
SELECT kind, why FROM undo_void WHERE address = 'ann@gmail.example';
SELECT events = ARRAY[(SELECT id FROM bounce_event WHERE kind = 'complaint')] AS named, why, is_void,
	num_nonnulls(domain, "from", until, reason, pattern) FROM bounce_void_decision ORDER BY id DESC LIMIT 1;
SELECT email, bounce_state FROM undo_state WHERE email LIKE 'ann@%';
-- twice in the list, of two addresses, one that is not void among them
SELECT address, changed, state_before, state_after FROM bounce_unvoid((SELECT array_agg(id) || array_agg(id) FROM bounce_event
	WHERE address = 'ann@gmail.example' OR address = 'bob@gmail.example' AND reason = 'mailbox_full'), false);
SELECT kind, why FROM undo_void WHERE address LIKE '%@gmail.example' AND address < 'c';
SELECT * FROM bounce_audit('undo_contact');

-- Each table is folded under its own policy; the rows show the one that is named.
INSERT INTO bounce_policy (policy, instant) VALUES ('patient', false);
CREATE TABLE undo_patient (email text);
INSERT INTO undo_patient VALUES ('dan@other.example');
SELECT bounce_attach('undo_patient', policy => 'patient');
SELECT state_before, state_after FROM bounce_unvoid('other.example');
SELECT state_before, state_after FROM bounce_unvoid('other.example', policy => 'patient');
SELECT state_before, state_after FROM bounce_unvoid('other.example', policy => 'no such policy');
SELECT state_before, state_after FROM bounce_unvoid('other.example', policy => NULL, dry_run => false);
SELECT c.bounce_state, p.bounce_state FROM undo_contact c JOIN undo_patient p USING (email);
SELECT bounce_detach('undo_patient');
DROP TABLE undo_patient;
DELETE FROM bounce_policy WHERE policy = 'patient';

-- How an address came to be what it is.
SELECT bounce_record('cid@gmail.example', 'open', '2020-12-15 10:00', 'c9') > 0,
	bounce_record('cid@gmail.example', 'bounce', '2020-12-17', 'c3', code => '550', diagnostic => 'mailbox is no longer active') > 0;
SELECT at, kind, campaign, class, reason, state, hard_run, fail_run, void_id IS NOT NULL AS void, void_by = session_user AS by_us, void_why
	FROM bounce_history('Cid@Gmail.example');
SELECT h.at, h.kind FROM bounce_history('cid@gmail.example') h, bounce_standing_at('cid@gmail.example', h.at) s
	WHERE (s.state, s.hard_run, s.fail_run) IS DISTINCT FROM (h.state, h.hard_run, h.fail_run);
INSERT INTO bounce_policy (policy, confirm_after) VALUES ('strict', 1);
SELECT at, state FROM bounce_history('cid@gmail.example', 'strict');
SELECT s.state, s.cause FROM bounce_standing_at('cid@gmail.example', '2020-12-17', 'strict') s;
DELETE FROM bounce_policy WHERE policy = 'strict';
SELECT count(*) FROM bounce_history(NULL);
SELECT count(*) FROM bounce_history('nobody');
SELECT count(*) FROM bounce_history('stranger@gmail.example');
SELECT (bounce_standing_at(a, at)).state FROM (VALUES (NULL, 'infinity'::timestamptz), ('nobody', 'infinity'),
	('cid@gmail.example', NULL), ('cid@gmail.example', '-infinity'), ('cid@gmail.example', 'infinity')) v(a, at);

-- The log under other rules: what is void stays void.
SELECT address, changed FROM bounce_void('other.example', dry_run => false);
INSERT INTO bounce_rule (pattern, host, reason) VALUES ('user unknown', 'other.example', 'policy');
SELECT address, reason FROM bounce_reclassify('-infinity', false) WHERE address LIKE '%@other.example';
SELECT reason, void_id IS NOT NULL AS void FROM bounce_event WHERE address = 'dan@other.example';
DELETE FROM bounce_rule;
SELECT count(*) > 0 FROM bounce_reclassify('-infinity', false);
SELECT * FROM bounce_audit('undo_contact');

-- Literals alone are enough, however many.
SELECT count(*) FROM bounce_void('gmail.example');
SELECT count(*) FROM bounce_void('gmail.example', '2020-12-14');
SELECT count(*) FROM bounce_void('gmail.example', '2020-12-14', '2020-12-15');
SELECT count(*) FROM bounce_void('gmail.example', '2020-12-14', '2020-12-15', 'user_unknown');
SELECT count(*) FROM bounce_void('gmail.example', '2020-12-14', '2020-12-15', 'user_unknown', '%');
SELECT count(*) FROM bounce_unvoid('gmail.example', '2020-12-14');
SELECT count(*) FROM bounce_unvoid('gmail.example', '2020-12-14', '2020-12-15');
SELECT count(*) FROM bounce_void(NULL, '2020-12-14', NULL);
SELECT count(*) FROM bounce_void('gmail.example', timestamptz '2020-12-14', now());
SELECT count(*) FROM bounce_void(domain => 'gmail.example', "from" => '2020-12-14');
SELECT (bounce_void('gmail.example', '2020-12-14', dry_run => true)).address;

-- What is refused.
CREATE FUNCTION undo_refused(call text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE 'SELECT ' || call;
	RETURN 'done';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
SELECT undo_refused(call) FROM (VALUES
	($$bounce_void(dry_run => false)$$),
	($$bounce_unvoid(NULL, NULL, NULL, NULL, NULL)$$),
	($$bounce_void("from" => '2020-12-15', until => '2020-12-15')$$),
	($$bounce_void('gmail.example', "from" => '2020-12-15', until => '2020-12-14', dry_run => false)$$),
	($$bounce_void('no domain')$$),
	($$bounce_void('')$$),
	($$bounce_void('ann@gmail.example')$$),
	($$bounce_void('a <ann@gmail.example>')$$),
	($$bounce_void(repeat('é', 500) || '.example')$$),
	($$bounce_void(pattern => '%\')$$),
	($$bounce_void(pattern => '\\\', dry_run => false)$$),
	($$bounce_void(pattern => '\\')$$),
	($$bounce_void('gmail.example', dry_run => NULL)$$),
	($$bounce_void(NULL::bigint[])$$),
	($$bounce_void(ARRAY[NULL, 1]::bigint[])$$),
	($$bounce_void(ARRAY[(SELECT min(id) FROM bounce_event), -7, -5], false)$$),
	($$bounce_void(events => '{}')$$),
	($$bounce_unvoid('{}'::bigint[])$$),
	($$bounce_unvoid(ARRAY[1], NULL)$$),
	($$bounce_void('gmail.example', 'yesterday or so')$$)) v(call);
\set VERBOSITY terse
INSERT INTO bounce_void_decision (is_void) VALUES (true);
INSERT INTO bounce_void_decision (is_void, domain, events) VALUES (true, 'gmail.example', '{1}');
\set VERBOSITY default
SELECT count(*) FROM bounce_void_decision;

DROP TABLE undo_contact, undo_mail, undo_before CASCADE;
DROP VIEW undo_void;
DROP FUNCTION undo_dsn, undo_refused;
TRUNCATE bounce_event, bounce_void_decision;
RESET timezone;
