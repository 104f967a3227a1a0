
--
-- Lists of contacts
--

CREATE FUNCTION @extschema@.bounce_freeable(contact regclass)
	RETURNS TABLE (email text, address text, cause text, reason @extschema@.bounce_reason,
		confirmed_at timestamptz, new_address text)
	LANGUAGE plpgsql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp
	AS $$
#variable_conflict use_column
DECLARE
	attached record;
BEGIN
	attached := @extschema@.bounce_attached_source($1, 'bounce_freeable');
	-- words before the address, as in RFC 5321, 3.4: other addresses in a text are not new ones
	RETURN QUERY EXECUTE format(
		'SELECT x.email, x.address, (x.s).cause, x.reason, (x.s).confirmed_at, ('
		'SELECT n.address FROM (SELECT e.at, e.id, @extschema@.bounce_address(COALESCE('
		'(regexp_match(e.diagnostic, %1$L, ''i''))[1], e.final_recipient)) AS address '
		'FROM @extschema@.bounce_event e WHERE e.address = x.address AND e.kind = ''bounce'' '
		'AND e.void_id IS NULL AND e.reason IN (''moved'', ''owner_changed'')) n '
		'WHERE n.address <> x.address ORDER BY n.at DESC, n.id DESC LIMIT 1) '
		'FROM (SELECT c.%2$I::text AS email, '
		'@extschema@.bounce_address(c.%2$I::text) COLLATE "default" AS address, '
		'c.bounce_reason AS reason, @extschema@.bounce_standing_of(c.%2$I::text, %3$L) AS s '
		'FROM %4$s c WHERE c.bounce_state = ''confirmed'' OFFSET 0) x',
		'\m(?:try|use|to|is|at)(?: now)?[: ]+<?([^\s<>()"]+@[^\s<>()",;]*[^\s<>()",;.])',
		attached.email, attached.policy, attached.source);
END
$$;

COMMENT ON FUNCTION @extschema@.bounce_freeable(regclass) IS
	'rows of an attached contact table that only another address can free: confirmed dead and not stopped besides; with a new address where a report named one';

CREATE FUNCTION @extschema@.bounce_count(contact regclass)
	RETURNS TABLE (state @extschema@.bounce_state, contacts bigint, mailable boolean)
	LANGUAGE plpgsql STABLE ROWS 7 SET search_path = pg_catalog, pg_temp
	AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY EXECUTE format(
		'SELECT s.state, COALESCE(n.contacts, 0), @extschema@.bounce_mailable(s.state) '
		'FROM unnest(enum_range(NULL::@extschema@.bounce_state)) s(state) '
		'LEFT JOIN (SELECT c.bounce_state AS state, count(*) AS contacts FROM %s c '
		'GROUP BY c.bounce_state) n ON n.state = s.state ORDER BY s.state',
		(SELECT a.source FROM @extschema@.bounce_attached_source($1, 'bounce_count') a));
END
$$;

COMMENT ON FUNCTION @extschema@.bounce_count(regclass) IS
	'contacts of an attached table in each state, states without any included';

REVOKE ALL ON FUNCTION @extschema@.bounce_freeable(regclass) FROM PUBLIC;
REVOKE ALL ON FUNCTION @extschema@.bounce_count(regclass) FROM PUBLIC;
