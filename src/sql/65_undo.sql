
--
-- Undo: decisions about events that are as if they had never come
--

CREATE TABLE @extschema@.bounce_void_decision (
	id bigint NOT NULL PRIMARY KEY,
	decided_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	decided_by text NOT NULL DEFAULT SESSION_USER,
	why text,
	is_void boolean NOT NULL,
	domain text,
	"from" timestamptz,
	until timestamptz,
	reason @extschema@.bounce_reason,
	pattern text,
	events bigint[],
	CHECK ((events IS NULL) = (pg_catalog.num_nonnulls(domain, "from", until, reason, pattern) > 0)),
	CHECK (until > "from")
);

COMMENT ON TABLE @extschema@.bounce_void_decision IS
	'decisions of bounce_void() and bounce_unvoid(), append-only; the last one that matches an event says whether it is void, also of an event that comes later';
COMMENT ON COLUMN @extschema@.bounce_void_decision.id IS 'number of the decision, in the order of decision; bounce_event.void_id names it';
COMMENT ON COLUMN @extschema@.bounce_void_decision.decided_at IS 'when it was decided';
COMMENT ON COLUMN @extschema@.bounce_void_decision.decided_by IS 'who decided: the user of the session';
COMMENT ON COLUMN @extschema@.bounce_void_decision.why IS 'why, in words of who decided';
COMMENT ON COLUMN @extschema@.bounce_void_decision.is_void IS 'true: what matches is void; false: it is not, or not any more';
COMMENT ON COLUMN @extschema@.bounce_void_decision.domain IS 'of the address, as bounce_address() writes it; NULL: any';
COMMENT ON COLUMN @extschema@.bounce_void_decision."from" IS 'bounces from this time on; NULL: from the beginning';
COMMENT ON COLUMN @extschema@.bounce_void_decision.until IS 'bounces before this time; NULL: without end';
COMMENT ON COLUMN @extschema@.bounce_void_decision.reason IS 'of the bounce; NULL: any';
COMMENT ON COLUMN @extschema@.bounce_void_decision.pattern IS 'ILIKE pattern of what the server said; NULL: anything, or nothing';
COMMENT ON COLUMN @extschema@.bounce_void_decision.events IS 'ids of these events, of whatever kind, instead of conditions on bounces';

CREATE SEQUENCE @extschema@.bounce_void_decision_id_seq OWNED BY @extschema@.bounce_void_decision.id;

COMMENT ON SEQUENCE @extschema@.bounce_void_decision_id_seq IS 'numbers the rows of bounce_void_decision';

ALTER TABLE @extschema@.bounce_void_decision
	ALTER COLUMN id SET DEFAULT pg_catalog.nextval('@extschema@.bounce_void_decision_id_seq');

-- what an event that comes in is looked up by
CREATE INDEX bounce_void_decision_window_idx ON @extschema@.bounce_void_decision
	(COALESCE(domain, ''), COALESCE(until, 'infinity')) WHERE events IS NULL;

COMMENT ON INDEX @extschema@.bounce_void_decision_window_idx IS 'decisions that a new bounce may match';

SELECT pg_catalog.pg_extension_config_dump('@extschema@.bounce_void_decision', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.bounce_void_decision_id_seq', '');

CREATE TYPE @extschema@.bounce_void_effect AS (
	address text,
	changed bigint,
	state_before @extschema@.bounce_state,
	state_after @extschema@.bounce_state,
	delivery_before @extschema@.bounce_state,
	delivery_after @extschema@.bounce_state,
	reason_before @extschema@.bounce_reason,
	reason_after @extschema@.bounce_reason
);

COMMENT ON TYPE @extschema@.bounce_void_effect IS
	'what a decision of bounce_void() or bounce_unvoid() does to one address';
COMMENT ON COLUMN @extschema@.bounce_void_effect.address IS 'normalised key, see bounce_address()';
COMMENT ON COLUMN @extschema@.bounce_void_effect.changed IS 'events of it that get void, or count again';
COMMENT ON COLUMN @extschema@.bounce_void_effect.state_before IS 'state without the decision';
COMMENT ON COLUMN @extschema@.bounce_void_effect.state_after IS 'state with it';
COMMENT ON COLUMN @extschema@.bounce_void_effect.delivery_before IS 'what lies beneath a stop, without the decision';
COMMENT ON COLUMN @extschema@.bounce_void_effect.delivery_after IS 'what lies beneath a stop, with it';
COMMENT ON COLUMN @extschema@.bounce_void_effect.reason_before IS 'reason of the latest counted bounce, without the decision';
COMMENT ON COLUMN @extschema@.bounce_void_effect.reason_after IS 'reason of the latest counted bounce, with it';

CREATE FUNCTION @extschema@.bounce_void(domain text DEFAULT NULL, "from" timestamptz DEFAULT NULL,
	until timestamptz DEFAULT NULL, reason @extschema@.bounce_reason DEFAULT NULL,
	pattern text DEFAULT NULL, dry_run boolean DEFAULT true, why text DEFAULT NULL,
	policy text DEFAULT 'default')
	RETURNS SETOF @extschema@.bounce_void_effect
	AS 'MODULE_PATHNAME', 'bounce_void' LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
	ROWS 100 COST 10000;

COMMENT ON FUNCTION @extschema@.bounce_void(text, timestamptz, timestamptz, @extschema@.bounce_reason, text, boolean, text, text) IS
	'addresses with bounces of this domain, time, reason and text that are not void, and their standings if these were; without dry_run they are void from now on, late ones too';

CREATE FUNCTION @extschema@.bounce_unvoid(domain text DEFAULT NULL, "from" timestamptz DEFAULT NULL,
	until timestamptz DEFAULT NULL, reason @extschema@.bounce_reason DEFAULT NULL,
	pattern text DEFAULT NULL, dry_run boolean DEFAULT true, why text DEFAULT NULL,
	policy text DEFAULT 'default')
	RETURNS SETOF @extschema@.bounce_void_effect
	AS 'MODULE_PATHNAME', 'bounce_unvoid' LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
	ROWS 100 COST 10000;

COMMENT ON FUNCTION @extschema@.bounce_unvoid(text, timestamptz, timestamptz, @extschema@.bounce_reason, text, boolean, text, text) IS
	'addresses with bounces of this domain, time, reason and text that are void, and their standings if these were not; without dry_run they count from now on, late ones too';

-- Two or three literals alone fit the function above and the one for events.
-- PostgreSQL cannot choose by the type of the second, but prefers text to both.
CREATE FUNCTION @extschema@.bounce_void(domain text, "from" text, until text DEFAULT NULL)
	RETURNS SETOF @extschema@.bounce_void_effect
	LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE ROWS 100
	SET search_path = pg_catalog, pg_temp
	AS $$ SELECT * FROM @extschema@.bounce_void($1, $2::timestamptz, $3::timestamptz) $$;

COMMENT ON FUNCTION @extschema@.bounce_void(text, text, text) IS
	'the dry run of bounce_void() for two or three literals, which need no cast then';

CREATE FUNCTION @extschema@.bounce_unvoid(domain text, "from" text, until text DEFAULT NULL)
	RETURNS SETOF @extschema@.bounce_void_effect
	LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE ROWS 100
	SET search_path = pg_catalog, pg_temp
	AS $$ SELECT * FROM @extschema@.bounce_unvoid($1, $2::timestamptz, $3::timestamptz) $$;

COMMENT ON FUNCTION @extschema@.bounce_unvoid(text, text, text) IS
	'the dry run of bounce_unvoid() for two or three literals, which need no cast then';

CREATE FUNCTION @extschema@.bounce_void(events bigint[], dry_run boolean DEFAULT true,
	why text DEFAULT NULL)
	RETURNS SETOF @extschema@.bounce_void_effect
	AS 'MODULE_PATHNAME', 'bounce_void' LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
	ROWS 1 COST 10000;

COMMENT ON FUNCTION @extschema@.bounce_void(bigint[], boolean, text) IS
	'addresses of these events, of whatever kind, and their standings if the events were void; without dry_run they are';

CREATE FUNCTION @extschema@.bounce_unvoid(events bigint[], dry_run boolean DEFAULT true,
	why text DEFAULT NULL)
	RETURNS SETOF @extschema@.bounce_void_effect
	AS 'MODULE_PATHNAME', 'bounce_unvoid' LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
	ROWS 1 COST 10000;

COMMENT ON FUNCTION @extschema@.bounce_unvoid(bigint[], boolean, text) IS
	'addresses of these events, of whatever kind, and their standings if the events counted again; without dry_run they do';

REVOKE ALL ON FUNCTION @extschema@.bounce_void(text, timestamptz, timestamptz, @extschema@.bounce_reason, text, boolean, text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION @extschema@.bounce_void(text, text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION @extschema@.bounce_void(bigint[], boolean, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION @extschema@.bounce_unvoid(text, timestamptz, timestamptz, @extschema@.bounce_reason, text, boolean, text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION @extschema@.bounce_unvoid(text, text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION @extschema@.bounce_unvoid(bigint[], boolean, text) FROM PUBLIC;

--
-- How it came: one address
--

CREATE FUNCTION @extschema@.bounce_history(address text, policy text DEFAULT 'default')
	RETURNS TABLE (at timestamptz, id bigint, kind @extschema@.bounce_event_kind, campaign text,
		class @extschema@.bounce_class, reason @extschema@.bounce_reason, diagnostic text,
		state @extschema@.bounce_state, hard_run integer, fail_run integer,
		void_id bigint, void_by text, void_why text)
	LANGUAGE sql STABLE PARALLEL SAFE ROWS 20 SET search_path = pg_catalog, pg_temp
	AS $$
	SELECT h.at, h.id, h.kind, h.campaign, h.class, h.reason, h.diagnostic,
		(h.s).state, (h.s).hard_run, (h.s).fail_run, h.void_id, d.decided_by, d.why
	FROM (SELECT e.*, @extschema@.bounce_fold(e.kind, e.class, e.reason, e.instant, e.campaign, e.sent_at, e.at,
			(SELECT p.settings FROM @extschema@.bounce_policy_settings p WHERE p.policy = $2 COLLATE pg_catalog."default"))
			FILTER (WHERE e.void_id IS NULL) OVER (ORDER BY e.at RANGE UNBOUNDED PRECEDING) AS s
		FROM @extschema@.bounce_event e WHERE e.address = @extschema@.bounce_address($1) COLLATE pg_catalog."default") h
	LEFT JOIN @extschema@.bounce_void_decision d ON d.id = h.void_id
	ORDER BY h.at, h.id
$$;

COMMENT ON FUNCTION @extschema@.bounce_history(text, text) IS
	'the events of an address in the order of time, each with what the standing was after it, void ones with who decided that and why';
