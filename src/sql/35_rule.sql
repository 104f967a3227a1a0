
--
-- Rules: the built-in ones, and the user's own
--

CREATE FUNCTION @extschema@.bounce_rule_check(pattern text, code text, host text, command text,
	reason @extschema@.bounce_reason) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;

COMMENT ON FUNCTION @extschema@.bounce_rule_check(text, text, text, text, @extschema@.bounce_reason) IS
	'true for a rule that can be used; an error that points at the place for any other';

CREATE TABLE @extschema@.bounce_rule (
	id bigint NOT NULL PRIMARY KEY,
	pattern text,
	code text,
	host text,
	command text,
	reason @extschema@.bounce_reason NOT NULL,
	priority smallint NOT NULL DEFAULT 100 CHECK (priority BETWEEN -1000 AND 1000),
	note text,
	CHECK (@extschema@.bounce_rule_check(pattern, code, host, command, reason))
);

COMMENT ON TABLE @extschema@.bounce_rule IS
	'the user''s rules: what a server''s words mean here; seen by the next statement of every session';
COMMENT ON COLUMN @extschema@.bounce_rule.id IS 'number of the rule; reports name it user.<id>';
COMMENT ON COLUMN @extschema@.bounce_rule.pattern IS 'words to find, with (a|b), [optional], word*, ~ and ..; NULL: any text';
COMMENT ON COLUMN @extschema@.bounce_rule.code IS 'holds only with this reply or enhanced code: 550, 5, 5.1.*, *.2.1, 550 5.7.1; ~550: only without a specific enhanced code; NULL: any';
COMMENT ON COLUMN @extschema@.bounce_rule.host IS 'holds only when the remote host, or without one the recipient''s domain, is this one or below it; NULL: any';
COMMENT ON COLUMN @extschema@.bounce_rule.command IS 'holds only in this SMTP stage: CONNECT, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA; NULL: any';
COMMENT ON COLUMN @extschema@.bounce_rule.reason IS 'what it means';
COMMENT ON COLUMN @extschema@.bounce_rule.priority IS 'the highest decides, and at the same one a user''s rule before a built-in one, which have -4 to 14';
COMMENT ON COLUMN @extschema@.bounce_rule.note IS 'for the reader';

CREATE SEQUENCE @extschema@.bounce_rule_id_seq OWNED BY @extschema@.bounce_rule.id;

COMMENT ON SEQUENCE @extschema@.bounce_rule_id_seq IS 'numbers the rows of bounce_rule';

ALTER TABLE @extschema@.bounce_rule
	ALTER COLUMN id SET DEFAULT pg_catalog.nextval('@extschema@.bounce_rule_id_seq');

SELECT pg_catalog.pg_extension_config_dump('@extschema@.bounce_rule', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.bounce_rule_id_seq', '');

CREATE FUNCTION @extschema@.bounce_rule_changed() RETURNS trigger
	AS 'MODULE_PATHNAME' LANGUAGE C;

COMMENT ON FUNCTION @extschema@.bounce_rule_changed() IS
	'trigger: tells all sessions that the user''s rules have changed';

REVOKE EXECUTE ON FUNCTION @extschema@.bounce_rule_changed() FROM PUBLIC;

CREATE TRIGGER bounce_rule_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE
	ON @extschema@.bounce_rule
	FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.bounce_rule_changed();

ALTER TABLE @extschema@.bounce_rule ENABLE ALWAYS TRIGGER bounce_rule_changed;

-- also before: what is read meanwhile is forgotten when it is rolled back
CREATE TRIGGER bounce_rule_changing BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE
	ON @extschema@.bounce_rule
	FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.bounce_rule_changed();

ALTER TABLE @extschema@.bounce_rule ENABLE ALWAYS TRIGGER bounce_rule_changing;

COMMENT ON TRIGGER bounce_rule_changing ON @extschema@.bounce_rule IS
	'tells this session that the user''s rules are about to change';

-- where a subscription applies the changes only triggers for rows are fired
CREATE TRIGGER bounce_rule_replicated AFTER INSERT OR UPDATE OR DELETE
	ON @extschema@.bounce_rule
	FOR EACH ROW EXECUTE FUNCTION @extschema@.bounce_rule_changed();

ALTER TABLE @extschema@.bounce_rule ENABLE REPLICA TRIGGER bounce_rule_replicated;

COMMENT ON TRIGGER bounce_rule_replicated ON @extschema@.bounce_rule IS
	'tells all sessions of a subscriber that the user''s rules have changed';

COMMENT ON TRIGGER bounce_rule_changed ON @extschema@.bounce_rule IS
	'tells all sessions that the user''s rules have changed';

CREATE FUNCTION @extschema@.bounce_rules(
	OUT rule text, OUT reason @extschema@.bounce_reason, OUT class @extschema@.bounce_class,
	OUT instant boolean, OUT pattern text, OUT code text, OUT host text, OUT command text,
	OUT priority smallint, OUT example text, OUT note text) RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE ROWS 800 COST 1000;

COMMENT ON FUNCTION @extschema@.bounce_rules() IS
	'the built-in rules: those of words in the order of their files, then those of codes, which decide where no words do (priority NULL; class NULL: by the first digit)';

CREATE FUNCTION @extschema@.bounce_judge(code text, diagnostic text, host text, command text,
	recipient text, given_up boolean) RETURNS @extschema@.bounce_verdict
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 100;

COMMENT ON FUNCTION @extschema@.bounce_judge(text, text, text, text, text, boolean) IS
	'verdict as for an event of the log: like bounce_classify(), and with the recipient, whose domain stands for an unknown host, and whether the sender has given up';

CREATE FUNCTION @extschema@.bounce_reclassify(since timestamptz DEFAULT '-infinity',
	dry_run boolean DEFAULT true,
	OUT address text, OUT id bigint, OUT at timestamptz, OUT diagnostic text,
	OUT old_class @extschema@.bounce_class, OUT old_reason @extschema@.bounce_reason, OUT old_rule text,
	OUT class @extschema@.bounce_class, OUT reason @extschema@.bounce_reason, OUT rule text)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C STRICT ROWS 100 COST 10000;

COMMENT ON FUNCTION @extschema@.bounce_reclassify(timestamptz, boolean) IS
	'the bounces since a time that today''s rules would judge otherwise; without dry_run also changes them in the log, and the contacts with them';

REVOKE EXECUTE ON FUNCTION @extschema@.bounce_reclassify(timestamptz, boolean) FROM PUBLIC;
