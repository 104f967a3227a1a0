-- Who acts: each step has the rights of the owner of what it writes.
CREATE ROLE bounce_crm;
CREATE ROLE bounce_deliverer;
CREATE ROLE bounce_stranger;
CREATE SCHEMA crm AUTHORIZATION bounce_crm;
GRANT USAGE ON SCHEMA crm TO bounce_deliverer, bounce_stranger;
-- The owner of a contact table needs no more than these.
GRANT EXECUTE ON FUNCTION bounce_attach, bounce_detach, bounce_refold, bounce_contact, bounce_inbound TO bounce_crm;
SET ROLE bounce_crm;
CREATE TABLE crm.contact (email text PRIMARY KEY, seen_as text);
CREATE TABLE crm.inbound (raw text);
SELECT bounce_attach('crm.contact');
CREATE TRIGGER bounce AFTER INSERT ON crm.inbound REFERENCING NEW TABLE AS inserted
	FOR EACH STATEMENT EXECUTE FUNCTION bounce_inbound('raw');
INSERT INTO crm.contact VALUES ('jane@example.com'), ('joe@example.com');
-- The deliverer has INSERT on the inbound table and nothing else.
GRANT INSERT ON crm.inbound TO bounce_deliverer;
-- The owner's own trigger runs as the owner, and row security hides nothing.
CREATE FUNCTION crm.note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.seen_as := current_user;
	BEGIN
		SET ROLE postgres;
		NEW.seen_as := 'escaped';
	EXCEPTION WHEN OTHERS THEN NULL;
	END;
	BEGIN
		DELETE FROM bounce_event;
		NEW.seen_as := 'wrote the log';
	EXCEPTION WHEN insufficient_privilege THEN NULL;
	END;
	RETURN NEW;
END
$$;
CREATE TRIGGER note BEFORE UPDATE ON crm.contact FOR EACH ROW EXECUTE FUNCTION crm.note();
ALTER TABLE crm.contact ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
SET ROLE bounce_deliverer;
INSERT INTO crm.inbound VALUES (E'Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; jane@example.com\nAction: failed\nStatus: 5.1.1\n');
\set VERBOSITY sqlstate
SELECT * FROM crm.contact;
SELECT * FROM bounce_event;
SELECT bounce_record('joe@example.com', 'bounce', code => '550 5.1.1');
SELECT bounce_refold('crm.contact');
\set VERBOSITY default
RESET ROLE;
SELECT email, bounce_state, seen_as FROM crm.contact ORDER BY 1;
-- A caller's search_path with operators and functions of its own gains nothing.
CREATE SCHEMA evil AUTHORIZATION bounce_deliverer;
SET ROLE bounce_deliverer;
CREATE FUNCTION evil.pwn(a text, b text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'called as %', current_user; END $$;
CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.pwn);
CREATE FUNCTION evil.pwn(a anyenum, b anyenum) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'called as %', current_user; END $$;
CREATE OPERATOR evil.= (LEFTARG = anyenum, RIGHTARG = anyenum, FUNCTION = evil.pwn);
CREATE OPERATOR evil.<> (LEFTARG = anyenum, RIGHTARG = anyenum, FUNCTION = evil.pwn);
CREATE FUNCTION evil.now() RETURNS timestamptz LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'called as %', current_user; END $$;
CREATE FUNCTION evil.array_agg(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'called as %', current_user; END $$;
CREATE FUNCTION evil.bounce_address(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'called as %', current_user; END $$;
CREATE FUNCTION evil.isfinite(timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'called as %', current_user; END $$;
SET search_path = evil, pg_catalog, public;
INSERT INTO crm.inbound VALUES (E'Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; joe@example.com\nAction: failed\nStatus: 5.1.1\n'), ('hello');
RESET search_path;
RESET ROLE;
SELECT email, bounce_state, seen_as FROM crm.contact ORDER BY 1;
-- What the owner's triggers leave behind neither runs nor stays for another role.
SET ROLE bounce_crm;
CREATE FUNCTION crm.meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('search_path', 'evil', false); RETURN NULL; END $$;
CREATE TRIGGER meddle AFTER UPDATE ON crm.contact FOR EACH ROW EXECUTE FUNCTION crm.meddle();
RESET ROLE;
SHOW search_path;
SELECT bounce_record('jane@example.com', 'suppress') > 0;
SHOW search_path;
SET ROLE bounce_crm;
DROP TRIGGER meddle ON crm.contact;
CREATE CONSTRAINT TRIGGER later AFTER UPDATE ON crm.contact DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION crm.meddle();
RESET ROLE;
\set VERBOSITY terse
SELECT bounce_record('jane@example.com', 'release') > 0;
\set VERBOSITY default
SELECT email, bounce_state FROM crm.contact ORDER BY 1;
DROP TRIGGER later ON crm.contact;
-- Who plans campaigns reads contacts, as far as their row security lets him, and lists; and writes nothing.
CREATE ROLE bounce_planner;
GRANT USAGE ON SCHEMA crm TO bounce_planner;
GRANT SELECT ON crm.contact, bounce_unmailable, bounce_confirmed, bounce_outreach, bounce_rate_by_campaign, bounce_surge TO bounce_planner;
GRANT EXECUTE ON FUNCTION bounce_count TO bounce_planner;
SET ROLE bounce_planner;
SELECT email, bounce_state, bounce_mailable(bounce_state) FROM crm.contact ORDER BY 1;
RESET ROLE;
CREATE POLICY planner ON crm.contact FOR SELECT TO bounce_planner USING (email ^@ 'joe');
SET ROLE bounce_planner;
SELECT email, bounce_state, bounce_mailable(bounce_state) FROM crm.contact ORDER BY 1;
SELECT * FROM bounce_count('crm.contact') WHERE contacts > 0;
SELECT address, state FROM bounce_unmailable ORDER BY 1;
SELECT address, cause FROM bounce_confirmed ORDER BY 1;
SELECT count(*) FROM bounce_outreach;
SELECT count(*) FROM bounce_rate_by_campaign;
SELECT count(*) FROM bounce_surge;
\set VERBOSITY sqlstate
SELECT * FROM bounce_event;
SELECT * FROM bounce_standing_of('jane@example.com');
SELECT * FROM bounce_audit('crm.contact');
SELECT * FROM bounce_freeable('crm.contact');
UPDATE crm.contact SET bounce_state = 'active';
SELECT bounce_record('jane@example.com', 'reset');
SELECT bounce_void(domain => 'example.com', dry_run => true);
SELECT bounce_settle();
SELECT bounce_reclassify();
SELECT bounce_detach('crm.contact');
INSERT INTO bounce_event (address, kind, at, sent_at) VALUES ('jane@example.com', 'reset', now(), now());
UPDATE bounce_policy SET confirm_after = 9;
\set VERBOSITY default
RESET ROLE;
GRANT SELECT ON bounce_event TO bounce_planner;
GRANT EXECUTE ON FUNCTION bounce_audit, bounce_freeable TO bounce_planner;
SET ROLE bounce_planner;
SELECT state FROM bounce_standing_of('jane@example.com');
SELECT * FROM bounce_audit('crm.contact');
SELECT email FROM bounce_freeable('crm.contact');
RESET ROLE;
REVOKE SELECT ON bounce_event, bounce_unmailable, bounce_confirmed, bounce_outreach, bounce_rate_by_campaign, bounce_surge FROM bounce_planner;
REVOKE EXECUTE ON FUNCTION bounce_count, bounce_audit, bounce_freeable FROM bounce_planner;
-- A contact that another role than its owner has inserted, with a foreign key that is checked later, cannot be
-- changed before that is checked.
SET ROLE bounce_crm;
CREATE TABLE crm.company (id int PRIMARY KEY);
ALTER TABLE crm.contact ADD company int REFERENCES crm.company DEFERRABLE INITIALLY DEFERRED;
INSERT INTO crm.company VALUES (1);
CREATE FUNCTION crm.dsn(name text) RETURNS text LANGUAGE sql AS $$
	SELECT format(E'Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; %s@example.com\nAction: failed\nStatus: 5.1.1\n', name) $$;
GRANT INSERT ON crm.contact TO bounce_deliverer;
CREATE POLICY writer ON crm.contact FOR INSERT TO bounce_deliverer WITH CHECK (true);
SET ROLE bounce_deliverer;
INSERT INTO crm.contact (email, company) VALUES ('sue@example.com', 1);
INSERT INTO crm.inbound SELECT crm.dsn('sue');
BEGIN;
INSERT INTO crm.contact (email, company) VALUES ('bob@example.com', 1);
\set VERBOSITY terse
INSERT INTO crm.inbound SELECT crm.dsn('bob');
\set VERBOSITY default
ROLLBACK;
BEGIN;
SET CONSTRAINTS ALL IMMEDIATE;
INSERT INTO crm.contact (email, company) VALUES ('bob@example.com', 1);
INSERT INTO crm.inbound SELECT crm.dsn('bob');
COMMIT;
RESET ROLE;
SELECT email, bounce_state FROM crm.contact ORDER BY 1;
DELETE FROM crm.contact WHERE company = 1;
DELETE FROM bounce_event WHERE address IN ('sue@example.com', 'bob@example.com');
-- A stranger cannot use what writes, nor put its triggers on a table.
SET ROLE bounce_stranger;
\set VERBOSITY sqlstate
CREATE TEMP TABLE mine (email text);
SELECT bounce_attach('mine');
CREATE TRIGGER t BEFORE INSERT ON mine FOR EACH ROW EXECUTE FUNCTION bounce_contact('default');
SELECT * FROM bounce_unmailable;
SELECT bounce_void('example.com');
SELECT bounce_void('example.com', '2020-12-14');
SELECT bounce_void(ARRAY[1]);
SELECT bounce_unvoid('example.com');
SELECT bounce_unvoid('example.com', '2020-12-14');
SELECT bounce_unvoid(ARRAY[1]);
SELECT * FROM bounce_history('jane@example.com');
SELECT bounce_standing_at('jane@example.com', 'infinity');
SELECT * FROM bounce_void_decision;
INSERT INTO bounce_policy (policy) VALUES ('mine');
\set VERBOSITY default
SELECT (bounce_classify('550', 'User unknown')).class;
RESET ROLE;
-- Who may undo needs no right to the log, nor to the contacts.
GRANT EXECUTE ON FUNCTION bounce_void(text, timestamptz, timestamptz, bounce_reason, text, boolean, text, text),
	bounce_unvoid(bigint[], boolean, text) TO bounce_stranger;
SELECT array_agg(id) AS bounces FROM bounce_event WHERE kind = 'bounce' \gset
GRANT USAGE ON SCHEMA evil TO bounce_stranger;
SET ROLE bounce_stranger;
SET search_path = evil, pg_catalog, public;
SELECT address, changed, state_before, state_after FROM bounce_void('example.com', reason => 'user_unknown', dry_run => false);
RESET search_path;
RESET ROLE;
SELECT email, bounce_state, seen_as FROM crm.contact ORDER BY 1;
SELECT decided_by = session_user AS by_us FROM bounce_void_decision;
SET ROLE bounce_stranger;
SELECT address, state_before, state_after FROM bounce_unvoid(:'bounces', false);
RESET ROLE;
SELECT email, bounce_state, seen_as FROM crm.contact ORDER BY 1;
REVOKE EXECUTE ON FUNCTION bounce_void(text, timestamptz, timestamptz, bounce_reason, text, boolean, text, text),
	bounce_unvoid(bigint[], boolean, text) FROM bounce_stranger;
-- Another's table cannot be attached by who does not own it.
GRANT EXECUTE ON FUNCTION bounce_attach, bounce_refold, bounce_contact TO bounce_stranger;
SET ROLE bounce_stranger;
\set VERBOSITY sqlstate
SELECT bounce_refold('crm.contact');
CREATE TABLE crm.contact2 (email text);
\set VERBOSITY default
RESET ROLE;
SELECT * FROM bounce_audit('crm.contact');
DROP SCHEMA crm, evil CASCADE;
REVOKE EXECUTE ON FUNCTION bounce_attach, bounce_detach, bounce_refold, bounce_contact, bounce_inbound FROM bounce_crm;
REVOKE EXECUTE ON FUNCTION bounce_attach, bounce_refold, bounce_contact FROM bounce_stranger;
DROP TABLE mine;
DROP ROLE bounce_crm, bounce_deliverer, bounce_planner, bounce_stranger;
TRUNCATE bounce_event, bounce_unrecognised, bounce_void_decision;
