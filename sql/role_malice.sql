-- What the owner of a contact table has put into it runs with the owner's rights, whoever's event changes a contact.
-- It notes for whom it runs, and what it can do that the owner cannot; nothing is ever gained.
CREATE ROLE bounce_crm;
CREATE ROLE bounce_deliverer;
SELECT session_user AS superuser \gset
CREATE SCHEMA crm AUTHORIZATION bounce_crm;
GRANT USAGE ON SCHEMA crm TO bounce_deliverer;
GRANT EXECUTE ON FUNCTION bounce_contact, bounce_inbound TO bounce_crm;
SET ROLE bounce_crm;
CREATE TABLE crm.armed ();
CREATE TABLE crm.ran (what text, who name, gained text, UNIQUE (what, who));
CREATE TABLE crm.attempt (statement text);
INSERT INTO crm.attempt VALUES ('SELECT FROM public.bounce_event'), ('DELETE FROM public.bounce_event'),
	('INSERT INTO public.bounce_policy VALUES (''x'')'), ('UPDATE public.bounce_policy SET confirm_after = 1'),
	('ALTER ROLE bounce_crm SUPERUSER'), ('RESET ROLE'), ('RESET SESSION AUTHORIZATION'),
	('CREATE TEMP TABLE left_behind ()'), ('DECLARE left_behind CURSOR WITH HOLD FOR SELECT 1'),
	(format('SET ROLE %I', :'superuser')), (format('SET SESSION AUTHORIZATION %I', :'superuser')),
	('SELECT bounce_record(''x@example.com'', ''suppress'')'), ('SELECT bounce_refold(''public.other'')');
CREATE FUNCTION crm.try(text) RETURNS void LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
	statement text;
	done text;
BEGIN
	IF NOT EXISTS (SELECT FROM crm.armed) OR EXISTS (SELECT FROM crm.ran WHERE what = $1 AND who = current_user) THEN
		RETURN;
	END IF;
	INSERT INTO crm.ran VALUES ($1, current_user);
	FOR statement IN SELECT a.statement FROM crm.attempt a LOOP
		BEGIN
			EXECUTE statement;
			RAISE SQLSTATE 'DONE1';
		EXCEPTION WHEN SQLSTATE 'DONE1' THEN done := concat_ws('; ', done, statement);
			WHEN OTHERS THEN NULL;
		END;
	END LOOP;
	UPDATE crm.ran SET gained = done WHERE what = $1 AND who = current_user;
END $$;
CREATE FUNCTION crm.of(what text, value anyelement) RETURNS text LANGUAGE plpgsql IMMUTABLE
	AS $$ BEGIN PERFORM crm.try(what); RETURN value::text; END $$;
CREATE FUNCTION crm.of_trigger() RETURNS trigger LANGUAGE plpgsql
	AS $$ BEGIN PERFORM crm.try(tg_argv[0]); RETURN NEW; END $$;
-- Everything that the owner can put into a table before it is attached ...
CREATE DOMAIN crm.mail AS text CHECK (crm.of('domain', VALUE) IS NOT NULL);
CREATE FUNCTION crm.mail_equal(a crm.mail, b crm.mail) RETURNS boolean LANGUAGE sql
	AS $$ SELECT crm.of('operator', a::text) = b::text $$;
CREATE OPERATOR crm.= (LEFTARG = crm.mail, RIGHTARG = crm.mail, FUNCTION = crm.mail_equal);
CREATE FUNCTION crm.mail_text(crm.mail) RETURNS text LANGUAGE sql AS $$ SELECT crm.of('cast', $1::text) $$;
CREATE CAST (crm.mail AS text) WITH FUNCTION crm.mail_text(crm.mail) AS IMPLICIT;
CREATE TABLE crm.contact (
	email crm.mail CHECK (crm.of('check', email) <> ''),
	of_default text DEFAULT crm.of('default', 1),
	of_generated text GENERATED ALWAYS AS (crm.of('generated column', email)) STORED
);
CREATE INDEX ON crm.contact (crm.of('index', email));
CREATE INDEX ON crm.contact (email) WHERE crm.of('index predicate', email) <> '';
CREATE INDEX of_constant ON crm.contact ((email || crm.of('constant', 1)));
CREATE STATISTICS crm.of_statistics ON (crm.of('statistics', email)), (email || crm.of('constant of statistics', 1)) FROM crm.contact;
CREATE TRIGGER a BEFORE UPDATE ON crm.contact FOR EACH ROW EXECUTE FUNCTION crm.of_trigger('trigger before');
CREATE TRIGGER b AFTER UPDATE ON crm.contact FOR EACH ROW EXECUTE FUNCTION crm.of_trigger('trigger after');
CREATE TRIGGER c AFTER UPDATE ON crm.contact FOR EACH STATEMENT EXECUTE FUNCTION crm.of_trigger('trigger of the statement');
CREATE TRIGGER d BEFORE UPDATE ON crm.contact FOR EACH ROW WHEN (crm.of('trigger condition', NEW.email) <> '')
	EXECUTE FUNCTION crm.of_trigger('trigger with a condition');
CREATE TRIGGER zzz BEFORE UPDATE ON crm.contact FOR EACH ROW EXECUTE FUNCTION crm.of_trigger('trigger behind ours');
CREATE TABLE crm.copy (email text);
CREATE RULE also AS ON UPDATE TO crm.contact DO ALSO INSERT INTO crm.copy VALUES (crm.of('rule', NEW.email));
ALTER TABLE crm.contact ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY none ON crm.contact USING (crm.of('policy', email) = 'nobody') WITH CHECK (true);
INSERT INTO crm.contact VALUES ('jane@example.com'), ('joe@example.com');
-- ... and another one that is partitioned, by an expression.
CREATE TABLE crm.lead (email text, region text) PARTITION BY LIST (crm.of('partition key', region));
CREATE TABLE crm.lead_north PARTITION OF crm.lead FOR VALUES IN ('north');
CREATE INDEX ON crm.lead_north (crm.of('index of a partition', email));
INSERT INTO crm.lead VALUES ('jane@example.com', 'north');
CREATE TABLE crm.inbound (raw text);
CREATE TRIGGER bounce AFTER INSERT ON crm.inbound REFERENCING NEW TABLE AS inserted
	FOR EACH STATEMENT EXECUTE FUNCTION bounce_inbound('raw');
GRANT INSERT ON crm.inbound TO bounce_deliverer;
INSERT INTO crm.armed DEFAULT VALUES;
RESET ROLE;
-- The trap works: a superuser who reads the table by hand steps into it.
\c -
SELECT count(*) FROM crm.contact;
SELECT who = :'superuser' AS is_superuser, gained LIKE '%DELETE FROM public.bounce_event%' AS can_delete FROM crm.ran WHERE what = 'constant';
\set ran 'SELECT who, gained, string_agg(what, \', \' ORDER BY what) AS what FROM crm.ran GROUP BY 1, 2 ORDER BY 1, 2'
TRUNCATE crm.ran;
-- A superuser attaches.
CREATE TABLE other (email text);
SELECT bounce_record('jane@example.com', 'bounce', '2026-09-01', 'c0', code => '552 5.2.2', diagnostic => 'Mailbox full') > 0;
SELECT bounce_attach('crm.contact'), bounce_attach('crm.lead'), bounce_attach('other');
:ran;
TRUNCATE crm.ran;
-- The bounce columns can be used by the owner as well.
TRUNCATE crm.armed;
SET ROLE bounce_crm;
ALTER TABLE crm.contact ADD of_state text GENERATED ALWAYS AS (crm.of('generated of state', bounce_state)) STORED,
	ADD CHECK (crm.of('check of state', bounce_state) <> '');
CREATE INDEX ON crm.contact (crm.of('index of state', bounce_state));
CREATE INDEX ON crm.contact (email) WHERE crm.of('index predicate of state', bounce_state) = 'confirmed';
CREATE INDEX ON crm.contact (crm.of('index of time', bounce_at));
CREATE TRIGGER e AFTER UPDATE OF bounce_state ON crm.contact FOR EACH ROW EXECUTE FUNCTION crm.of_trigger('trigger of state');
INSERT INTO crm.armed DEFAULT VALUES;
RESET ROLE;
-- The deliverer brings mail.
SET ROLE bounce_deliverer;
INSERT INTO crm.inbound VALUES (E'Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; jane@example.com\nAction: failed\nStatus: 5.1.1\n');
RESET ROLE;
:ran;
SELECT c.email, c.bounce_state, l.bounce_state FROM crm.contact c LEFT JOIN crm.lead l USING (email) ORDER BY 1;
TRUNCATE crm.ran;
-- A superuser does all the rest, each time in a new session that has no plan yet.
\c -
SET row_security = off;
SELECT bounce_record('joe@example.com', 'bounce', '2026-09-01', 'c0', code => '550', diagnostic => 'mailbox is no longer active') > 0;
:ran;
TRUNCATE crm.ran;
\c -
DELETE FROM bounce_event WHERE address = 'jane@example.com' AND campaign IS NULL;
SELECT bounce_refold('crm.contact'), bounce_refold('crm.lead');
:ran;
TRUNCATE crm.ran;
\c -
UPDATE bounce_policy SET confirm_after = 1;
:ran;
SELECT email, bounce_state FROM crm.contact ORDER BY 1;
TRUNCATE crm.ran;
\c -
SELECT count(*) FROM bounce_void('example.com', dry_run => false);
:ran;
TRUNCATE crm.ran;
\c -
SELECT count(*) FROM bounce_unvoid('example.com', dry_run => false);
:ran;
TRUNCATE crm.ran;
\c -
INSERT INTO bounce_rule (id, pattern, reason) VALUES (1, 'no longer active', 'mailbox_full');
SELECT address, reason FROM bounce_reclassify(dry_run => false);
:ran;
TRUNCATE crm.ran;
\c -
UPDATE bounce_policy SET confirm_after = 3;
SELECT bounce_record('joe@example.com', 'sent', '2026-09-10', 'c1') > 0;
TRUNCATE crm.ran;
\c -
SELECT bounce_settle();
:ran;
SELECT email, bounce_state FROM crm.contact ORDER BY 1;
TRUNCATE crm.ran;
-- Strangers are counted: the contact tables are asked which addresses they hold.
UPDATE bounce_policy SET known_only = true;
\c -
SELECT bounce_record('joe@example.com', 'sent', '2026-09-11', 'c2') IS NULL AS counted, bounce_record('stranger@example.com', 'sent') IS NULL AS counted;
:ran;
TRUNCATE crm.ran;
SET ROLE bounce_deliverer;
INSERT INTO crm.inbound VALUES (E'Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; stranger@example.com\nAction: failed\nStatus: 5.1.1\n');
RESET ROLE;
:ran;
TRUNCATE crm.ran;
SELECT kind, events FROM bounce_stranger ORDER BY kind;
UPDATE bounce_policy SET known_only = false;
-- A superuser processes the owner's mails.
SET ROLE bounce_crm;
CREATE TABLE crm.queue (raw crm.mail CHECK (crm.of('check of the mail', raw) <> ''), processed_at timestamptz,
	of_generated text GENERATED ALWAYS AS (crm.of('generated of the mark', processed_at)) STORED);
CREATE INDEX ON crm.queue (processed_at) WHERE crm.of('index predicate of the mark', processed_at) IS NULL;
CREATE INDEX ON crm.queue (crm.of('index of the mark', processed_at));
CREATE INDEX ON crm.queue ((raw || crm.of('constant of the queue', 1)));
CREATE TRIGGER a BEFORE UPDATE ON crm.queue FOR EACH ROW EXECUTE FUNCTION crm.of_trigger('trigger of the mark');
CREATE RULE also AS ON UPDATE TO crm.queue DO ALSO INSERT INTO crm.copy VALUES (crm.of('rule of the mark', NEW.raw));
INSERT INTO crm.queue VALUES (E'Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; joe@example.com\nAction: failed\nStatus: 5.2.2\n');
ALTER TABLE crm.queue ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
RESET ROLE;
TRUNCATE crm.ran;
\c -
SELECT bounce_process('crm.queue');
:ran;
TRUNCATE crm.ran;
-- What reads a contact table does so for who calls it, like any query: what the owner has put there
-- does not run then, apart from what PostgreSQL evaluates while it plans a query.
DROP INDEX crm.of_constant;
DROP STATISTICS crm.of_statistics;
\c -
SELECT * FROM bounce_audit('crm.contact');
SELECT * FROM bounce_audit('crm.lead');
SELECT state, contacts FROM bounce_count('crm.contact') WHERE contacts > 0;
SELECT * FROM bounce_freeable('crm.contact');
:ran;
-- Detaching.
\set VERBOSITY terse
SELECT bounce_detach('crm.contact');
ALTER TABLE crm.contact DROP of_state;
DROP TRIGGER e ON crm.contact;
SELECT bounce_detach('crm.contact'), bounce_detach('crm.lead'), bounce_detach('other');
\set VERBOSITY default
:ran;
-- What is read as the owner of the log may be of a domain, too: that is checked for who inserts, as always,
-- and not again.
TRUNCATE crm.armed;
SET ROLE bounce_crm;
CREATE DOMAIN crm.moment AS timestamptz CHECK (crm.of('domain of a time', VALUE) IS NOT NULL);
CREATE DOMAIN crm.number AS int CHECK (crm.of('domain of a campaign', VALUE) IS NOT NULL);
CREATE TABLE crm.sent (email crm.mail, campaign crm.number, sent_at crm.moment);
RESET ROLE;
CREATE TRIGGER bounce AFTER INSERT ON crm.sent REFERENCING NEW TABLE AS inserted
	FOR EACH STATEMENT EXECUTE FUNCTION bounce_sent('email', 'campaign', 'sent_at');
GRANT INSERT ON crm.sent TO bounce_deliverer;
GRANT SELECT ON crm.armed, crm.attempt TO bounce_deliverer;
GRANT SELECT, INSERT, UPDATE ON crm.ran TO bounce_deliverer;
INSERT INTO crm.armed DEFAULT VALUES;
SET ROLE bounce_deliverer;
INSERT INTO crm.sent VALUES ('joe@example.com', 7, '2026-09-20');
RESET ROLE;
SELECT address, campaign, at = '2026-09-20' FROM bounce_event WHERE address = 'joe@example.com' AND campaign = '7';
SELECT who, string_agg(what, ', ' ORDER BY what) AS what FROM crm.ran GROUP BY 1;
-- A view cannot be attached, neither by a trigger that is made by hand.
SET ROLE bounce_crm;
CREATE VIEW crm.view AS SELECT email, crm.of('view', email) AS of_view FROM crm.contact;
CREATE TRIGGER instead INSTEAD OF UPDATE ON crm.view FOR EACH ROW EXECUTE FUNCTION crm.of_trigger('view');
RESET ROLE;
SELECT bounce_attach('crm.view');
SET ROLE bounce_crm;
CREATE TRIGGER t BEFORE UPDATE OF email ON crm.view FOR EACH STATEMENT EXECUTE FUNCTION bounce_contact('default');
RESET ROLE;
SELECT * FROM bounce_attached;
SELECT bounce_record('jane@example.com', 'suppress') > 0;
DROP TABLE other;
REVOKE EXECUTE ON FUNCTION bounce_contact, bounce_inbound FROM bounce_crm;
\set VERBOSITY terse
DROP SCHEMA crm CASCADE;
\set VERBOSITY default
DROP ROLE bounce_crm, bounce_deliverer;
DELETE FROM bounce_rule;
TRUNCATE bounce_event, bounce_unrecognised, bounce_void_decision, bounce_stranger_count;
