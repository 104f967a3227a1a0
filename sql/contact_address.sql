-- Addresses that come, change and go, by every statement that PostgreSQL has for it.
SET timezone = 'UTC';
\set audit 'SELECT a.contact, x.* FROM bounce_attached a, bounce_audit(a.contact) x'
CREATE FUNCTION hard(address text, campaign text) RETURNS boolean LANGUAGE sql AS $$
	SELECT bounce_record(address, 'bounce', '2026-09-10', campaign, code => '550', diagnostic => 'mailbox is no longer active') > 0 $$;
SELECT hard('hard@example.com', 'c1'), bounce_record('dead@example.com', 'bounce', '2026-09-10', 'c1', code => '550 5.1.1') > 0,
	bounce_record('soft@example.com', 'bounce', '2026-09-10', 'c1', code => '452 4.2.2') > 0,
	bounce_record('angry@example.com', 'complaint', '2026-09-10') > 0;
CREATE SCHEMA "My %I";
CREATE TABLE "My %I"."100%1$s" (id int PRIMARY KEY, email text UNIQUE DEFERRABLE);
CREATE TABLE contact (id int PRIMARY KEY, email varchar(60), key text GENERATED ALWAYS AS (bounce_address(email)) STORED, note text);
CREATE UNIQUE INDEX contact_address ON contact (bounce_address(email));
SELECT bounce_attach('"My %I"."100%1$s"'), bounce_attach('contact');
SELECT count(*) FROM pg_index WHERE indrelid = 'contact'::regclass;
-- Swapped, and passed on in a circle, within one statement.
INSERT INTO "My %I"."100%1$s" VALUES (1, 'hard@example.com'), (2, 'dead@example.com'), (3, 'soft@example.com'),
	(4, 'angry@example.com'), (5, 'good@example.com'), (6, NULL), (7, 'no address');
UPDATE "My %I"."100%1$s" SET email = CASE id WHEN 1 THEN 'dead@example.com' ELSE 'hard@example.com' END WHERE id <= 2
	RETURNING id, email, bounce_state, bounce_hard_run;
UPDATE "My %I"."100%1$s" a SET email = b.email FROM "My %I"."100%1$s" b WHERE b.id = 1 + a.id % 7;
SELECT id, email, bounce_state, bounce_hard_run, bounce_fail_run, bounce_reason FROM "My %I"."100%1$s" ORDER BY id;
:audit;
-- A statement that changes an address sees the old row, and what follows in it does not.
WITH moved AS (UPDATE "My %I"."100%1$s" SET email = 'new@example.com' WHERE id = 1 RETURNING id, bounce_state)
SELECT m.id, c.bounce_state AS before, m.bounce_state AS after FROM moved m JOIN "My %I"."100%1$s" c USING (id);
ALTER SCHEMA "My %I" RENAME TO crm;
SELECT hard('new@example.com', 'c1');
SELECT id, email, bounce_state FROM crm."100%1$s" WHERE id = 1;
:audit;
-- Keys that are equal: case, brackets, and internationalized domains. Letters outside of ASCII keep their case.
TRUNCATE crm."100%1$s";
INSERT INTO crm."100%1$s" VALUES (1, 'Jürgen@bücher.example'), (2, 'jürgen@BÜCHER.EXAMPLE'), (3, '<jürgen@xn--bcher-kva.example>'),
	(4, 'JÜRGEN@bücher.example'), (5, 'jurgen@bücher.example'), (6, 'jürgen@bücher.example.');
SELECT hard('jürgen@XN--BCHER-KVA.example', 'c1');
SELECT id, bounce_address(email), bounce_state FROM crm."100%1$s" ORDER BY id;
UPDATE crm."100%1$s" SET email = 'JÜRGEN@xn--bcher-kva.example' WHERE id = 4 RETURNING bounce_state;
:audit;
-- ON CONFLICT, by the key.
INSERT INTO contact VALUES (1, 'Dead@example.com'), (2, 'soft@example.com') RETURNING key, bounce_state;
INSERT INTO contact VALUES (3, 'DEAD@example.com') ON CONFLICT DO NOTHING RETURNING id;
INSERT INTO contact VALUES (3, 'DEAD@example.com', DEFAULT, 'again') ON CONFLICT (bounce_address(email))
	DO UPDATE SET note = excluded.note, bounce_state = 'active' RETURNING id, note, bounce_state;
INSERT INTO contact VALUES (2, 'hard@example.com') ON CONFLICT (id) DO UPDATE SET email = excluded.email
	RETURNING id, key, bounce_state, bounce_hard_run;
INSERT INTO contact VALUES (1, 'x'), (9, 'soft@example.com') ON CONFLICT (id) DO UPDATE SET email = 'good@example.com'
	RETURNING id, key, bounce_state;
INSERT INTO contact VALUES (1, 'angry@example.com') ON CONFLICT (id) DO UPDATE SET email = excluded.email
	WHERE false RETURNING id;
SELECT id, key, bounce_state FROM contact ORDER BY id;
:audit;
-- COPY, which may bring the columns along as they were elsewhere.
COPY contact (id, email, bounce_state, bounce_hard_run, bounce_at) FROM stdin;
20	angry@example.com	active	7	2020-01-01
21	\N	hard	1	\N
22	no address	confirmed	1	\N
23	fine@example.com	confirmed	1	2020-01-01
\.
SELECT id, key, bounce_state, bounce_hard_run, bounce_at FROM contact WHERE id >= 20 ORDER BY id;
-- By a view, and the key alone: nobody may write what is generated.
CREATE VIEW customer AS SELECT id, email, bounce_state FROM contact WHERE id < 20;
INSERT INTO customer VALUES (10, 'dead@example.com', 'active') RETURNING *;
UPDATE customer SET bounce_state = 'active' RETURNING id, bounce_state;
DROP VIEW customer;
-- Empty and filled again; the log stays.
TRUNCATE contact;
SELECT hard('hard@example.com', 'c2');
INSERT INTO contact VALUES (1, 'hard@example.com') RETURNING bounce_state, bounce_hard_run;
DELETE FROM contact;
INSERT INTO contact VALUES (1, 'hard@example.com') RETURNING bounce_state, bounce_hard_run;
:audit;
-- Rolled back to a savepoint.
BEGIN;
SAVEPOINT s;
UPDATE contact SET email = 'dead@example.com';
SELECT hard('hard@example.com', 'c3');
ROLLBACK TO s;
UPDATE contact SET email = 'soft@example.com';
COMMIT;
SELECT email, bounce_state, bounce_hard_run FROM contact;
:audit;
-- Where triggers do not fire, nothing is kept; afterwards a refold brings it up. A statement that changes an
-- event still updates contacts, because that needs no trigger of the contact table.
SET session_replication_role = replica;
INSERT INTO contact VALUES (2, 'dead@example.com');
UPDATE contact SET email = 'angry@example.com' WHERE id = 1;
SELECT hard('angry@example.com', 'c4');
INSERT INTO contact (id, email, bounce_state, bounce_hard_run, bounce_reason, bounce_at) VALUES
	(4, NULL, 'hard', 0, NULL, NULL), (5, 'no address', 'active', 0, NULL, '2020-01-01'), (6, 'five@example.com', 'active', 5, NULL, NULL),
	(7, 'six@example.com', 'active', 0, 'mailbox_full', NULL), (8, 'seven@example.com', 'active', 0, NULL, '2020-01-01');
RESET session_replication_role;
SELECT id, email, bounce_state FROM contact ORDER BY id;
SELECT count(*) FROM bounce_audit('contact');
SELECT bounce_refold('contact');
SELECT id, email, bounce_state, bounce_hard_run, bounce_fail_run, bounce_reason, bounce_at FROM contact ORDER BY id;
:audit;
SELECT bounce_refold('contact');
ALTER TABLE contact ENABLE ALWAYS TRIGGER zz_bounce_contact;
SET session_replication_role = replica;
INSERT INTO contact VALUES (3, 'soft@example.com') RETURNING bounce_state;
RESET session_replication_role;
ALTER TABLE contact DISABLE TRIGGER USER;
SELECT contact FROM bounce_attached;
UPDATE contact SET email = 'late@example.com' WHERE id = 3;
SELECT hard('late@example.com', 'c1');
\set VERBOSITY terse
SELECT bounce_refold('contact');
SELECT bounce_audit('contact');
\set VERBOSITY default
ALTER TABLE contact ENABLE TRIGGER USER;
SELECT email, bounce_state FROM contact WHERE id = 3;
SELECT bounce_refold('contact');
SELECT email, bounce_state FROM contact WHERE id = 3;
:audit;
-- The type of the column cannot change while a trigger names it: detached meanwhile it can.
\set VERBOSITY terse
ALTER TABLE crm."100%1$s" ALTER COLUMN email TYPE varchar(100);
ALTER TABLE crm."100%1$s" DROP COLUMN email;
\set VERBOSITY default
BEGIN;
SELECT bounce_detach('crm."100%1$s"');
ALTER TABLE crm."100%1$s" ALTER COLUMN email TYPE varchar(100);
SELECT bounce_attach('crm."100%1$s"');
COMMIT;
SELECT id, bounce_state FROM crm."100%1$s" ORDER BY id;
:audit;
-- Without the column the table is not attached any more, and its columns can go.
ALTER TABLE crm."100%1$s" DROP COLUMN email CASCADE;
SELECT contact FROM bounce_attached;
SELECT hard('jürgen@bücher.example', 'c5');
\set VERBOSITY terse
SELECT bounce_detach('crm."100%1$s"');
\set VERBOSITY default
ALTER TABLE crm."100%1$s" ADD email text,
	DROP bounce_state, DROP bounce_hard_run, DROP bounce_fail_run, DROP bounce_reason, DROP bounce_at;
SELECT bounce_attach('crm."100%1$s"');
DROP TABLE crm."100%1$s";
SELECT contact FROM bounce_attached;
SELECT hard('jürgen@bücher.example', 'c6');
DROP SCHEMA crm;
DROP TABLE contact;
-- Partitions: by list and by hash, rows that move, partitions that come and go.
CREATE TABLE lead (email text, region text, n int) PARTITION BY LIST (region);
CREATE TABLE lead_north PARTITION OF lead FOR VALUES IN ('north') PARTITION BY HASH (n);
CREATE TABLE lead_north_0 PARTITION OF lead_north FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE lead_north_1 (n int, dropped int, region text, email text);
ALTER TABLE lead_north_1 DROP dropped;
ALTER TABLE lead_north ATTACH PARTITION lead_north_1 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE lead_else PARTITION OF lead DEFAULT;
INSERT INTO lead SELECT email, region, n FROM (VALUES ('hard@example.com'), ('dead@example.com')) e(email),
	(VALUES ('north', 1), ('north', 2), ('south', 1)) r(region, n);
SELECT bounce_attach('lead');
SELECT tableoid::regclass, email, bounce_state, bounce_hard_run FROM lead ORDER BY 1, 2;
UPDATE lead SET region = 'south' WHERE tableoid IN ('lead_north_0'::regclass, 'lead_north_1'::regclass)
	AND email LIKE 'hard%' RETURNING tableoid::regclass, email, bounce_state, bounce_hard_run;
UPDATE lead SET region = 'north', email = CASE WHEN email LIKE 'hard%' THEN 'soft@example.com' ELSE 'hard@example.com' END
	WHERE region = 'south' RETURNING tableoid::regclass, email, bounce_state, bounce_hard_run;
UPDATE lead SET n = n + 1, bounce_state = 'active', bounce_hard_run = 99;
SELECT tableoid::regclass, email, bounce_state, bounce_hard_run FROM lead ORDER BY 1, 2, 3, n;
SELECT hard('hard@example.com', 'c7'), hard('soft@example.com', 'c7');
COPY lead (email, region, n) FROM stdin;
dead@example.com	east	1
\.
INSERT INTO lead_north_0 (email, region, n) SELECT 'angry@example.com', 'north', n FROM generate_series(1, 20) n
	WHERE satisfies_hash_partition('lead_north'::regclass, 2, 0, n) LIMIT 1;
SELECT tableoid::regclass, email, bounce_state, bounce_hard_run FROM lead ORDER BY 1, 2, 3, n;
:audit;
-- One that comes later with rows of its own shows what these say, until the next refold; one that goes keeps
-- its columns, and is not kept up.
CREATE TABLE lead_west (LIKE lead INCLUDING DEFAULTS);
INSERT INTO lead_west (email, region) VALUES ('dead@example.com', 'west'), ('fine@example.com', 'west');
UPDATE lead_west SET bounce_state = 'hard' WHERE email = 'fine@example.com';
ALTER TABLE lead ATTACH PARTITION lead_west FOR VALUES IN ('west');
SELECT email, bounce_state FROM lead_west ORDER BY 1;
SELECT bounce_refold('lead');
SELECT email, bounce_state FROM lead_west ORDER BY 1;
UPDATE lead_west SET email = 'angry@example.com' WHERE email = 'fine@example.com' RETURNING bounce_state;
:audit;
ALTER TABLE lead DETACH PARTITION lead_west;
SELECT bounce_record('angry@example.com', 'release', '2026-09-20') > 0;
SELECT email, bounce_state FROM lead_west ORDER BY 1;
SELECT contact FROM bounce_attached;
\set VERBOSITY terse
SELECT bounce_attach('lead_west');
\set VERBOSITY default
ALTER TABLE lead ATTACH PARTITION lead_west FOR VALUES IN ('west');
SELECT bounce_refold('lead');
:audit;
SELECT bounce_detach('lead');
SELECT attrelid::regclass, attname FROM pg_attribute WHERE attrelid = 'lead_west'::regclass AND attnum > 0 AND NOT attisdropped;
DROP TABLE lead;
DROP FUNCTION hard(text, text);
TRUNCATE bounce_event;
