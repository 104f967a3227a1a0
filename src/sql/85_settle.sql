
--
-- Mail of which nothing was heard
--

CREATE FUNCTION @extschema@.bounce_settle(settle_days integer DEFAULT NULL,
	since timestamptz DEFAULT '-infinity') RETURNS bigint
	AS 'MODULE_PATHNAME', 'bounce_settle' LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;

COMMENT ON FUNCTION @extschema@.bounce_settle(integer, timestamptz) IS
	'take mail for delivered that was sent so many days ago and of which nothing was heard; looks only at what happened since a time; returns the events that it wrote';

REVOKE ALL ON FUNCTION @extschema@.bounce_settle(integer, timestamptz) FROM PUBLIC;
