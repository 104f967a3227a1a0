-- Retention: old events go without which every standing is what it was.
SET timezone = 'UTC';
CREATE TABLE contact (email text PRIMARY KEY);
CREATE TABLE lead (email text PRIMARY KEY);
CREATE FUNCTION tell(lines text) RETURNS bigint LANGUAGE sql AS $$
	SELECT count(bounce_record(f[1] || '@example.com', f[2], date '2024-01-01' + f[3]::interval, nullif(f[4], '-'),
		CASE WHEN f[5] IS NOT NULL THEN date '2024-01-01' + f[5]::interval END,
		reason => CASE f[2] WHEN 'bounce' THEN coalesce(f[6], 'bad_address')::bounce_reason END))
	FROM (SELECT regexp_split_to_array(btrim(l, E' \t'), '\s+') FROM regexp_split_to_table(lines, '\n') l WHERE l ~ '\S') r(f)
$$;
CREATE VIEW told AS SELECT split_part(address, '@', 1) AS name, at - '2024-01-01' AS at, kind, campaign FROM bounce_event;
INSERT INTO bounce_policy (policy, confirm_after, soft_limit, soft_min_days) VALUES ('strict', 2, 2, 0);
SELECT bounce_attach('contact'), bounce_attach('lead', policy => 'strict');
SELECT tell($$
	healthy  sent       1d  a
	healthy  delivered  1d  a
	healthy  sent       8d  b
	healthy  open       9d  b  8d
	healthy  sent      15d  -
	healthy  delivered 15d  -
	healthy  click     16d  c 15d
	healthy  sent      90d  z
	young    sent      70d  z
	day      sent      60d1h  -
	day      delivered 60d2h  -
	failing  sent       1d  a
	failing  delivered  1d  a
	failing  sent       8d  b
	failing  bounce     8d  b  8d mailbox_full
	failing  sent      15d  c
	failing  delivered 22d  c  15d
	failing  sent      22d  d
	failing  delivered 29d  d  22d
	failing  notice    22d  d
	failing  sent      29d  e
	failing  bounce    29d  e  29d mailbox_full
	failing  sent      36d  f
	failing  open      37d  f  36d
	failing  sent      43d  g
	failing  delivered 43d  g
	dead     bounce     1d  a
	dead     bounce     8d  b
	dead     bounce    15d  c
	dead     sent      22d  d
	again    bounce     1d  a
	again    bounce     8d  b
	again    reset     10d  -
	again    sent      15d  c
	again    bounce    15d  c
	gone     bounce     1d  a  1d user_unknown
	gone     reset      5d  -
	gone     sent       6d  b
	angry    complaint  1d  a
	angry    release    2d  -
	angry    unsubscribe 3d -
	held     complaint  1d  -
	held     release    2d  -
	calm     suppress   1d  -
	calm     release    2d  -
	undone   sent       1d  a
	undone   delivered  8d  a 1d
	undone   bounce    15d  b
	undone   complaint 16d  -
	undone   open      20d  c
	undone   open      21d  d
	late     sent       1d  a
	late     delivered  1d  a
	late     sent       8d  b
	late     open      70d  b  8d
	late     sent      15d  c
	late     delivered 15d  c
$$);
SELECT address, changed FROM bounce_void(ARRAY(SELECT id FROM bounce_event WHERE (split_part(address, '@', 1), kind) IN (('undone', 'bounce'), ('undone', 'complaint'), ('held', 'release'))), false);
SELECT bounce_void('example.com', '2024-03-30', reason => 'policy', dry_run => false);
INSERT INTO contact SELECT DISTINCT address FROM bounce_event;
INSERT INTO lead SELECT DISTINCT address FROM bounce_event;
CREATE TABLE known AS SELECT l.address, p.policy, s.* FROM (SELECT DISTINCT address FROM bounce_event) l,
	bounce_policy p, bounce_standing_of(l.address, p.policy) s;
CREATE VIEW differs AS SELECT k.address, k.policy, s.* FROM known k, bounce_standing_of(k.address, k.policy) s
	WHERE (k.state, k.delivery, k.hard_run, k.fail_run, k.cause, k.stop, k.confirmed_at, k.reason, k.last_bounce_at) IS DISTINCT FROM s;
SELECT state, delivery, stop, count(*) FROM known WHERE policy = 'default' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
CREATE VIEW version AS SELECT 'contact' AS held_in, email, ctid AS place, xmin AS writer FROM contact
	UNION ALL SELECT 'lead', email, ctid, xmin FROM lead;
CREATE TABLE version_before AS SELECT * FROM version;
-- What would go is listed, so that it can be kept elsewhere before.
CREATE TABLE exported AS SELECT e.* FROM bounce_event e JOIN bounce_prunable('2024-03-01 12:00') USING (address, id);
-- Within a transaction of the caller it is one.
BEGIN;
CALL bounce_prune('2024-03-01 12:00');
SELECT count(*) FROM exported x WHERE NOT EXISTS (SELECT FROM bounce_event e WHERE e.id = x.id);
ROLLBACK;
CALL bounce_prune('2024-03-01 12:00', batch => 2);
SELECT count(*), count(e.id) AS still_there FROM exported x LEFT JOIN bounce_event e USING (address, id);
SELECT * FROM told ORDER BY name, at, kind;
-- Nothing differs, and no contact was written.
SELECT * FROM differs;
SELECT * FROM bounce_audit('contact') UNION ALL SELECT * FROM bounce_audit('lead');
SELECT count(*), count(*) FILTER (WHERE b.writer::text = v.writer::text) AS as_before
FROM version v JOIN version_before b USING (held_in, email, place);
-- A second time nothing goes.
CALL bounce_prune('2024-03-01 12:00');
SELECT count(*) FROM bounce_prunable('2024-03-01 12:00');
-- A decision that is taken back, another policy, mail that comes: as with the whole log.
BEGIN;
INSERT INTO bounce_event (address, id, kind, at, sent_at, campaign, class, reason, instant, void_id)
	SELECT 'x' || address, id, kind, at, sent_at, campaign, class, reason, instant, void_id FROM
	(SELECT * FROM bounce_event UNION SELECT * FROM exported) whole;
SELECT address FROM bounce_unvoid(NULL, '2024-01-01', dry_run => false) WHERE left(address, 1) <> 'x';
UPDATE bounce_policy SET soft_limit = 1, soft_limit_engaged = 2, soft_min_days = 0 WHERE policy = 'default';
INSERT INTO bounce_policy_reason (policy, reason, counts) VALUES ('strict', 'bad_address', 'soft'), ('strict', 'mailbox_full', 'hard');
SELECT count(bounce_record(address, 'bounce', '2024-04-09', 'new', reason => 'bad_address')) FROM known
	WHERE policy = 'default' AND address <> 'late@example.com';
SELECT count(bounce_record('x' || address, 'bounce', '2024-04-09', 'new', reason => 'bad_address')) FROM known
	WHERE policy = 'default' AND address <> 'late@example.com';
SELECT split_part(k.address, '@', 1) AS name, k.policy, s.state, s.hard_run, s.fail_run FROM known k, bounce_standing_of(k.address, k.policy) s,
	bounce_standing_of('x' || k.address, k.policy) whole WHERE s IS DISTINCT FROM whole;
SELECT policy, s.state, count(*) FROM known k, bounce_standing_of(k.address, k.policy) s GROUP BY 1, 2 ORDER BY 1, 2;
ROLLBACK;
-- Later, more.
CALL bounce_prune('2024-06-01', batch => 1);
SELECT * FROM differs;
SELECT * FROM bounce_audit('contact') UNION ALL SELECT * FROM bounce_audit('lead');
SELECT kind, count(*) FROM bounce_event GROUP BY 1 ORDER BY 1;
-- A run that fails keeps what it has done.
INSERT INTO bounce_event SELECT * FROM exported;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not this one'; END $$;
CREATE TRIGGER refuse BEFORE DELETE ON bounce_event FOR EACH ROW WHEN (OLD.address = 'failing@example.com') EXECUTE FUNCTION refuse();
\set VERBOSITY terse
CALL bounce_prune('2024-03-01 12:00', 1);
SELECT DISTINCT split_part(address, '@', 1) AS name FROM bounce_prunable('2024-03-01 12:00') ORDER BY 1;
DROP TRIGGER refuse ON bounce_event;
DROP FUNCTION refuse;
-- From a DO block, too, each batch is a transaction: what comes after does not undo it.
DO $$
DECLARE
	removed bigint;
BEGIN
	CALL bounce_prune('2024-03-01 12:00', 1, removed);
	RAISE NOTICE 'removed %', removed;
	ROLLBACK;
END
$$;
SELECT count(*) FROM bounce_prunable('2024-03-01 12:00');
-- Arguments
\set VERBOSITY sqlstate
CALL bounce_prune(NULL);
CALL bounce_prune('-infinity');
CALL bounce_prune('infinity');
CALL bounce_prune(now() + interval '1 day');
CALL bounce_prune('2024-03-01', 0);
CALL bounce_prune('2024-03-01', NULL);
SELECT * FROM bounce_prunable(NULL);
SELECT * FROM bounce_prunable('-infinity');
\set VERBOSITY default
CALL bounce_prune('294276-12-31');
CALL bounce_prune('2024-03-01', -1);
CALL bounce_prune('4713-01-01 BC');
-- A row that is no event is passed over.
SELECT bounce_prune_ids(1, NULL, false, NULL, '2020-01-01', '2020-01-01', '2024-03-01'),
	bounce_prune_ids(1, 'sent', false, NULL, '2020-01-01', '2020-01-01', '2024-03-01');
-- The ids are in order, whatever that of the events is.
SELECT bounce_prune_ids(id, 'sent', false, NULL, '2020-01-01', '2020-01-01', '2024-03-01')
FROM (VALUES (2), (10), (1), (9000000000)) v(id);
SELECT bounce_prune_ids(NULL, NULL, NULL, NULL, NULL, NULL, '2024-03-01') FROM bounce_event WHERE false;
-- Who may prune needs no right to the log; who may not, cannot, nor list what he cannot read.
INSERT INTO bounce_event SELECT * FROM exported;
CREATE ROLE bounce_stranger;
CREATE SCHEMA evil AUTHORIZATION bounce_stranger;
SET ROLE bounce_stranger;
\set VERBOSITY sqlstate
CALL bounce_prune('2024-03-01 12:00');
SELECT * FROM bounce_prunable('2024-03-01 12:00');
RESET ROLE;
GRANT EXECUTE ON PROCEDURE bounce_prune TO bounce_stranger;
SET ROLE bounce_stranger;
CREATE FUNCTION evil.pwn(a text, b text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'called as %', current_user; END $$;
CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.pwn);
CREATE OPERATOR evil.> (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.pwn);
CREATE FUNCTION evil.unnest(bigint[]) RETURNS SETOF bigint LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'called as %', current_user; END $$;
CREATE FUNCTION evil.unnest(text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'called as %', current_user; END $$;
CREATE FUNCTION evil.array_agg(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'called as %', current_user; END $$;
CREATE FUNCTION evil.max(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'called as %', current_user; END $$;
SET search_path = evil, pg_catalog, public;
CALL bounce_prune('2024-03-01 12:00');
SELECT count(*) FROM bounce_event;
RESET search_path;
RESET ROLE;
\set VERBOSITY default
REVOKE EXECUTE ON PROCEDURE bounce_prune FROM bounce_stranger;
DROP SCHEMA evil CASCADE;
DROP ROLE bounce_stranger;
SELECT * FROM bounce_audit('contact') UNION ALL SELECT * FROM bounce_audit('lead');
-- An empty log
TRUNCATE bounce_event;
CALL bounce_prune('2024-03-01');
SELECT bounce_detach('contact'), bounce_detach('lead');
DROP VIEW told, differs, version;
DROP TABLE contact, lead, known, version_before, exported;
DROP FUNCTION tell;
TRUNCATE bounce_void_decision;
DELETE FROM bounce_policy WHERE policy = 'strict';
