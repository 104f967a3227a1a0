-- Policies that say known_only: what is told about strangers is counted, not logged.
SET timezone = 'UTC';
CREATE TABLE contact (email text UNIQUE);
CREATE TABLE lead (email text PRIMARY KEY);
CREATE TABLE mail (raw text);
CREATE TABLE opened (email text);
CREATE TABLE sent (email text, campaign text);
CREATE TRIGGER bounce AFTER INSERT ON mail REFERENCING NEW TABLE AS new FOR EACH STATEMENT EXECUTE FUNCTION bounce_inbound('raw');
CREATE TRIGGER bounce AFTER INSERT ON opened REFERENCING NEW TABLE AS new FOR EACH STATEMENT EXECUTE FUNCTION bounce_opened('email');
CREATE TRIGGER bounce AFTER INSERT ON sent REFERENCING NEW TABLE AS new FOR EACH STATEMENT EXECUTE FUNCTION bounce_sent('email', 'campaign');
CREATE FUNCTION report(address text, status text DEFAULT '5.1.1') RETURNS text IMMUTABLE RETURN format(
	E'Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; %s\nAction: failed\nStatus: %s\n', address, status);
CREATE VIEW log AS SELECT address, kind, count(*) FROM bounce_event GROUP BY 1, 2 ORDER BY 1, 2;
CREATE VIEW counted AS SELECT kind, events, (now() AT TIME ZONE 'UTC')::date - day < 2 AS today FROM bounce_stranger ORDER BY kind;
-- With no table attached all are strangers, and the log keeps everything.
UPDATE bounce_policy SET known_only = true WHERE policy = 'default';
INSERT INTO mail VALUES (report('early@example.com'));
SELECT * FROM log;
SELECT bounce_attach('contact');
INSERT INTO contact VALUES ('joe@example.com'), ('Jane@Example.COM'), ('early@example.com'), (NULL), ('no address');
SELECT email, bounce_state FROM contact WHERE bounce_state <> 'active';
TRUNCATE bounce_event;
SELECT bounce_refold('contact');
-- A flood about strangers, among it what is known.
INSERT INTO mail SELECT report('stranger' || n || '@example.com') FROM generate_series(1, 100) n
	UNION ALL VALUES (report('joe@example.com')), (report('JANE@example.com', '5.2.2')), (report('not an address')), ('hello');
SELECT * FROM log;
SELECT * FROM counted;
SELECT count(*), count(recipient) FROM bounce_unrecognised;
SELECT email, bounce_state FROM contact WHERE bounce_state <> 'active' ORDER BY 1;
INSERT INTO opened VALUES ('joe@example.com'), ('stranger1@example.com'), (NULL);
INSERT INTO sent VALUES ('joe@example.com', 'c1'), ('stranger1@example.com', 'c1'), ('stranger2@example.com', 'c1');
SELECT * FROM log;
SELECT * FROM counted;
SELECT count(*) AS rows FROM bounce_stranger_count;
-- By batches as well.
CREATE TABLE queue (raw text, processed_at date);
INSERT INTO queue VALUES (report('early@example.com')), (report('stranger1@example.com'));
SELECT bounce_process('queue');
SELECT * FROM log WHERE address ~ 'early|stranger';
SELECT * FROM counted WHERE kind = 'bounce';
-- One by hand: NULL is returned for what is only counted; what somebody decided is kept.
SELECT bounce_record('stranger3@example.com', 'bounce', code => '550 5.1.1') IS NULL AS counted, bounce_record('joe@example.com', 'click') IS NULL AS counted;
SELECT k, bounce_record('stranger4@example.com', k) IS NULL AS counted FROM unnest(ARRAY['bounce', 'notice', 'sent', 'delivered', 'open', 'click', 'reply',
	'complaint', 'unsubscribe', 'suppress', 'release', 'reset']) k;
SELECT * FROM log WHERE address ~ 'stranger';
SELECT * FROM counted;
INSERT INTO contact VALUES ('stranger4@example.com'), ('stranger1@example.com');
SELECT email, bounce_state FROM contact WHERE email ~ 'stranger' ORDER BY 1;
SELECT bounce_record('stranger1@example.com', 'bounce', code => '550 5.1.1') IS NULL AS counted;
SELECT email, bounce_state FROM contact WHERE email ~ 'stranger1';
-- Who deletes or changes an address makes a stranger of it; what is in the log stays.
UPDATE contact SET email = 'new@example.com' WHERE email = 'stranger1@example.com';
INSERT INTO mail VALUES (report('stranger1@example.com')), (report('new@example.com'));
SELECT * FROM log WHERE address ~ 'stranger1|new';
-- In one transaction with the contact, in either order.
BEGIN;
INSERT INTO mail VALUES (report('later@example.com'));
INSERT INTO contact VALUES ('later@example.com');
INSERT INTO mail VALUES (report('later@example.com', '5.2.2'));
SELECT email, bounce_state FROM contact WHERE email = 'later@example.com';
ROLLBACK;
SELECT * FROM counted WHERE kind = 'bounce';
SELECT * FROM log WHERE address ~ 'later';
-- A second table: its contacts are known as well, and its policy has a say.
INSERT INTO bounce_policy (policy, known_only) VALUES ('other', true);
SELECT bounce_attach('lead', policy => 'other');
INSERT INTO lead VALUES ('lead@example.com'), ('joe@example.com');
INSERT INTO mail VALUES (report('lead@example.com')), (report('joe@example.com')), (report('stranger5@example.com'));
SELECT * FROM log WHERE address ~ 'lead|stranger5|joe';
UPDATE bounce_policy SET known_only = false WHERE policy = 'other';
INSERT INTO mail VALUES (report('stranger5@example.com'));
SELECT * FROM log WHERE address ~ 'stranger5';
UPDATE bounce_policy SET known_only = NOT known_only;
INSERT INTO mail VALUES (report('stranger6@example.com'));
SELECT * FROM log WHERE address ~ 'stranger6';
-- Without its row the policy default is as it is built in.
UPDATE bounce_policy SET known_only = true;
DELETE FROM bounce_policy WHERE policy = 'default';
INSERT INTO mail VALUES (report('stranger7@example.com'));
SELECT * FROM log WHERE address ~ 'stranger7';
INSERT INTO bounce_policy (policy) VALUES ('default');
SELECT * FROM bounce_audit('contact');
SELECT * FROM bounce_audit('lead');
-- While the trigger of a table is disabled nothing is only counted: its contacts cannot be asked.
ALTER TABLE lead DISABLE TRIGGER zz_bounce_contact;
INSERT INTO mail VALUES (report('lead@example.com')), (report('stranger9@example.com'));
SELECT * FROM log WHERE address ~ 'lead|stranger9';
ALTER TABLE lead ENABLE TRIGGER zz_bounce_contact;
SELECT bounce_refold('lead');
-- It is no part of the fold, so that nothing is folded again; nor is it for a policy that no table has.
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'written'; END $$;
TRUNCATE bounce_event;
CREATE TRIGGER refuse BEFORE UPDATE ON contact FOR EACH ROW EXECUTE FUNCTION refuse();
\set VERBOSITY terse
UPDATE bounce_policy SET known_only = true, settle_days = 8;
INSERT INTO bounce_policy (policy, confirm_after) VALUES ('unused', 1);
INSERT INTO bounce_policy_reason VALUES ('unused', 'policy', 'hard');
DELETE FROM bounce_policy_reason;
DELETE FROM bounce_policy WHERE policy = 'unused';
UPDATE bounce_policy SET soft_limit = soft_limit;
UPDATE bounce_policy SET known_only = false, settle_days = 7, confirm_after = 2;
\set VERBOSITY default
DROP TRIGGER refuse ON contact;
-- Row security hides no contact, and the deliverer needs nothing more.
UPDATE bounce_policy SET known_only = true;
CREATE ROLE bounce_owner;
CREATE ROLE bounce_sender;
ALTER TABLE contact OWNER TO bounce_owner;
ALTER TABLE contact ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT INSERT ON mail TO bounce_sender;
SET ROLE bounce_sender;
INSERT INTO mail VALUES (report('joe@example.com')), (report('stranger8@example.com'));
\set VERBOSITY sqlstate
SELECT bounce_held(ARRAY['joe@example.com']);
SELECT * FROM bounce_stranger;
\set VERBOSITY default
RESET ROLE;
SELECT * FROM log;
SELECT bounce_held(ARRAY['joe@example.com', 'lead@example.com', NULL, 'stranger8@example.com']), bounce_held('{}'), bounce_held(NULL);
UPDATE bounce_policy SET known_only = NULL;
UPDATE bounce_policy SET known_only = false, settle_days = 7;
DROP VIEW log, counted;
DROP TABLE contact, lead, mail, opened, sent, queue;
DROP FUNCTION report, refuse;
DROP ROLE bounce_owner, bounce_sender;
DELETE FROM bounce_policy WHERE policy = 'other';
TRUNCATE bounce_event, bounce_unrecognised, bounce_stranger_count;
