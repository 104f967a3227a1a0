
--
-- The fold: from events to a standing
--

CREATE TYPE @extschema@.bounce_state AS ENUM
	('active', 'soft', 'hard', 'confirmed', 'suppressed', 'unsubscribed', 'complained');

COMMENT ON TYPE @extschema@.bounce_state IS
	'state of an address: active, soft, hard (may still be mailed), confirmed (dead), suppressed, unsubscribed, complained (must not be mailed)';

CREATE FUNCTION @extschema@.bounce_mailable(state @extschema@.bounce_state) RETURNS boolean
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN state OPERATOR(pg_catalog.<) 'confirmed'::@extschema@.bounce_state;

COMMENT ON FUNCTION @extschema@.bounce_mailable(@extschema@.bounce_state) IS
	'whether an address in this state may be mailed: active, soft and hard may';

CREATE TYPE @extschema@.bounce_standing AS (
	state @extschema@.bounce_state,
	delivery @extschema@.bounce_state,
	hard_run integer,
	fail_run integer,
	cause text,
	stop text,
	confirmed_at timestamptz,
	reason @extschema@.bounce_reason,
	last_bounce_at timestamptz
);

COMMENT ON TYPE @extschema@.bounce_standing IS
	'what all events of an address come to';
COMMENT ON COLUMN @extschema@.bounce_standing.state IS 'what the contact row shows';
COMMENT ON COLUMN @extschema@.bounce_standing.delivery IS 'active, soft, hard or confirmed: what lies beneath a stop';
COMMENT ON COLUMN @extschema@.bounce_standing.hard_run IS 'campaigns from the newest backwards that bounced hard';
COMMENT ON COLUMN @extschema@.bounce_standing.fail_run IS 'campaigns from the newest backwards that failed';
COMMENT ON COLUMN @extschema@.bounce_standing.cause IS 'why confirmed: instant, consecutive_hard, soft_limit; NULL when it is not';
COMMENT ON COLUMN @extschema@.bounce_standing.stop IS 'complaint, unsubscribe, suppress; NULL when mail is not stopped';
COMMENT ON COLUMN @extschema@.bounce_standing.confirmed_at IS 'when the event that confirmed it happened';
COMMENT ON COLUMN @extschema@.bounce_standing.reason IS 'reason of the latest counted bounce';
COMMENT ON COLUMN @extschema@.bounce_standing.last_bounce_at IS 'when the latest counted bounce happened';

CREATE FUNCTION @extschema@.bounce_fold_step(state internal, kind @extschema@.bounce_event_kind,
	class @extschema@.bounce_class, reason @extschema@.bounce_reason, instant boolean,
	campaign text, sent_at timestamptz, at timestamptz, settings @extschema@.bounce_settings)
	RETURNS internal
	AS 'MODULE_PATHNAME', 'bounce_fold_step' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 5;

COMMENT ON FUNCTION @extschema@.bounce_fold_step(internal, @extschema@.bounce_event_kind, @extschema@.bounce_class, @extschema@.bounce_reason, boolean, text, timestamptz, timestamptz, @extschema@.bounce_settings) IS
	'transition function of bounce_fold()';

CREATE FUNCTION @extschema@.bounce_fold_step(state internal, kind @extschema@.bounce_event_kind,
	class @extschema@.bounce_class, reason @extschema@.bounce_reason, instant boolean,
	campaign text, sent_at timestamptz, at timestamptz)
	RETURNS internal
	AS 'MODULE_PATHNAME', 'bounce_fold_step' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 5;

COMMENT ON FUNCTION @extschema@.bounce_fold_step(internal, @extschema@.bounce_event_kind, @extschema@.bounce_class, @extschema@.bounce_reason, boolean, text, timestamptz, timestamptz) IS
	'transition function of bounce_fold()';

CREATE FUNCTION @extschema@.bounce_fold_combine(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'bounce_fold_combine' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;

COMMENT ON FUNCTION @extschema@.bounce_fold_combine(internal, internal) IS
	'combine function of bounce_fold()';

CREATE FUNCTION @extschema@.bounce_fold_serialize(internal) RETURNS bytea
	AS 'MODULE_PATHNAME', 'bounce_fold_serialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION @extschema@.bounce_fold_serialize(internal) IS
	'serialization function of bounce_fold()';

CREATE FUNCTION @extschema@.bounce_fold_deserialize(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'bounce_fold_deserialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION @extschema@.bounce_fold_deserialize(bytea, internal) IS
	'deserialization function of bounce_fold()';

CREATE FUNCTION @extschema@.bounce_fold_final(internal) RETURNS @extschema@.bounce_standing
	AS 'MODULE_PATHNAME', 'bounce_fold_final' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 25;

COMMENT ON FUNCTION @extschema@.bounce_fold_final(internal) IS
	'final function of bounce_fold()';

CREATE AGGREGATE @extschema@.bounce_fold(kind @extschema@.bounce_event_kind,
	class @extschema@.bounce_class, reason @extschema@.bounce_reason, instant boolean,
	campaign text, sent_at timestamptz, at timestamptz, settings @extschema@.bounce_settings) (
	SFUNC = @extschema@.bounce_fold_step,
	STYPE = internal,
	SSPACE = 1024,
	FINALFUNC = @extschema@.bounce_fold_final,
	FINALFUNC_MODIFY = READ_ONLY,
	COMBINEFUNC = @extschema@.bounce_fold_combine,
	SERIALFUNC = @extschema@.bounce_fold_serialize,
	DESERIALFUNC = @extschema@.bounce_fold_deserialize,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE @extschema@.bounce_fold(@extschema@.bounce_event_kind, @extschema@.bounce_class, @extschema@.bounce_reason, boolean, text, timestamptz, timestamptz, @extschema@.bounce_settings) IS
	'standing of one address from its events, in any order, under these settings';

CREATE AGGREGATE @extschema@.bounce_fold(kind @extschema@.bounce_event_kind,
	class @extschema@.bounce_class, reason @extschema@.bounce_reason, instant boolean,
	campaign text, sent_at timestamptz, at timestamptz) (
	SFUNC = @extschema@.bounce_fold_step,
	STYPE = internal,
	SSPACE = 1024,
	FINALFUNC = @extschema@.bounce_fold_final,
	FINALFUNC_MODIFY = READ_ONLY,
	COMBINEFUNC = @extschema@.bounce_fold_combine,
	SERIALFUNC = @extschema@.bounce_fold_serialize,
	DESERIALFUNC = @extschema@.bounce_fold_deserialize,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE @extschema@.bounce_fold(@extschema@.bounce_event_kind, @extschema@.bounce_class, @extschema@.bounce_reason, boolean, text, timestamptz, timestamptz) IS
	'standing of one address from its events, in any order, under the built-in settings';

CREATE FUNCTION @extschema@.bounce_standing_of(address text, policy text DEFAULT 'default')
	RETURNS @extschema@.bounce_standing
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	AS $$
	SELECT @extschema@.bounce_fold(e.kind, e.class, e.reason, e.instant, e.campaign, e.sent_at, e.at,
		(SELECT p.settings FROM @extschema@.bounce_policy_settings p WHERE p.policy = $2 COLLATE pg_catalog."default"))
	FROM @extschema@.bounce_event e
	WHERE e.address = @extschema@.bounce_address($1) COLLATE pg_catalog."default" AND e.void_id IS NULL
$$;

COMMENT ON FUNCTION @extschema@.bounce_standing_of(text, text) IS
	'standing of an address as the log has it; active for one that it does not know';

CREATE FUNCTION @extschema@.bounce_standing_at(address text, at timestamptz, policy text DEFAULT 'default')
	RETURNS @extschema@.bounce_standing
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	AS $$
	SELECT @extschema@.bounce_fold(e.kind, e.class, e.reason, e.instant, e.campaign, e.sent_at, e.at,
		(SELECT p.settings FROM @extschema@.bounce_policy_settings p WHERE p.policy = $3 COLLATE pg_catalog."default"))
	FROM @extschema@.bounce_event e
	WHERE e.address = @extschema@.bounce_address($1) COLLATE pg_catalog."default" AND e.void_id IS NULL AND e.at <= $2
$$;

COMMENT ON FUNCTION @extschema@.bounce_standing_at(text, timestamptz, text) IS
	'standing of an address at a time, from all that is known of that time today';
