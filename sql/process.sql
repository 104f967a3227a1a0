-- Mail that is read in batches, without a trigger: bounce_process().
SET timezone = 'UTC';
CREATE TABLE contact (email text PRIMARY KEY);
SELECT bounce_attach('contact');
INSERT INTO contact SELECT 'a' || n || '@example.com' FROM generate_series(1, 6) n;
CREATE FUNCTION report(address text, status text DEFAULT '5.1.1') RETURNS text IMMUTABLE RETURN format(
	E'Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; %s\nAction: failed\nStatus: %s\n', address, status);
CREATE TABLE mail (id int PRIMARY KEY, raw bytea, received_at timestamptz, processed_at timestamptz);
CREATE INDEX ON mail (processed_at) WHERE processed_at IS NULL;
INSERT INTO mail SELECT n, convert_to(report('a' || n || '@example.com'), 'UTF8'), '2026-09-01' FROM generate_series(1, 5) n;
INSERT INTO mail VALUES (6, E'\\xff00', '2026-09-02'), (7, NULL, 'infinity');
-- So many at a time, until there are none; each mail once.
SELECT bounce_process('mail', 3, received_at => 'received_at');
SELECT count(*) AS marked, count(DISTINCT processed_at) AS times FROM mail WHERE processed_at IS NOT NULL;
SELECT bounce_process('mail', 3, received_at => 'received_at');
SELECT bounce_process('mail', 3, received_at => 'received_at');
SELECT bounce_process('mail', 3, received_at => 'received_at');
SELECT count(*) AS open FROM mail WHERE processed_at IS NULL;
SELECT * FROM contact ORDER BY email;
SELECT address, kind, at, sent_at, reason FROM bounce_event ORDER BY address;
SELECT received_at > '2026-09-03' AS now, mail, octets FROM bounce_unrecognised ORDER BY id;
SELECT * FROM bounce_audit('contact');
-- The same events as by the trigger.
CREATE TEMP TABLE by_process AS SELECT address, kind, at, sent_at, campaign, class, reason, instant, status, diagnostic, rule, rules_version, format FROM bounce_event;
TRUNCATE bounce_event, bounce_unrecognised;
CREATE TABLE triggered (raw bytea, received_at timestamptz);
CREATE TRIGGER bounce AFTER INSERT ON triggered REFERENCING NEW TABLE AS new FOR EACH STATEMENT EXECUTE FUNCTION bounce_inbound('raw', 'received_at');
INSERT INTO triggered SELECT raw, received_at FROM mail;
CREATE TEMP VIEW by_trigger AS SELECT address, kind, at, sent_at, campaign, class, reason, instant, status, diagnostic, rule, rules_version, format FROM bounce_event;
SELECT count(*) AS events, (SELECT count(*) FROM (TABLE by_trigger EXCEPT ALL TABLE by_process) d) AS differ FROM by_process;
DROP VIEW by_trigger;
DROP TABLE triggered, by_process, mail;
TRUNCATE bounce_event, bounce_unrecognised;
SELECT bounce_refold('contact');
-- Other names and types, in a schema that is quoted; a mark that is a boolean; no time.
CREATE SCHEMA "My Mail";
CREATE DOMAIN "My Mail".message AS text;
CREATE TABLE "My Mail"."In Box" (dropped int, "The Mail" "My Mail".message, "Done?" boolean);
ALTER TABLE "My Mail"."In Box" DROP COLUMN dropped;
INSERT INTO "My Mail"."In Box" VALUES (report('a1@example.com', '5.2.2'), NULL), (report('a2@example.com'), true), (report('a3@example.com'), false);
SELECT bounce_process('"My Mail"."In Box"', raw => 'The Mail', mark => 'Done?');
SELECT email, bounce_state FROM contact ORDER BY email;
SELECT DISTINCT "Done?" FROM "My Mail"."In Box";
-- A type that changes meanwhile.
ALTER TABLE "My Mail"."In Box" ALTER "The Mail" TYPE bytea USING convert_to("The Mail", 'UTF8'), ALTER "Done?" TYPE date USING NULL;
SELECT bounce_process('"My Mail"."In Box"', raw => 'The Mail', mark => 'Done?');
SELECT email, bounce_state FROM contact WHERE bounce_state <> 'active' ORDER BY email;
DROP SCHEMA "My Mail" CASCADE;
TRUNCATE bounce_event, bounce_unrecognised;
SELECT bounce_refold('contact');
-- Partitions, in which rows of the same place are different mails; a row that moves when it is marked.
CREATE TABLE mail (raw text, processed_at timestamptz) PARTITION BY LIST ((processed_at IS NULL));
CREATE TABLE mail_open PARTITION OF mail FOR VALUES IN (true);
CREATE TABLE mail_done PARTITION OF mail FOR VALUES IN (false);
INSERT INTO mail SELECT report('a' || n || '@example.com') FROM generate_series(1, 4) n;
SELECT bounce_process('mail', 3), (SELECT count(*) FROM mail_done) AS before;
SELECT (SELECT count(*) FROM mail_open) AS open, (SELECT count(*) FROM mail_done) AS done;
SELECT bounce_process('mail'), bounce_process('mail');
SELECT count(*) FROM contact WHERE bounce_state = 'confirmed';
DROP TABLE mail;
TRUNCATE bounce_event, bounce_unrecognised;
SELECT bounce_refold('contact');
-- A trigger of the table that does not let a row be marked leaves it open.
CREATE TABLE mail (id int, raw text, processed_at timestamptz);
INSERT INTO mail SELECT n, report('a' || n || '@example.com') FROM generate_series(1, 2) n;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN CASE WHEN NEW.id = 1 THEN NEW END; END $$;
CREATE TRIGGER refuse BEFORE UPDATE ON mail FOR EACH ROW EXECUTE FUNCTION refuse();
SELECT bounce_process('mail');
SELECT bounce_process('mail');
SELECT address FROM bounce_event;
DROP TRIGGER refuse ON mail;
-- Its owner is who acts; others may not.
CREATE ROLE bounce_mail_owner;
CREATE ROLE bounce_mail_reader;
GRANT EXECUTE ON FUNCTION bounce_process TO bounce_mail_owner, bounce_mail_reader;
GRANT ALL ON mail TO bounce_mail_reader;
ALTER TABLE mail OWNER TO bounce_mail_owner;
ALTER TABLE mail ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'marked by %', current_user; RETURN NEW; END $$;
CREATE TRIGGER tell BEFORE UPDATE ON mail FOR EACH ROW EXECUTE FUNCTION tell();
SELECT bounce_process('mail');
UPDATE mail SET processed_at = NULL WHERE id = 1;
SET ROLE bounce_mail_reader;
SELECT bounce_process('mail');
SET ROLE bounce_mail_owner;
SELECT bounce_process('mail');
RESET ROLE;
SELECT count(*) FROM bounce_event;
-- What callers do wrong.
\set SHOW_CONTEXT never
CREATE VIEW seen AS SELECT * FROM mail;
CREATE RULE keep AS ON UPDATE TO mail DO INSTEAD NOTHING;
SELECT bounce_process('mail');
DROP RULE keep ON mail;
SELECT bounce_process('mail', raw => 'row');
SELECT bounce_process('mail', raw => 'id');
SELECT bounce_process('mail', mark => 'raw');
SELECT bounce_process('mail', received_at => 'raw');
SELECT bounce_process('seen');
\set VERBOSITY sqlstate
SELECT bounce_process('seen');
SELECT bounce_process('mail', raw => 'row');
SELECT bounce_process('mail', raw => 'id');
SELECT bounce_process(0);
SELECT bounce_process(NULL);
SELECT bounce_process('mail', NULL);
SELECT bounce_process('mail', 0);
SELECT bounce_process('mail', raw => NULL);
SELECT bounce_process('mail', mark => NULL);
\set VERBOSITY default
DROP VIEW seen;
DROP TABLE mail, contact;
DROP FUNCTION refuse, tell, report;
REVOKE EXECUTE ON FUNCTION bounce_process FROM bounce_mail_owner, bounce_mail_reader;
DROP ROLE bounce_mail_owner, bounce_mail_reader;
TRUNCATE bounce_event, bounce_unrecognised;
