
--
-- Retention: old events that no standing needs
--

CREATE FUNCTION @extschema@.bounce_prune_step(state internal, id bigint,
	kind @extschema@.bounce_event_kind, is_void boolean, campaign text, sent_at timestamptz,
	at timestamptz, before timestamptz) RETURNS internal
	AS 'MODULE_PATHNAME', 'bounce_prune_step' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 5;

COMMENT ON FUNCTION @extschema@.bounce_prune_step(internal, bigint, @extschema@.bounce_event_kind, boolean, text, timestamptz, timestamptz, timestamptz) IS
	'transition function of bounce_prune_ids()';

CREATE FUNCTION @extschema@.bounce_prune_final(internal) RETURNS bigint[]
	AS 'MODULE_PATHNAME', 'bounce_prune_final' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 25;

COMMENT ON FUNCTION @extschema@.bounce_prune_final(internal) IS
	'final function of bounce_prune_ids()';

CREATE AGGREGATE @extschema@.bounce_prune_ids(id bigint, kind @extschema@.bounce_event_kind,
	is_void boolean, campaign text, sent_at timestamptz, at timestamptz, before timestamptz) (
	SFUNC = @extschema@.bounce_prune_step,
	STYPE = internal,
	SSPACE = 1024,
	FINALFUNC = @extschema@.bounce_prune_final,
	FINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE @extschema@.bounce_prune_ids(bigint, @extschema@.bounce_event_kind, boolean, text, timestamptz, timestamptz, timestamptz) IS
	'of all events of one address, the ids of those older than a time that no standing needs, in order; NULL: none';

CREATE FUNCTION @extschema@.bounce_prunable(before timestamptz) RETURNS TABLE (address text, id bigint)
	LANGUAGE sql STABLE PARALLEL SAFE ROWS 100000
	BEGIN ATOMIC
		SELECT p.address, u.id
		FROM (SELECT e.address, @extschema@.bounce_prune_ids(e.id, e.kind, e.void_id IS NOT NULL,
				e.campaign, e.sent_at, e.at, $1) AS ids
			FROM @extschema@.bounce_event e GROUP BY e.address) p,
			LATERAL pg_catalog.unnest(p.ids) u(id);
	END;

COMMENT ON FUNCTION @extschema@.bounce_prunable(timestamptz) IS
	'the events that bounce_prune() would remove';

CREATE PROCEDURE @extschema@.bounce_prune(before timestamptz, batch integer DEFAULT 1000,
	INOUT removed bigint DEFAULT NULL)
	AS 'MODULE_PATHNAME', 'bounce_prune' LANGUAGE C;

COMMENT ON PROCEDURE @extschema@.bounce_prune(timestamptz, integer, bigint) IS
	'remove events older than a time that no standing needs, so many addresses at a time, each a transaction; says how many were removed';

REVOKE ALL ON PROCEDURE @extschema@.bounce_prune(timestamptz, integer, bigint) FROM PUBLIC;
