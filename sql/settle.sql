-- Mail of which nothing was heard for some days has arrived.
SET timezone = 'UTC';
CREATE TABLE contact (email text PRIMARY KEY);
INSERT INTO contact VALUES ('bounced@example.com'), ('run@example.com'), ('young@example.com');
SELECT bounce_attach('contact');
-- Times are reckoned from thirty days ago, so that 23d is seven days old.
CREATE FUNCTION tell(lines text) RETURNS bigint LANGUAGE sql AS $$
	SELECT count(bounce_record(f[1] || '@example.com', f[2], current_date + f[3]::interval - interval '30 days', nullif(f[4], '-'),
		CASE WHEN f[5] IS NOT NULL THEN current_date + f[5]::interval - interval '30 days' END,
		reason => CASE f[2] WHEN 'bounce' THEN 'bad_address'::bounce_reason END))
	FROM (SELECT regexp_split_to_array(btrim(l, E' \t'), '\s+') FROM regexp_split_to_table(lines, '\n') l WHERE l ~ '\S') r(f)
$$;
CREATE VIEW told AS SELECT address, campaign, kind, at - current_date + interval '30 days' AS at,
	sent_at - current_date + interval '30 days' AS sent_at, rule FROM bounce_event;
SELECT tell($$
	quiet    sent      10d   c
	quiet    sent      11d   c
	quiet    sent      12d   d
	young    sent      24d   c
	bounced  sent      10d   c
	bounced  bounce    10d   c
	warned   sent      10d   c
	warned   notice    11d   c
	told     sent      10d   c
	told     delivered 10d   c
	read     sent      10d   c
	read     open      11d   c
	angry    sent      10d   c
	angry    complaint 11d   c
	other    sent      10d   c
	other    bounce    10d   d
	unsent   open      10d   c
	day      sent      10d   -
	day      sent      10d12h -
	day      sent      11d12h -
	day      open      11d12h -
	daybounce sent     10d   -
	daybounce bounce   11d12h - 10d12h
	late     sent      12d   c 10d
	void     sent      10d   c
	void     bounce    10d   c
	voidsent sent      10d   c
	run      bounce    1d    a
	run      bounce    2d    b
	run      sent      10d   c
$$);
UPDATE bounce_event SET void_id = 1 WHERE (address, kind) IN (('void@example.com', 'bounce'), ('voidsent@example.com', 'sent'));
SELECT email, bounce_state, bounce_hard_run FROM contact ORDER BY email;
SELECT bounce_settle();
SELECT * FROM told WHERE rule = 'settled' ORDER BY address, at;
SELECT email, bounce_state, bounce_hard_run FROM contact ORDER BY email;
SELECT * FROM bounce_audit('contact');
-- again: nothing
SELECT bounce_settle(), bounce_settle(7), bounce_settle(NULL, NULL);
-- the days are a setting, of the policy "default" alone, or an argument
UPDATE bounce_policy SET settle_days = 5 WHERE policy = 'default';
INSERT INTO bounce_policy (policy, settle_days) VALUES ('other', 1);
SELECT bounce_settle(7), bounce_settle();
SELECT * FROM told WHERE rule = 'settled' AND address = 'young@example.com';
DELETE FROM bounce_policy;
SELECT tell('gone sent 24d c'), bounce_settle(), tell('gone sent 22d d'), bounce_settle();
INSERT INTO bounce_policy (policy) VALUES ('default');
-- the bounce that comes later is stronger
SELECT bounce_record('young@example.com', 'bounce', campaign => 'c', reason => 'bad_address') > 0;
SELECT email, bounce_state, bounce_hard_run FROM contact WHERE email = 'young@example.com';
-- only what happened since a time is looked at, but the whole log is asked about it
SELECT tell($$
	since    sent      10d   s1
	since    sent      20d   s2
	since    sent      1d    s3
	since    sent      20d   s3
	since    bounce    1d    s4
	since    sent      20d   s4
$$);
SELECT bounce_settle(since => current_date - 30 + 15);
SELECT * FROM told WHERE rule = 'settled' AND address = 'since@example.com' ORDER BY at;
SELECT bounce_settle();
-- one for each campaign or day
SELECT address, count(*), count(DISTINCT (campaign, sent_at::date)) FROM bounce_event WHERE rule = 'settled' GROUP BY 1 HAVING count(*) > 1 ORDER BY 1;
-- more than a batch
INSERT INTO bounce_event (address, kind, at, sent_at, campaign)
	SELECT 'u' || n || '@example.net', 'sent', now() - interval '8 days', now() - interval '8 days', 'many' FROM generate_series(1, 20001) n;
SELECT bounce_settle(), bounce_settle();
SELECT sent, delivered, pending, delivered_rate FROM bounce_rate_by_campaign WHERE campaign = 'many';
-- What it is called with, and by whom.
\set VERBOSITY terse
SELECT bounce_settle(0);
SELECT bounce_settle(36501);
UPDATE bounce_policy SET settle_days = 0;
\set VERBOSITY sqlstate
SELECT bounce_settle(0);
UPDATE bounce_policy SET settle_days = 36501;
\set VERBOSITY default
SELECT bounce_settle(36500), bounce_settle(since => 'infinity');
CREATE ROLE bounce_clock;
CREATE ROLE bounce_crm;
ALTER TABLE contact OWNER TO bounce_crm;
CREATE FUNCTION whose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'updated by %', current_user; RETURN NEW; END $$;
CREATE TRIGGER whose BEFORE UPDATE ON contact FOR EACH ROW EXECUTE FUNCTION whose();
SELECT tell('run bounce 20d e'), tell('run sent 22d f');
SET ROLE bounce_clock;
\set VERBOSITY sqlstate
SELECT bounce_settle();
\set VERBOSITY terse
RESET ROLE;
GRANT EXECUTE ON FUNCTION bounce_settle TO bounce_clock;
SET ROLE bounce_clock;
SELECT bounce_settle();
RESET ROLE;
\set VERBOSITY default
SELECT email, bounce_state FROM contact WHERE email = 'run@example.com';
-- at a higher isolation level, too, what others have written is seen
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT bounce_settle();
COMMIT;
DROP VIEW told;
DROP TABLE contact;
DROP FUNCTION tell, whose;
DROP OWNED BY bounce_clock, bounce_crm;
DROP ROLE bounce_clock, bounce_crm;
TRUNCATE bounce_event;
DELETE FROM bounce_policy WHERE policy <> 'default';
