-- Contact tables of every kind.
SET timezone = 'UTC';
CREATE SCHEMA "My CRM";
CREATE DOMAIN mail_address AS varchar(200);
CREATE TABLE "My CRM"."Contact ""A""" (id int PRIMARY KEY, "E-Mail" mail_address, note text);
INSERT INTO "My CRM"."Contact ""A""" VALUES (1, 'Jane@Example.com', 'a'), (2, 'joe@example.com', 'b'),
	(3, NULL, 'c'), (4, 'no address', 'd'), (5, '<JANE@example.com>', 'e');
SELECT bounce_attach('"My CRM"."Contact ""A"""', 'E-Mail');
SELECT * FROM bounce_attached;
SELECT bounce_record('jane@example.com', 'bounce', '2026-09-10', 'c1', code => '550', diagnostic => 'mailbox is no longer active') > 0;
SELECT id, bounce_state, bounce_hard_run, bounce_fail_run, bounce_reason, bounce_at FROM "My CRM"."Contact ""A""" ORDER BY id;
-- A column that is renamed, a table that moves.
ALTER TABLE "My CRM"."Contact ""A""" RENAME "E-Mail" TO email;
ALTER TABLE "My CRM"."Contact ""A""" RENAME TO contact;
ALTER TABLE "My CRM".contact SET SCHEMA public;
SELECT bounce_record('jane@example.com', 'bounce', '2026-10-08', 'c2', code => '550', diagnostic => 'mailbox is no longer active') > 0;
SELECT id, bounce_state, bounce_hard_run FROM contact ORDER BY id;
-- Unchanged rows get no new version.
SELECT xmin AS before FROM contact WHERE id = 1 \gset
SELECT bounce_record('jane@example.com', 'notice', '2026-10-09', 'c2') > 0;
SELECT xmin = :'before' AS unchanged FROM contact WHERE id = 1;
-- A changed address starts clean; changed back it is as it was.
UPDATE contact SET email = 'other@example.com' WHERE id = 1 RETURNING bounce_state, bounce_hard_run, bounce_reason, bounce_at;
UPDATE contact SET email = 'jane@example.com' WHERE id = 1 RETURNING bounce_state, bounce_hard_run, bounce_reason, bounce_at;
UPDATE contact SET email = NULL WHERE id = 1 RETURNING bounce_state, bounce_hard_run, bounce_reason, bounce_at;
UPDATE contact SET email = 'jane@example.com' WHERE id = 1 RETURNING bounce_state, bounce_hard_run, bounce_reason, bounce_at;
-- The columns are what the log says, whatever a statement wants.
UPDATE contact SET bounce_state = 'active', bounce_hard_run = 0, note = 'x' WHERE id = 1 RETURNING note, bounce_state, bounce_hard_run;
INSERT INTO contact (id, email, bounce_state) VALUES (6, 'new@example.com', 'confirmed') RETURNING bounce_state;
INSERT INTO contact (id, email) VALUES (6, 'jane@example.com') ON CONFLICT (id) DO UPDATE SET email = excluded.email RETURNING id, bounce_state;
COPY contact (id, email) FROM stdin;
7	JANE@EXAMPLE.COM
\.
SELECT id, bounce_state FROM contact WHERE id = 7;
-- What a trigger of the table makes of the address counts.
CREATE FUNCTION normalise() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.email := replace(NEW.email, ' ', ''); RETURN NEW; END $$;
CREATE TRIGGER normalise BEFORE INSERT OR UPDATE ON contact FOR EACH ROW EXECUTE FUNCTION normalise();
INSERT INTO contact (id, email) VALUES (9, 'jane @ example.com') RETURNING email, bounce_state;
DELETE FROM contact WHERE id = 9;
DROP TRIGGER normalise ON contact;
DROP FUNCTION normalise();
-- The third campaign confirms; a new row with that address is confirmed at once.
SELECT bounce_record('jane@example.com', 'bounce', '2026-11-12', 'c3', code => '550', diagnostic => 'mailbox is no longer active') > 0;
INSERT INTO contact (id, email) VALUES (8, 'jane@example.com') RETURNING bounce_state, bounce_mailable(bounce_state);
SELECT bounce_state, bounce_mailable(bounce_state), count(*) FROM contact GROUP BY 1, 2 ORDER BY 1;
SELECT address, state, cause, confirmed_at FROM bounce_unmailable;
SELECT * FROM bounce_audit('contact');
-- Several tables, one of them partitioned, one under a policy of its own.
INSERT INTO bounce_policy (policy, confirm_after) VALUES ('patient', 5);
CREATE TABLE customer (email text, region text) PARTITION BY LIST (region);
CREATE TABLE customer_north PARTITION OF customer FOR VALUES IN ('north');
CREATE TABLE customer_south (region text, email text);
ALTER TABLE customer ATTACH PARTITION customer_south FOR VALUES IN ('south');
INSERT INTO customer VALUES ('jane@example.com', 'north'), ('jane@example.com', 'south');
SELECT bounce_attach('customer', policy => 'patient');
SELECT tableoid::regclass, email, bounce_state, bounce_hard_run FROM customer ORDER BY 1;
SELECT bounce_record('jane@example.com', 'bounce', '2026-11-13', 'c4', code => '550', diagnostic => 'mailbox is no longer active') > 0;
SELECT tableoid::regclass, email, bounce_state, bounce_hard_run FROM customer ORDER BY 1;
SELECT DISTINCT bounce_state, bounce_hard_run FROM contact WHERE email ILIKE '%jane%';
-- A changed policy is felt at once, and one that is used cannot go.
\set VERBOSITY terse
DELETE FROM bounce_policy WHERE policy = 'patient';
\set VERBOSITY default
UPDATE bounce_policy SET confirm_after = 2 WHERE policy = 'patient';
SELECT tableoid::regclass, bounce_state FROM customer ORDER BY 1;
INSERT INTO bounce_policy_reason VALUES ('default', 'mailbox_inactive', 'never', NULL);
SELECT DISTINCT bounce_state, bounce_hard_run FROM contact WHERE email ILIKE '%jane%';
UPDATE bounce_policy_reason SET counts = NULL, instant = true;
SELECT DISTINCT bounce_state, bounce_hard_run FROM contact WHERE email ILIKE '%jane%';
TRUNCATE bounce_policy_reason;
SELECT DISTINCT bounce_state, bounce_hard_run FROM contact WHERE email ILIKE '%jane%';
-- The policy "default" can be put back by a dump.
INSERT INTO bounce_policy (policy, soft_limit) VALUES ('default', 9);
SELECT policy, soft_limit FROM bounce_policy ORDER BY 1;
UPDATE bounce_policy SET soft_limit = 7 WHERE policy = 'default';
INSERT INTO bounce_policy (policy) VALUES ('default');
-- A stop is apart from delivery, and lifted by a release only.
SELECT bounce_record('joe@example.com', 'complaint', '2026-11-01') > 0;
SELECT bounce_record('joe@example.com', 'open', '2026-11-02', 'x') > 0;
SELECT id, bounce_state, bounce_mailable(bounce_state) FROM contact WHERE id = 2;
SELECT bounce_record('joe@example.com', 'release', '2026-11-03') > 0;
SELECT id, bounce_state FROM contact WHERE id = 2;
-- bounce_record classifies, or takes a reason.
SELECT bounce_record('sue@example.com', 'bounce', code => '452 4.2.2', diagnostic => 'over quota') > 0;
SELECT bounce_record('sue@example.com', 'bounce', reason => 'user_unknown', campaign => 'z') > 0;
SELECT kind, class, reason, instant, reply_code, status, rule FROM bounce_event WHERE address = 'sue@example.com' ORDER BY id;
SELECT (bounce_standing_of('Sue@Example.com')).state, (bounce_standing_of('nobody@example.com')).state;
-- Columns of any name, children of a table, an UPDATE by a trigger of the table.
CREATE TABLE member (email text, address text, s text, at text, state text, a text);
CREATE TABLE guest () INHERITS (member);
SELECT bounce_attach('member');
CREATE FUNCTION undo() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	IF pg_trigger_depth() < 3 THEN UPDATE member SET bounce_state = 'active' WHERE email = NEW.email; END IF;
	RETURN NULL; END $$;
CREATE TRIGGER undo AFTER UPDATE ON member FOR EACH ROW EXECUTE FUNCTION undo();
INSERT INTO member (email) VALUES ('bee@example.com');
INSERT INTO guest (email) VALUES ('bee@example.com');
SELECT bounce_record('bee@example.com', 'bounce', code => '550 5.1.1') > 0;
SELECT tableoid::regclass, bounce_state FROM member ORDER BY 1;
SELECT * FROM bounce_audit('member');
CREATE RULE no AS ON UPDATE TO member DO INSTEAD NOTHING;
SELECT bounce_record('bee@example.com', 'reset', now() + interval '1 day') > 0;
DROP TABLE member CASCADE;
DROP FUNCTION undo();
-- What a trigger makes of the address counts, also in an UPDATE that names another column; and so
-- does what it makes of our columns.
CREATE TABLE person (id int PRIMARY KEY, email text, domain text);
SELECT bounce_attach('person');
SELECT bounce_record('ann@old.example', 'suppress') > 0;
CREATE FUNCTION compose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	NEW.email := split_part(NEW.email, '@', 1) || '@' || NEW.domain;
	IF NEW.domain = 'forged.example' THEN NEW.bounce_state := 'complained'; NEW.bounce_hard_run := 9; END IF;
	RETURN NEW; END $$;
CREATE TRIGGER compose BEFORE INSERT OR UPDATE ON person FOR EACH ROW EXECUTE FUNCTION compose();
INSERT INTO person VALUES (1, 'ann', 'new.example');
UPDATE person SET domain = 'old.example' RETURNING email, bounce_state;
UPDATE person SET domain = 'forged.example' RETURNING email, bounce_state, bounce_hard_run;
UPDATE person SET domain = 'old.example', email = 'x' RETURNING email, bounce_state;
UPDATE person SET domain = 'old.example', email = 'ann' RETURNING email, bounce_state;
SELECT bounce_record('ann@old.example', 'release', now() + interval '1 day') > 0;
SELECT email, bounce_state FROM person;
SELECT * FROM bounce_audit('person');
SELECT bounce_detach('person');
SELECT tgname FROM pg_trigger WHERE tgrelid = 'person'::regclass;
DROP TABLE person;
DROP FUNCTION compose();
-- The policy "default" is replaced as it came, and not when it was changed.
UPDATE bounce_policy SET confirm_after = 4 WHERE policy = 'default';
INSERT INTO bounce_policy (policy) VALUES ('default') ON CONFLICT DO NOTHING;
SELECT confirm_after FROM bounce_policy WHERE policy = 'default';
UPDATE bounce_policy SET confirm_after = 3 WHERE policy = 'default';
-- No table left is out of step; detaching leaves a table as it was.
SELECT * FROM bounce_audit('contact');
SELECT * FROM bounce_audit('customer');
SELECT bounce_detach('customer');
SELECT bounce_detach('contact');
SELECT attname FROM pg_attribute WHERE attrelid = 'contact'::regclass AND attnum > 0 AND NOT attisdropped;
DELETE FROM bounce_policy WHERE policy = 'patient';
TRUNCATE bounce_event;
DROP TABLE contact, customer;
DROP SCHEMA "My CRM";
DROP DOMAIN mail_address;
