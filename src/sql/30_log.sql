
--
-- The log: one row a fact about an address
--

CREATE TYPE @extschema@.bounce_event_kind AS ENUM
	('bounce', 'notice', 'sent', 'delivered', 'open', 'click', 'reply', 'complaint',
	 'unsubscribe', 'suppress', 'release', 'reset');

COMMENT ON TYPE @extschema@.bounce_event_kind IS
	'what a row of bounce_event tells: a bounce (its class and reason say what it counts), a notice that counts nothing (delayed, automatic reply, challenge), mail sent or delivered, signs of life, and what stops, releases or resets an address';

CREATE TABLE @extschema@.bounce_event (
	address text NOT NULL,
	id bigint NOT NULL,
	kind @extschema@.bounce_event_kind NOT NULL,
	at timestamptz NOT NULL CHECK (pg_catalog.isfinite(at)),
	sent_at timestamptz NOT NULL CHECK (pg_catalog.isfinite(sent_at)),
	campaign text,
	class @extschema@.bounce_class,
	reason @extschema@.bounce_reason,
	instant boolean,
	status text,
	reply_code integer,
	diagnostic text,
	remote_mta text,
	command text,
	final_recipient text,
	rule text,
	rules_version text,
	format text,
	recorded_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	void_id bigint,
	PRIMARY KEY (address, id),
	CHECK (kind <> 'bounce' OR (class IS NOT NULL AND reason IS NOT NULL))
);

COMMENT ON TABLE @extschema@.bounce_event IS
	'the log: facts about addresses, append-only but for bounce_prune(); every standing is folded from it';
COMMENT ON COLUMN @extschema@.bounce_event.address IS 'normalised key, see bounce_address()';
COMMENT ON COLUMN @extschema@.bounce_event.kind IS 'what happened';
COMMENT ON COLUMN @extschema@.bounce_event.at IS 'when it happened';
COMMENT ON COLUMN @extschema@.bounce_event.sent_at IS 'when the mail that it is about went out';
COMMENT ON COLUMN @extschema@.bounce_event.campaign IS 'the caller''s name for the mailing; NULL: the UTC day of sent_at stands for it';
COMMENT ON COLUMN @extschema@.bounce_event.class IS 'of a bounce or notice: hard, soft or other';
COMMENT ON COLUMN @extschema@.bounce_event.reason IS 'of a bounce or notice: why';
COMMENT ON COLUMN @extschema@.bounce_event.instant IS 'of a bounce: certain enough to confirm at the first instance';
COMMENT ON COLUMN @extschema@.bounce_event.status IS 'enhanced status code (RFC 3463)';
COMMENT ON COLUMN @extschema@.bounce_event.reply_code IS 'SMTP reply code (RFC 5321)';
COMMENT ON COLUMN @extschema@.bounce_event.diagnostic IS 'the server''s words';
COMMENT ON COLUMN @extschema@.bounce_event.remote_mta IS 'the host that said it';
COMMENT ON COLUMN @extschema@.bounce_event.command IS 'the SMTP stage in which it was said';
COMMENT ON COLUMN @extschema@.bounce_event.final_recipient IS 'the address that failed, where the mail was forwarded to another';
COMMENT ON COLUMN @extschema@.bounce_event.rule IS 'id of the rule that gave class and reason; of a delivered that bounce_settle() wrote: settled';
COMMENT ON COLUMN @extschema@.bounce_event.rules_version IS 'bounce_rules_version() when the rules were asked; NULL when they were not';
COMMENT ON COLUMN @extschema@.bounce_event.format IS 'the reader that knew the message; NULL when it was no message';
COMMENT ON COLUMN @extschema@.bounce_event.recorded_at IS 'when the row was written';
COMMENT ON COLUMN @extschema@.bounce_event.void_id IS 'the decision by which the event is void, as if it had never come, see bounce_void_decision; NULL: it is not void';

CREATE SEQUENCE @extschema@.bounce_event_id_seq OWNED BY @extschema@.bounce_event.id;

COMMENT ON SEQUENCE @extschema@.bounce_event_id_seq IS 'numbers the rows of bounce_event';

ALTER TABLE @extschema@.bounce_event
	ALTER COLUMN id SET DEFAULT pg_catalog.nextval('@extschema@.bounce_event_id_seq');

COMMENT ON COLUMN @extschema@.bounce_event.id IS 'number of the row';

CREATE INDEX bounce_event_at_idx ON @extschema@.bounce_event (at);

COMMENT ON INDEX @extschema@.bounce_event_at_idx IS 'events of a time';

CREATE INDEX bounce_event_trouble_idx ON @extschema@.bounce_event (address)
	WHERE kind IN ('bounce', 'complaint', 'unsubscribe', 'suppress');

COMMENT ON INDEX @extschema@.bounce_event_trouble_idx IS
	'addresses that may be something else than active: without one of these events none is';

CREATE TABLE @extschema@.bounce_unrecognised (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	received_at timestamptz NOT NULL,
	mail text NOT NULL,
	message_id text,
	sender text,
	subject text,
	octets bigint,
	format text,
	recipient text
);

COMMENT ON TABLE @extschema@.bounce_unrecognised IS
	'mail in an inbound table from which no event came: no report, or a report that names no valid address';
COMMENT ON COLUMN @extschema@.bounce_unrecognised.id IS 'number of the row';
COMMENT ON COLUMN @extschema@.bounce_unrecognised.received_at IS 'when the mail came';
COMMENT ON COLUMN @extschema@.bounce_unrecognised.mail IS 'the inbound table that holds it';
COMMENT ON COLUMN @extschema@.bounce_unrecognised.message_id IS 'its Message-ID, without angle brackets';
COMMENT ON COLUMN @extschema@.bounce_unrecognised.sender IS 'its From address';
COMMENT ON COLUMN @extschema@.bounce_unrecognised.subject IS 'its Subject, decoded';
COMMENT ON COLUMN @extschema@.bounce_unrecognised.octets IS 'its size';
COMMENT ON COLUMN @extschema@.bounce_unrecognised.format IS 'the reader that knew it; NULL when none did';
COMMENT ON COLUMN @extschema@.bounce_unrecognised.recipient IS 'the address that it names, where that is no valid one';

COMMENT ON SEQUENCE @extschema@.bounce_unrecognised_id_seq IS 'numbers the rows of bounce_unrecognised';

SELECT pg_catalog.pg_extension_config_dump('@extschema@.bounce_event', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.bounce_event_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.bounce_unrecognised', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.bounce_unrecognised_id_seq', '');
