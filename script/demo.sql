-- The story that script/demo tells.  It runs in an empty database, with the
-- messages in the file mail.copy of the current directory.
\set QUIET on
\pset pager off
\pset border 0
\pset footer off
SET timezone = 'UTC';

\echo
\echo 'bounce reads the mail that comes back from a mailing and keeps on each contact row whether that'
\echo 'address may still be mailed, and why not.  Below, a CRM with 20 contacts sends three campaigns.'
\echo

--
-- The CRM's own tables
--
CREATE TABLE contact (
	id int PRIMARY KEY,
	name text NOT NULL,
	email text NOT NULL UNIQUE
);
CREATE TABLE campaign (
	name text PRIMARY KEY,
	sent_at timestamptz NOT NULL
);
CREATE TABLE sent (
	campaign text NOT NULL REFERENCES campaign,
	email text NOT NULL,
	sent_at timestamptz NOT NULL
);
CREATE TABLE opened (
	campaign text NOT NULL REFERENCES campaign,
	email text NOT NULL,
	opened_at timestamptz NOT NULL
);
CREATE TABLE inbound_mail (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	received_at timestamptz NOT NULL,
	raw bytea NOT NULL
);

INSERT INTO contact (id, name, email) VALUES
	(1, 'Alice', 'alice@example.com'),
	(2, 'Bob', 'bob@postfix.example'),
	(3, 'Carol', 'carol@full.example'),
	(4, 'Dave', 'dave@closed.example'),
	(5, 'Erin', 'erin@moody.example'),
	(6, 'Frank', 'frank@gmail-style.example'),
	(7, 'Grace', 'grace@outlook-style.example'),
	(8, 'Heidi', 'heidi@away.example'),
	(9, 'Ivan', 'ivan@spam.example'),
	(10, 'Judy', 'judy@complaint.example'),
	(11, 'Mallory', 'mallory@opensmtpd.example'),
	(12, 'Niaj', 'niaj@qmail.example'),
	(13, 'Olivia', 'olivia@greylist.example'),
	(14, 'Peggy', 'peggy@nodomain.example'),
	(15, 'Rupert', 'rupert@spamhaus.example'),
	(16, 'Sybil', 'sybil@dmarc.example'),
	(17, 'Trent', 'trent@alias.example'),
	(18, 'Victor', 'victor@exchange.example'),
	(19, 'Walter', 'walter@sendmail.example'),
	(20, 'Jürgen', 'jürgen@büro.example');

--
-- What bounce asks for
--
\echo 'The CRM has the tables contact, sent, opened and inbound_mail.  To these it adds, once:'
\echo
\o /dev/null
\set ECHO queries
CREATE EXTENSION bounce;
SELECT bounce_attach('contact');
CREATE TRIGGER bounce AFTER INSERT ON inbound_mail REFERENCING NEW TABLE AS new
    FOR EACH STATEMENT EXECUTE FUNCTION bounce_inbound('raw', 'received_at');
CREATE TRIGGER bounce AFTER INSERT ON opened REFERENCING NEW TABLE AS new
    FOR EACH STATEMENT EXECUTE FUNCTION bounce_opened('email', 'campaign', 'opened_at');
CREATE TRIGGER bounce AFTER INSERT ON sent REFERENCING NEW TABLE AS new
    FOR EACH STATEMENT EXECUTE FUNCTION bounce_sent('email', 'campaign', 'sent_at');
\set ECHO none
\o
\echo
\echo 'From here on the CRM only inserts: what it sent, who opened it, and the mail that came in.'

--
-- Helpers of this demo
--

-- the mail that is going to arrive
CREATE TEMP TABLE mailbox (name text, raw bytea);
\copy mailbox FROM 'mail.copy'

CREATE FUNCTION send(campaign text, sent_at timestamptz) RETURNS bigint
	LANGUAGE sql
	AS $$
	INSERT INTO campaign VALUES ($1, $2);
	WITH mailed AS (
		INSERT INTO sent
		SELECT $1, email, $2 FROM contact WHERE bounce_mailable(bounce_state)
		RETURNING 1)
	SELECT count(*) FROM mailed;
$$;

CREATE FUNCTION receive(from_at timestamptz, to_at timestamptz) RETURNS bigint
	LANGUAGE sql
	AS $$
	WITH arrived AS (
		INSERT INTO inbound_mail (received_at, raw)
		SELECT h.sent_at, m.raw FROM mailbox m, bounce_headline(m.raw) h
		WHERE h.sent_at >= $1 AND h.sent_at < $2
		ORDER BY h.sent_at, m.name
		RETURNING 1)
	SELECT count(*) FROM arrived;
$$;

CREATE VIEW who AS
	SELECT name, email, bounce_state AS state, bounce_reason AS reason,
		CASE WHEN bounce_fail_run > 0 THEN bounce_hard_run || '/' || bounce_fail_run END AS "hard/fail run",
		to_char(bounce_at, 'YYYY-MM-DD') AS "last bounce"
	FROM contact ORDER BY id;

--
-- Three campaigns
--
\echo
\echo '== September =='
\echo
SELECT send('2026-09', '2026-09-10 09:30') AS mailed \gset
SELECT receive('2026-09-10', '2026-10-08') AS came \gset
INSERT INTO opened VALUES ('2026-09', 'alice@example.com', '2026-09-10 12:04');
\echo '2026-09-10: campaign 2026-09 goes out to' :mailed 'contacts;' :came 'mails come in, Alice opens it.'
\echo 'Contacts that are not active any more ("hard/fail run": campaigns in a row that failed):'
\echo
SELECT * FROM who WHERE state <> 'active';
\echo 'The servers of Bob and Walter said that there is no such user: confirmed at once.  The mailboxes'
\echo 'of Dave and Erin are only called inactive: hard, but three campaigns in a row are needed to be sure.'

\echo
\echo '== October =='
\echo
SELECT send('2026-10', '2026-10-08 09:30') AS mailed \gset
SELECT receive('2026-10-08', '2026-10-20') AS came \gset
INSERT INTO opened VALUES
	('2026-10', 'alice@example.com', '2026-10-08 10:11'),
	('2026-10', 'carol@full.example', '2026-10-09 18:40');
\echo '2026-10-08: campaign 2026-10 goes out to' :mailed 'contacts, those confirmed left out;' :came 'mails come in,'
\echo '            Alice and Carol open it.'
INSERT INTO campaign VALUES ('2026-10-webinar', '2026-10-19 08:00');
INSERT INTO sent VALUES ('2026-10-webinar', 'erin@moody.example', '2026-10-19 08:00');
INSERT INTO opened VALUES ('2026-10-webinar', 'erin@moody.example', '2026-10-20 07:55');
\echo '2026-10-20: Erin opens an invitation to a webinar.  She is there: her count starts anew.'
\echo
SELECT * FROM who WHERE state <> 'active';

\echo '== November =='
\echo
SELECT send('2026-11', '2026-11-12 09:30') AS mailed \gset
SELECT receive('2026-10-20', '2026-12-01') AS came \gset
INSERT INTO opened VALUES ('2026-11', 'alice@example.com', '2026-11-12 11:27');
\echo '2026-11-12: campaign 2026-11 goes out to' :mailed 'contacts;' :came 'mails come in, Alice opens it.'
\echo '            Dave has now bounced hard in three campaigns in a row, Erin in one since she opened.'

--
-- What there is to see afterwards
--
\echo
\echo '== The log: what each mail said (table bounce_event, without what was sent) =='
\echo
SELECT to_char(at, 'MM-DD HH24:MI') AS at, address,
	CASE kind WHEN 'bounce' THEN class::text WHEN 'open' THEN 'opened' ELSE kind::text END AS what,
	reason,
	CASE WHEN length(words) > 32 THEN left(words, 31) || '…' ELSE words END AS "the server's words"
FROM (SELECT e.*, regexp_replace(diagnostic, '^[0-9]{3}[ -]([0-9]\.[0-9]+\.[0-9]+ )?(<[^>]*>: )?', '') AS words
	FROM bounce_event e WHERE kind <> 'sent') e
ORDER BY e.at, address;

SELECT count(*) AS unrecognised FROM bounce_unrecognised \gset
\echo :unrecognised 'mails were no reports, and change nobody (table bounce_unrecognised):'
\echo
SELECT to_char(received_at, 'MM-DD HH24:MI') AS at, sender, subject FROM bounce_unrecognised
ORDER BY received_at;

\echo '== Addresses that must not be mailed (view bounce_unmailable) =='
\echo
SELECT address, state, coalesce(stop, cause) AS because, reason,
	to_char(since, 'YYYY-MM-DD') AS since
FROM bounce_unmailable ORDER BY address;

\echo '== The contact table =='
\echo
SELECT * FROM who;

SELECT count(*) AS wrong FROM bounce_audit('contact') \gset
\echo 'bounce_audit(''contact'') compares these columns with the log:' :wrong 'rows differ.'
\echo
\echo '== Who may be mailed now (WHERE bounce_mailable(bounce_state)) =='
\echo
SELECT string_agg(name, ', ' ORDER BY id) AS names, count(*) AS n
FROM contact WHERE bounce_mailable(bounce_state) \gset
\echo :n 'of 20:' :names
\echo
