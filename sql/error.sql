-- Errors are for callers, and each has its SQLSTATE.
\set VERBOSITY sqlstate
CREATE TABLE person (id int, email text, born date);
CREATE VIEW person_view AS SELECT * FROM person;
SELECT bounce_attach('person_view');
SELECT bounce_attach('person', 'mail');
SELECT bounce_attach('person', 'born');
SELECT bounce_attach('person', 'email', 'strict');
SELECT bounce_attach('person', NULL);
SELECT bounce_attach(1::regclass);
CREATE TABLE used (email text, bounce_at date);
SELECT bounce_attach('used');
DROP TABLE used;
CREATE TEMP TABLE passing (email text);
SELECT bounce_attach('passing');
CREATE TABLE odd (a name, b char(20), c text, d text GENERATED ALWAYS AS (lower(c)) STORED, e xml) PARTITION BY LIST (c);
CREATE TABLE odd_one PARTITION OF odd DEFAULT;
SELECT bounce_attach('odd', 'a');
SELECT bounce_attach('odd', 'b');
SELECT bounce_attach('odd', 'd');
SELECT bounce_attach('odd', 'e');
SELECT bounce_attach('odd_one', 'c');
DROP TABLE odd;
SELECT bounce_attach('person');
SELECT bounce_attach('person');
SELECT bounce_detach('person');
SELECT bounce_detach('person');
SELECT bounce_detach(NULL);
SELECT bounce_audit(NULL);
SELECT bounce_refold('person');
SELECT * FROM bounce_audit('person');
SELECT bounce_record('nobody', 'bounce');
SELECT bounce_record(NULL, 'bounce');
SELECT bounce_record('jane@example.com', NULL);
SELECT bounce_record('jane@example.com', 'vanish');
SELECT bounce_record('jane@example.com', 'open', at => 'infinity');
\set VERBOSITY terse
SELECT bounce_record(repeat('ü', 1000000), 'open');
SELECT bounce_record('jane@example.com', repeat('ü', 1000000));
\set VERBOSITY sqlstate
-- trigger functions are not called by hand ...
SELECT bounce_inbound();
SELECT bounce_opened();
SELECT bounce_sent();
SELECT bounce_contact();
SELECT bounce_policy_changed();
-- ... and are put where they belong
CREATE TABLE mail (raw bytea, received_at timestamptz, size int, extra point);
CREATE TRIGGER t BEFORE INSERT ON mail FOR EACH ROW EXECUTE FUNCTION bounce_inbound('raw');
INSERT INTO mail VALUES ('');
DROP TRIGGER t ON mail;
CREATE TRIGGER t AFTER INSERT ON mail FOR EACH STATEMENT EXECUTE FUNCTION bounce_inbound('raw');
INSERT INTO mail VALUES ('');
DROP TRIGGER t ON mail;
CREATE TRIGGER t AFTER INSERT ON mail REFERENCING NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION bounce_inbound();
INSERT INTO mail VALUES ('');
DROP TRIGGER t ON mail;
CREATE TRIGGER t AFTER INSERT ON mail REFERENCING NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION bounce_inbound('body');
INSERT INTO mail VALUES ('');
DROP TRIGGER t ON mail;
CREATE TRIGGER t AFTER INSERT ON mail REFERENCING NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION bounce_inbound('size');
INSERT INTO mail VALUES ('');
DROP TRIGGER t ON mail;
CREATE TRIGGER t AFTER INSERT ON mail REFERENCING NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION bounce_inbound('raw', 'size');
INSERT INTO mail VALUES ('');
DROP TRIGGER t ON mail;
CREATE TRIGGER t AFTER INSERT ON person REFERENCING NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION bounce_opened('email', 'id', 'born', 'yawn');
INSERT INTO person VALUES (1, 'jane@example.com', now());
DROP TRIGGER t ON person;
CREATE TRIGGER t BEFORE INSERT ON person FOR EACH ROW EXECUTE FUNCTION bounce_contact('default');
INSERT INTO person VALUES (1, 'jane@example.com', now());
DROP TRIGGER t ON person;
-- the parts of the aggregate are no functions of their own
DO $$
DECLARE
	call text;
BEGIN
	FOREACH call IN ARRAY ARRAY['bounce_fold_combine(NULL, NULL)', 'bounce_fold_final(NULL)',
		'bounce_fold_serialize(NULL)', 'bounce_fold_deserialize(NULL, NULL)',
		'bounce_prune_final(NULL)'] LOOP
		BEGIN
			EXECUTE 'SELECT ' || call;
		EXCEPTION WHEN OTHERS THEN
			CONTINUE;			-- which error it is differs between minor versions
		END;
		RAISE EXCEPTION '% could be called', call;
	END LOOP;
END
$$;
-- settings that make no sense
INSERT INTO bounce_policy (policy, confirm_after) VALUES ('x', 0);
INSERT INTO bounce_policy (policy, soft_min_days) VALUES ('x', 213503983);
SELECT bounce_fold('bounce', 'hard', 'user_unknown', true, NULL, now(), now(), ROW(3, true, 7, 15, 213503983, 0, false, NULL, NULL, NULL)::bounce_settings);
INSERT INTO bounce_policy_reason VALUES ('x', 'user_unknown', 'stop', NULL);
INSERT INTO bounce_policy_reason VALUES ('defualt', 'user_unknown', 'soft', NULL);
INSERT INTO bounce_policy (policy) VALUES ('x');
INSERT INTO bounce_policy_reason VALUES ('x', 'user_unknown', 'soft', NULL);
DELETE FROM bounce_policy WHERE policy = 'x';
UPDATE bounce_policy SET policy = 'y' WHERE policy = 'x';
UPDATE bounce_policy_reason SET policy = 'y';
TRUNCATE bounce_policy;
SELECT policy, reason, counts FROM bounce_policy JOIN bounce_policy_reason USING (policy);
DELETE FROM bounce_policy_reason;
DELETE FROM bounce_policy WHERE policy = 'x';
-- but a dump may bring the reasons first
SET check_function_bodies = off;
INSERT INTO bounce_policy_reason VALUES ('x', 'user_unknown', 'soft', NULL);
INSERT INTO bounce_policy (policy) VALUES ('x');
RESET check_function_bodies;
UPDATE bounce_policy SET confirm_after = 4 WHERE policy = 'x';
DELETE FROM bounce_policy_reason;
DELETE FROM bounce_policy WHERE policy = 'x';
SELECT bounce_fold('bounce', 'hard', 'user_unknown', true, NULL, now(), now(), ROW(0, true, 7, 15, 30, 0, false, NULL, NULL, NULL)::bounce_settings);
SELECT count(*) FROM bounce_event;
\set VERBOSITY default
DROP TABLE person, mail CASCADE;
-- What is no bounce cannot be its reason.
\set VERBOSITY default
SELECT bounce_record('jane@example.com', 'bounce', reason => 'complaint');
SELECT bounce_record('jane@example.com', 'bounce', reason => 'unsubscribe');
SELECT bounce_record('jane@example.com', 'bounce', reason => 'delivered');
-- What a server says of the syntax of an address is a bounce; what has no key is refused.
SELECT bounce_record('odd@example.com', 'bounce', code => '501 5.1.3', diagnostic => 'Bad recipient address syntax') > 0;
SELECT (s).state, (s).cause, (s).reason FROM bounce_standing_of('odd@example.com') s;
SELECT bounce_record('jane..doe@example.com', 'bounce', code => '501 5.1.3', diagnostic => 'Bad recipient address syntax');
DELETE FROM bounce_event WHERE address = 'odd@example.com';
