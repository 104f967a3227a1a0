
--
-- Strangers: addresses that no contact holds
--

CREATE TABLE @extschema@.bounce_stranger_count (
	day date NOT NULL,
	kind @extschema@.bounce_event_kind NOT NULL,
	session integer NOT NULL,
	events bigint NOT NULL
);

COMMENT ON TABLE @extschema@.bounce_stranger_count IS
	'how many events of strangers were counted instead of logged: a row for each number of a session, so that none waits for another; see view bounce_stranger';
COMMENT ON COLUMN @extschema@.bounce_stranger_count.day IS 'UTC day on which they were told';
COMMENT ON COLUMN @extschema@.bounce_stranger_count.kind IS 'what they told';
COMMENT ON COLUMN @extschema@.bounce_stranger_count.session IS 'number of the session among those of its time';
COMMENT ON COLUMN @extschema@.bounce_stranger_count.events IS 'how many';

-- not unique: a prepared transaction keeps its row, and its session goes on with another
CREATE INDEX bounce_stranger_count_day_idx ON @extschema@.bounce_stranger_count (day, session);

COMMENT ON INDEX @extschema@.bounce_stranger_count_day_idx IS 'what a session counts today';

SELECT pg_catalog.pg_extension_config_dump('@extschema@.bounce_stranger_count', '');

CREATE VIEW @extschema@.bounce_stranger AS
	SELECT c.day, c.kind, pg_catalog.sum(c.events)::bigint AS events
	FROM @extschema@.bounce_stranger_count c GROUP BY c.day, c.kind;

COMMENT ON VIEW @extschema@.bounce_stranger IS
	'events of addresses that no contact holds, where the policies say known_only: counted by day and kind, not logged';
COMMENT ON COLUMN @extschema@.bounce_stranger.day IS 'UTC day on which they were told';
COMMENT ON COLUMN @extschema@.bounce_stranger.kind IS 'what they told';
COMMENT ON COLUMN @extschema@.bounce_stranger.events IS 'how many';

CREATE FUNCTION @extschema@.bounce_held(addresses text[]) RETURNS text[]
	AS 'MODULE_PATHNAME', 'bounce_held' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;

COMMENT ON FUNCTION @extschema@.bounce_held(text[]) IS
	'which of these addresses, as bounce_address() gives them, a contact of an attached table holds';

REVOKE ALL ON FUNCTION @extschema@.bounce_held(text[]) FROM PUBLIC;
