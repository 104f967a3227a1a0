-- The extension installs into a schema of its own, of any name, and never needs it
-- in the search_path.
CREATE SCHEMA "Bounce Here";
CREATE EXTENSION bounce SCHEMA "Bounce Here";
SELECT extname, extrelocatable FROM pg_extension WHERE extname = 'bounce';
SELECT "Bounce Here".bounce_address('Jane@EXAMPLE.com');
CREATE TABLE elsewhere (email text);
SELECT "Bounce Here".bounce_attach('elsewhere');
SELECT "Bounce Here".bounce_record('jane@example.com', 'bounce', code => '550 5.1.1') IS NOT NULL;
INSERT INTO elsewhere VALUES ('jane@example.com');
SELECT email, bounce_state FROM elsewhere;
SELECT * FROM "Bounce Here".bounce_audit('elsewhere');
SELECT state, contacts FROM "Bounce Here".bounce_count('elsewhere') WHERE contacts > 0;
SELECT email, cause FROM "Bounce Here".bounce_freeable('elsewhere');
SELECT count(*) FROM "Bounce Here".bounce_void('example.com', dry_run => false);
SELECT count(*) FROM "Bounce Here".bounce_unvoid('example.com', dry_run => false);
UPDATE "Bounce Here".bounce_policy SET instant = false;
SELECT email, bounce_state FROM elsewhere;
UPDATE "Bounce Here".bounce_policy SET instant = true;
-- Who tells an event or writes a contact needs no right to that schema; who owns a contact
-- table does.
CREATE ROLE bounce_crm;
CREATE ROLE bounce_writer;
CREATE TABLE mail (raw text);
CREATE TRIGGER bounce AFTER INSERT ON mail REFERENCING NEW TABLE AS new
	FOR EACH STATEMENT EXECUTE FUNCTION "Bounce Here".bounce_inbound('raw');
ALTER TABLE elsewhere OWNER TO bounce_crm;
GRANT INSERT, SELECT, UPDATE ON elsewhere TO bounce_writer;
GRANT INSERT ON mail TO bounce_writer;
SET ROLE bounce_writer;
INSERT INTO elsewhere VALUES ('joe@example.com');
\set VERBOSITY sqlstate
INSERT INTO mail VALUES (E'Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; joe@example.com\nAction: failed\nStatus: 5.1.1\n');
\set VERBOSITY default
RESET ROLE;
GRANT USAGE ON SCHEMA "Bounce Here" TO bounce_crm;
SET ROLE bounce_writer;
INSERT INTO mail VALUES (E'Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; joe@example.com\nAction: failed\nStatus: 5.1.1\n');
SELECT email, bounce_state FROM elsewhere ORDER BY 1;
UPDATE elsewhere SET email = 'bob@example.com' WHERE email = 'joe@example.com' RETURNING email, bounce_state;
RESET ROLE;
-- What hangs on the extension is in the way of dropping it, and goes by CASCADE: of a table that was
-- detached before, the index.
DROP EXTENSION bounce;
SELECT "Bounce Here".bounce_detach('elsewhere');
\set VERBOSITY terse
DROP EXTENSION bounce;
DROP EXTENSION bounce CASCADE;
\set VERBOSITY default
SELECT attrelid::regclass, attname FROM pg_attribute
WHERE attrelid IN ('elsewhere'::regclass, 'mail'::regclass) AND attnum > 0 AND NOT attisdropped;
SELECT count(*) FROM pg_trigger WHERE tgrelid IN ('elsewhere'::regclass, 'mail'::regclass);
DROP TABLE elsewhere, mail;
REVOKE USAGE ON SCHEMA "Bounce Here" FROM bounce_crm;
DROP ROLE bounce_crm, bounce_writer;
CREATE EXTENSION bounce SCHEMA "Bounce Here";
-- dropped and created again in one session, in another schema
DROP EXTENSION bounce;
DROP SCHEMA "Bounce Here";
CREATE EXTENSION bounce;
SELECT bounce_address('Jane@EXAMPLE.com');
SELECT (bounce_classify('550', 'No such recipient')).*;
