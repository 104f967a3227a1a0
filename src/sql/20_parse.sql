
--
-- Reading a message
--

CREATE TYPE @extschema@.bounce_report AS (
	kind @extschema@.bounce_kind,
	recipient text,
	final_recipient text,
	class @extschema@.bounce_class,
	reason @extschema@.bounce_reason,
	status text,
	reply_code integer,
	diagnostic text,
	rule text,
	action text,
	reporting_mta text,
	remote_mta text,
	command text,
	format text,
	happened_at timestamptz,
	message_id text,
	original_message_id text,
	original_sender text,
	original_subject text,
	original_date timestamptz,
	return_path text,
	feedback_type text,
	campaign text,
	truncated boolean,
	instant boolean
);

COMMENT ON TYPE @extschema@.bounce_report IS
	'what one message says about one recipient';
COMMENT ON COLUMN @extschema@.bounce_report.kind IS
	'what happened: failed, delayed, delivered, autoreply, complaint, challenge, unsubscribe';
COMMENT ON COLUMN @extschema@.bounce_report.recipient IS
	'the address that was mailed, as best known; NULL when the report names nobody';
COMMENT ON COLUMN @extschema@.bounce_report.final_recipient IS
	'the address that failed, after aliases and forwarding';
COMMENT ON COLUMN @extschema@.bounce_report.class IS
	'hard, soft or other';
COMMENT ON COLUMN @extschema@.bounce_report.reason IS
	'why, one of bounce_reason';
COMMENT ON COLUMN @extschema@.bounce_report.status IS
	'enhanced status code (RFC 3463): the reply''s own where the Status field is a vague x.0.0';
COMMENT ON COLUMN @extschema@.bounce_report.reply_code IS
	'SMTP reply code (RFC 5321)';
COMMENT ON COLUMN @extschema@.bounce_report.diagnostic IS
	'the server''s words, unfolded, in the server encoding; characters that it lacks become "?"';
COMMENT ON COLUMN @extschema@.bounce_report.rule IS
	'stable id of the rule that gave class and reason';
COMMENT ON COLUMN @extschema@.bounce_report.action IS
	'the Action field of RFC 3464, its first word, or the Disposition field of RFC 8098';
COMMENT ON COLUMN @extschema@.bounce_report.reporting_mta IS
	'the host that wrote the report';
COMMENT ON COLUMN @extschema@.bounce_report.remote_mta IS
	'the host that refused';
COMMENT ON COLUMN @extschema@.bounce_report.command IS
	'SMTP stage of the refusal: CONNECT, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA; NULL when it is not said';
COMMENT ON COLUMN @extschema@.bounce_report.format IS
	'the reader that knew the message: rfc3464, rfc5965, rfc8098, autoreply; of prose the mail system that writes so, or exim or plain';
COMMENT ON COLUMN @extschema@.bounce_report.happened_at IS
	'when, by the report''s own fields; can be forged';
COMMENT ON COLUMN @extschema@.bounce_report.message_id IS
	'Message-ID of the report, without angle brackets';
COMMENT ON COLUMN @extschema@.bounce_report.original_message_id IS
	'Message-ID of the mail that came back, without angle brackets';
COMMENT ON COLUMN @extschema@.bounce_report.original_sender IS
	'From address of the mail that came back';
COMMENT ON COLUMN @extschema@.bounce_report.original_subject IS
	'Subject of the mail that came back, decoded (RFC 2047)';
COMMENT ON COLUMN @extschema@.bounce_report.original_date IS
	'Date of the mail that came back';
COMMENT ON COLUMN @extschema@.bounce_report.return_path IS
	'the address to which the report was sent';
COMMENT ON COLUMN @extschema@.bounce_report.feedback_type IS
	'Feedback-Type of a complaint (RFC 5965): abuse, fraud, virus, not-spam, auth-failure, other';
COMMENT ON COLUMN @extschema@.bounce_report.campaign IS
	'campaign by a header of the mail that came back: X-...Campaign..., else the first field of Feedback-ID';
COMMENT ON COLUMN @extschema@.bounce_report.truncated IS
	'whether a limit was hit, so that something may be missing';
COMMENT ON COLUMN @extschema@.bounce_report.instant IS
	'whether the verdict is certain enough to confirm at the first instance';

CREATE FUNCTION @extschema@.bounce_parse(message bytea) RETURNS SETOF @extschema@.bounce_report
	AS 'MODULE_PATHNAME', 'bounce_parse' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 200 ROWS 1;

COMMENT ON FUNCTION @extschema@.bounce_parse(bytea) IS
	'reports in a mail message, one row a recipient; no row for mail that is no report';

CREATE FUNCTION @extschema@.bounce_parse(message text) RETURNS SETOF @extschema@.bounce_report
	AS 'MODULE_PATHNAME', 'bounce_parse' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 200 ROWS 1;

COMMENT ON FUNCTION @extschema@.bounce_parse(text) IS
	'reports in a mail message, one row a recipient; no row for mail that is no report';

CREATE TYPE @extschema@.bounce_headline AS (
	message_id text,
	sender text,
	subject text,
	sent_at timestamptz,
	octets bigint
);

COMMENT ON TYPE @extschema@.bounce_headline IS
	'how a person tells one mail from another';
COMMENT ON COLUMN @extschema@.bounce_headline.message_id IS
	'Message-ID, without angle brackets';
COMMENT ON COLUMN @extschema@.bounce_headline.sender IS
	'first address of From';
COMMENT ON COLUMN @extschema@.bounce_headline.subject IS
	'Subject, decoded (RFC 2047)';
COMMENT ON COLUMN @extschema@.bounce_headline.sent_at IS
	'Date; can be forged';
COMMENT ON COLUMN @extschema@.bounce_headline.octets IS
	'size of the whole mail';

CREATE FUNCTION @extschema@.bounce_headline(message bytea) RETURNS @extschema@.bounce_headline
	AS 'MODULE_PATHNAME', 'bounce_headline' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100;

COMMENT ON FUNCTION @extschema@.bounce_headline(bytea) IS
	'Message-ID, From address, Subject, Date and size of any mail';

CREATE FUNCTION @extschema@.bounce_headline(message text) RETURNS @extschema@.bounce_headline
	AS 'MODULE_PATHNAME', 'bounce_headline' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100;

COMMENT ON FUNCTION @extschema@.bounce_headline(text) IS
	'Message-ID, From address, Subject, Date and size of any mail';

--
-- Deciding
--

CREATE TYPE @extschema@.bounce_verdict AS (
	class @extschema@.bounce_class,
	reason @extschema@.bounce_reason,
	rule text,
	instant boolean
);

COMMENT ON TYPE @extschema@.bounce_verdict IS
	'class, reason, the rule that gave them, and whether it is certain enough to confirm at once';
COMMENT ON COLUMN @extschema@.bounce_verdict.class IS
	'hard, soft or other';
COMMENT ON COLUMN @extschema@.bounce_verdict.reason IS
	'why, one of bounce_reason';
COMMENT ON COLUMN @extschema@.bounce_verdict.rule IS
	'stable id of the rule that gave them';
COMMENT ON COLUMN @extschema@.bounce_verdict.instant IS
	'whether the verdict is certain enough to confirm at the first instance';

CREATE FUNCTION @extschema@.bounce_classify(code text, diagnostic text)
	RETURNS @extschema@.bounce_verdict
	AS 'MODULE_PATHNAME', 'bounce_classify' LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 50;

COMMENT ON FUNCTION @extschema@.bounce_classify(text, text) IS
	'verdict for a reply or status code and its diagnostic text; NULL is empty';

CREATE FUNCTION @extschema@.bounce_classify(code text, diagnostic text, host text, command text DEFAULT NULL)
	RETURNS @extschema@.bounce_verdict
	AS 'MODULE_PATHNAME', 'bounce_classify' LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 50;

COMMENT ON FUNCTION @extschema@.bounce_classify(text, text, text, text) IS
	'verdict for a code, its diagnostic text, the remote host and the SMTP stage; NULL is empty';

CREATE TYPE @extschema@.bounce_explanation AS (
	rule text,
	decides boolean,
	class @extschema@.bounce_class,
	reason @extschema@.bounce_reason,
	instant boolean,
	piece text,
	priority integer,
	why text
);

COMMENT ON TYPE @extschema@.bounce_explanation IS
	'a rule that matches, and why it decides or does not';
COMMENT ON COLUMN @extschema@.bounce_explanation.rule IS
	'stable id of the rule';
COMMENT ON COLUMN @extschema@.bounce_explanation.decides IS
	'whether the verdict is from this rule: so of the first row, and of no other';
COMMENT ON COLUMN @extschema@.bounce_explanation.class IS
	'hard, soft or other: the verdict''s where the rule decides, else what the rule would say';
COMMENT ON COLUMN @extschema@.bounce_explanation.reason IS
	'why: the verdict''s where the rule decides, else what the rule would say';
COMMENT ON COLUMN @extschema@.bounce_explanation.instant IS
	'certain enough to confirm at the first instance: the verdict''s where the rule decides, else what the rule would say';
COMMENT ON COLUMN @extschema@.bounce_explanation.piece IS
	'the words, or the code, that it matched; NULL when there was no code either';
COMMENT ON COLUMN @extschema@.bounce_explanation.priority IS
	'rank among phrases, -4 to 4; NULL for a rule of codes';
COMMENT ON COLUMN @extschema@.bounce_explanation.why IS
	'why it decides or does not, and why the verdict is less than the rule says';

CREATE FUNCTION @extschema@.bounce_explain(code text, diagnostic text, host text DEFAULT NULL, command text DEFAULT NULL)
	RETURNS SETOF @extschema@.bounce_explanation
	AS 'MODULE_PATHNAME', 'bounce_explain' LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 200 ROWS 3;

COMMENT ON FUNCTION @extschema@.bounce_explain(text, text, text, text) IS
	'the rules that match, in the order in which they would decide, and why the first one does; its row is the verdict of bounce_classify()';

CREATE FUNCTION @extschema@.bounce_fingerprint(diagnostic text) RETURNS text
	AS 'MODULE_PATHNAME', 'bounce_fingerprint' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;

COMMENT ON FUNCTION @extschema@.bounce_fingerprint(text) IS
	'the words and codes of a reply, with addresses, hosts, numbers, ids, times and URLs masked: what equal replies have in common';

CREATE FUNCTION @extschema@.bounce_rules_version() RETURNS text
	AS 'MODULE_PATHNAME', 'bounce_rules_version' LANGUAGE C STABLE PARALLEL SAFE COST 1;

COMMENT ON FUNCTION @extschema@.bounce_rules_version() IS
	'version of the rules that verdicts are made by: eight hexadecimal digits, others where a rule differs';

--
-- Addresses
--

CREATE FUNCTION @extschema@.bounce_address(address text) RETURNS text
	AS 'MODULE_PATHNAME', 'bounce_address' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;

COMMENT ON FUNCTION @extschema@.bounce_address(text) IS
	'normalised key of a mail address (RFC 5321, RFC 6531, IDNA), NULL when it is no valid address';
