
--
-- What writes: events in, contact rows out.  Not for everybody.
--

CREATE FUNCTION @extschema@.bounce_record(address text, kind text,
	at timestamptz DEFAULT pg_catalog.now(), campaign text DEFAULT NULL,
	sent_at timestamptz DEFAULT NULL, code text DEFAULT NULL, diagnostic text DEFAULT NULL,
	reason @extschema@.bounce_reason DEFAULT NULL) RETURNS bigint
	AS 'MODULE_PATHNAME', 'bounce_record' LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;

COMMENT ON FUNCTION @extschema@.bounce_record(text, text, timestamptz, text, timestamptz, text, text, @extschema@.bounce_reason) IS
	'record one event of an address and update the contacts that hold it; returns its id';

CREATE FUNCTION @extschema@.bounce_inbound() RETURNS trigger
	AS 'MODULE_PATHNAME', 'bounce_inbound' LANGUAGE C;

COMMENT ON FUNCTION @extschema@.bounce_inbound() IS
	'trigger on an inbound-mail table: bounce_inbound(''raw'' [, ''received_at''])';

CREATE FUNCTION @extschema@.bounce_process(mail regclass, batch integer DEFAULT 1000,
	raw name DEFAULT 'raw', received_at name DEFAULT NULL, mark name DEFAULT 'processed_at') RETURNS bigint
	AS 'MODULE_PATHNAME', 'bounce_process' LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;

COMMENT ON FUNCTION @extschema@.bounce_process(regclass, integer, name, name, name) IS
	'read mails of an inbound table that are not marked as processed, as bounce_inbound() does, and mark them; returns how many, 0 when there are no more';

CREATE FUNCTION @extschema@.bounce_opened() RETURNS trigger
	AS 'MODULE_PATHNAME', 'bounce_opened' LANGUAGE C;

COMMENT ON FUNCTION @extschema@.bounce_opened() IS
	'trigger on a table of opens, clicks or replies: bounce_opened(''email'' [, ''campaign'' [, ''opened_at'' [, ''open'' | ''click'' | ''reply'' [, ''sent_at'']]]])';

CREATE FUNCTION @extschema@.bounce_sent() RETURNS trigger
	AS 'MODULE_PATHNAME', 'bounce_sent' LANGUAGE C;

COMMENT ON FUNCTION @extschema@.bounce_sent() IS
	'trigger on a table of sends: bounce_sent(''email'' [, ''campaign'' [, ''sent_at'']])';

CREATE FUNCTION @extschema@.bounce_contact() RETURNS trigger
	AS 'MODULE_PATHNAME', 'bounce_contact' LANGUAGE C;

COMMENT ON FUNCTION @extschema@.bounce_contact() IS
	'trigger that bounce_attach() puts on a contact table: a row that is written shows the standing of its address';

CREATE FUNCTION @extschema@.bounce_refold(contact regclass) RETURNS bigint
	AS 'MODULE_PATHNAME', 'bounce_refold' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;

COMMENT ON FUNCTION @extschema@.bounce_refold(regclass) IS
	'fold the whole log again into an attached contact table; returns the rows that changed';

CREATE FUNCTION @extschema@.bounce_lock(contact regclass) RETURNS void
	AS 'MODULE_PATHNAME', 'bounce_lock' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;

COMMENT ON FUNCTION @extschema@.bounce_lock(regclass) IS
	'keep out who adds events or writes contacts until the transaction ends, before an attached contact table is locked as a whole';

CREATE FUNCTION @extschema@.bounce_policy_changed() RETURNS trigger
	AS 'MODULE_PATHNAME', 'bounce_policy_changed' LANGUAGE C;

COMMENT ON FUNCTION @extschema@.bounce_policy_changed() IS
	'trigger on the settings: folds the log again into the attached tables whose policy has changed';

CREATE TRIGGER bounce_policy_inserted AFTER INSERT ON @extschema@.bounce_policy
	REFERENCING NEW TABLE AS new FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.bounce_policy_changed();

COMMENT ON TRIGGER bounce_policy_inserted ON @extschema@.bounce_policy IS
	'keeps contact rows up to the settings';

CREATE TRIGGER bounce_policy_updated AFTER UPDATE ON @extschema@.bounce_policy
	REFERENCING OLD TABLE AS old NEW TABLE AS new FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.bounce_policy_changed();

COMMENT ON TRIGGER bounce_policy_updated ON @extschema@.bounce_policy IS
	'keeps contact rows up to the settings';

CREATE TRIGGER bounce_policy_deleted AFTER DELETE ON @extschema@.bounce_policy
	REFERENCING OLD TABLE AS old FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.bounce_policy_changed();

COMMENT ON TRIGGER bounce_policy_deleted ON @extschema@.bounce_policy IS
	'keeps contact rows up to the settings';

CREATE TRIGGER bounce_policy_truncated AFTER TRUNCATE ON @extschema@.bounce_policy
	FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.bounce_policy_changed();

COMMENT ON TRIGGER bounce_policy_truncated ON @extschema@.bounce_policy IS
	'keeps contact rows up to the settings';

CREATE TRIGGER bounce_policy_inserted AFTER INSERT ON @extschema@.bounce_policy_reason
	REFERENCING NEW TABLE AS new FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.bounce_policy_changed();

COMMENT ON TRIGGER bounce_policy_inserted ON @extschema@.bounce_policy_reason IS
	'keeps contact rows up to the settings';

CREATE TRIGGER bounce_policy_updated AFTER UPDATE ON @extschema@.bounce_policy_reason
	REFERENCING OLD TABLE AS old NEW TABLE AS new FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.bounce_policy_changed();

COMMENT ON TRIGGER bounce_policy_updated ON @extschema@.bounce_policy_reason IS
	'keeps contact rows up to the settings';

CREATE TRIGGER bounce_policy_deleted AFTER DELETE ON @extschema@.bounce_policy_reason
	REFERENCING OLD TABLE AS old FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.bounce_policy_changed();

COMMENT ON TRIGGER bounce_policy_deleted ON @extschema@.bounce_policy_reason IS
	'keeps contact rows up to the settings';

CREATE TRIGGER bounce_policy_truncated AFTER TRUNCATE ON @extschema@.bounce_policy_reason
	FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.bounce_policy_changed();

COMMENT ON TRIGGER bounce_policy_truncated ON @extschema@.bounce_policy_reason IS
	'keeps contact rows up to the settings';

-- the trigger of bounce_attach() is the record of what is attached
CREATE VIEW @extschema@.bounce_attached AS
	SELECT t.tgrelid::regclass AS contact, a.attname AS email,
		CASE t.tgnargs WHEN 1 THEN
			pg_catalog.convert_from(pg_catalog.substr(t.tgargs, 1, pg_catalog.octet_length(t.tgargs) - 1),
				pg_catalog.getdatabaseencoding()) END AS policy
	FROM pg_catalog.pg_trigger t
	JOIN pg_catalog.pg_class k ON k.oid = t.tgrelid
	JOIN pg_catalog.pg_attribute a ON a.attrelid = t.tgrelid AND a.attnum = t.tgattr[0]
	WHERE k.relkind IN ('r', 'p') AND k.relpersistence <> 't' AND t.tgfoid = '@extschema@.bounce_contact()'::pg_catalog.regprocedure
	AND t.tgparentid = 0 AND t.tgnargs = 1 AND t.tgenabled <> 'D';

COMMENT ON VIEW @extschema@.bounce_attached IS
	'contact tables that are kept up to date, with their address column and policy';
COMMENT ON COLUMN @extschema@.bounce_attached.contact IS 'the contact table';
COMMENT ON COLUMN @extschema@.bounce_attached.email IS 'its address column';
COMMENT ON COLUMN @extschema@.bounce_attached.policy IS 'the policy that it is folded under';

CREATE FUNCTION @extschema@.bounce_attach(contact regclass, email name DEFAULT 'email',
	policy text DEFAULT 'default') RETURNS bigint
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
	AS $$
#variable_conflict use_variable
DECLARE
	class pg_class%ROWTYPE;
	attribute pg_attribute%ROWTYPE;
	base oid;
	key text;
BEGIN
	IF contact IS NULL OR email IS NULL OR policy IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
			MESSAGE = 'arguments of bounce_attach must not be null';
	END IF;
	SELECT c.* INTO class FROM pg_class c WHERE c.oid = contact;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_table',
			MESSAGE = format('relation with OID %s does not exist', contact::oid);
	END IF;
	IF class.relkind NOT IN ('r', 'p') OR class.relispartition OR class.relpersistence = 't' THEN
		RAISE EXCEPTION USING ERRCODE = 'wrong_object_type',
			MESSAGE = format('"%s" cannot be attached', class.relname),
			DETAIL = 'A contact table is an ordinary or a partitioned table, no partition and not temporary.';
	END IF;
	SELECT a.* INTO attribute FROM pg_attribute a
		WHERE a.attrelid = contact AND a.attname = email AND a.attnum > 0 AND NOT a.attisdropped;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_column',
			MESSAGE = format('column "%s" of relation "%s" does not exist', email, class.relname);
	END IF;
	IF attribute.attgenerated <> '' THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_column_definition',
			MESSAGE = format('column "%s" of relation "%s" is a generated column', email, class.relname),
			HINT = 'Name the column that it is generated from.';
	END IF;

	-- text, or what PostgreSQL takes for text without a conversion
	base := attribute.atttypid;
	WHILE (SELECT t.typtype = 'd' FROM pg_type t WHERE t.oid = base) LOOP
		base := (SELECT t.typbasetype FROM pg_type t WHERE t.oid = base);
	END LOOP;
	IF base <> 'text'::regtype AND NOT EXISTS (SELECT FROM pg_cast c
			WHERE c.castsource = base AND c.casttarget = 'text'::regtype
			AND c.castmethod = 'b' AND c.castcontext = 'i') THEN
		RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch',
			MESSAGE = format('column "%s" of relation "%s" has type %s, but must be text',
				email, class.relname, format_type(attribute.atttypid, attribute.atttypmod));
	END IF;
	IF NOT EXISTS (SELECT FROM @extschema@.bounce_policy_settings s WHERE s.policy = policy) THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('policy "%s" does not exist', policy),
			HINT = 'Policies are rows of bounce_policy.';
	END IF;
	IF EXISTS (SELECT FROM @extschema@.bounce_attached b WHERE b.contact = contact) THEN
		RAISE EXCEPTION USING ERRCODE = 'duplicate_object',
			MESSAGE = format('relation "%s" is already attached', class.relname),
			HINT = 'bounce_detach() takes it off.';
	END IF;

	IF EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = contact AND NOT a.attisdropped
			AND a.attname IN ('bounce_state', 'bounce_hard_run', 'bounce_fail_run', 'bounce_reason', 'bounce_at')) THEN
		RAISE EXCEPTION USING ERRCODE = 'duplicate_column',
			MESSAGE = format('relation "%s" has columns of the names that bounce_attach() adds', class.relname),
			DETAIL = 'The columns are bounce_state, bounce_hard_run, bounce_fail_run, bounce_reason and bounce_at.',
			HINT = 'DROP EXTENSION ... CASCADE leaves some of them behind: drop those.';
	END IF;
	EXECUTE format('ALTER TABLE %s '
		'ADD COLUMN bounce_state @extschema@.bounce_state NOT NULL DEFAULT ''active'', '
		'ADD COLUMN bounce_hard_run smallint NOT NULL DEFAULT 0, '
		'ADD COLUMN bounce_fail_run smallint NOT NULL DEFAULT 0, '
		'ADD COLUMN bounce_reason @extschema@.bounce_reason, '
		'ADD COLUMN bounce_at timestamptz', contact);
	-- triggers fire in the order of their names: what others make of the address counts
	EXECUTE format('CREATE TRIGGER zz_bounce_contact BEFORE INSERT OR UPDATE OF '
		'%I, bounce_state, bounce_hard_run, bounce_fail_run, bounce_reason, bounce_at ON %s '
		'FOR EACH ROW EXECUTE FUNCTION @extschema@.bounce_contact(%L)', email, contact, policy);
	-- and where a statement names none of these columns, but a trigger changes one
	EXECUTE format('CREATE TRIGGER zz_bounce_contact_changed BEFORE UPDATE ON %s '
		'FOR EACH ROW WHEN ((OLD.%2$I::text COLLATE "C", OLD.bounce_state, OLD.bounce_hard_run, '
		'OLD.bounce_fail_run, OLD.bounce_reason, OLD.bounce_at) IS DISTINCT FROM '
		'(NEW.%2$I::text COLLATE "C", NEW.bounce_state, NEW.bounce_hard_run, '
		'NEW.bounce_fail_run, NEW.bounce_reason, NEW.bounce_at)) '
		'EXECUTE FUNCTION @extschema@.bounce_contact(%3$L)', contact, email, policy);

	-- an index that begins with the key, by the collation of the log, and leaves out no row serves
	key := format('@extschema@.bounce_address(%I)', email);
	IF NOT EXISTS (SELECT FROM pg_index i
			JOIN pg_class x ON x.oid = i.indexrelid
			JOIN pg_am m ON m.oid = x.relam AND m.amname = 'btree'
			WHERE i.indrelid = contact AND i.indisvalid AND i.indpred IS NULL
			AND i.indcollation[0] = 'pg_catalog."default"'::regcollation
			AND pg_get_indexdef(i.indexrelid, 1, false) IN
				(key, format('@extschema@.bounce_address((%I)::text)', email))) THEN
		EXECUTE format('CREATE INDEX ON %s (@extschema@.bounce_address((%I)::text) COLLATE "default")',
			contact, email);
	END IF;

	-- what is known of the key makes the difference between an index and a scan
	EXECUTE format('ANALYZE %s', contact);
	RETURN @extschema@.bounce_refold(contact);
END
$$;

COMMENT ON FUNCTION @extschema@.bounce_attach(regclass, name, text) IS
	'add the bounce columns to a contact table and keep them up to the log; returns the rows that are not active';

CREATE FUNCTION @extschema@.bounce_detach(contact regclass) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
	AS $$
#variable_conflict use_variable
DECLARE
	trigger_names name[] := ARRAY(SELECT t.tgname FROM pg_trigger t
		WHERE t.tgrelid = contact AND t.tgparentid = 0
		AND t.tgfoid = '@extschema@.bounce_contact()'::regprocedure);
	trigger_name name;
BEGIN
	IF contact IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
			MESSAGE = 'argument of bounce_detach must not be null';
	END IF;
	IF trigger_names = '{}' THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_object',
			MESSAGE = format('%s is not attached', contact);
	END IF;
	-- who adds events locks the log first: so do we
	IF EXISTS (SELECT FROM @extschema@.bounce_attached b WHERE b.contact = contact) THEN
		PERFORM @extschema@.bounce_lock(contact);
	END IF;
	FOREACH trigger_name IN ARRAY trigger_names LOOP
		EXECUTE format('DROP TRIGGER %I ON %s', trigger_name, contact);
	END LOOP;
	EXECUTE format('ALTER TABLE %s DROP COLUMN bounce_state, DROP COLUMN bounce_hard_run, '
		'DROP COLUMN bounce_fail_run, DROP COLUMN bounce_reason, DROP COLUMN bounce_at', contact);
END
$$;

COMMENT ON FUNCTION @extschema@.bounce_detach(regclass) IS
	'take the trigger and the columns of bounce_attach() away; an index on the address stays';

-- what the functions that read a contact table need of it, or their errors
CREATE FUNCTION @extschema@.bounce_attached_source(contact regclass, asker text,
	OUT email name, OUT policy text, OUT source text)
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
	AS $$
BEGIN
	IF contact IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
			MESSAGE = format('argument of %s must not be null', asker);
	END IF;
	SELECT b.email, b.policy, concat_ws(' ', CASE k.relkind WHEN 'r' THEN 'ONLY' END, $1) INTO email, policy, source
		FROM @extschema@.bounce_attached b JOIN pg_class k ON k.oid = b.contact WHERE b.contact = $1;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_object',
			MESSAGE = format('%s is not attached', contact);
	END IF;
END
$$;

COMMENT ON FUNCTION @extschema@.bounce_attached_source(regclass, text) IS
	'address column and policy of an attached contact table, and how a query reads its rows; errors name the function that asks';

CREATE FUNCTION @extschema@.bounce_audit(contact regclass)
	RETURNS TABLE (address text, shown @extschema@.bounce_standing, expected @extschema@.bounce_standing)
	LANGUAGE plpgsql STABLE ROWS 1 SET search_path = pg_catalog, pg_temp
	AS $$
#variable_conflict use_column
DECLARE
	attached record;
BEGIN
	attached := @extschema@.bounce_attached_source($1, 'bounce_audit');
	-- OFFSET 0: the log is folded once for a row, not once for each field of the standing
	RETURN QUERY EXECUTE format(
		'SELECT x.address, '
		'ROW(x.bounce_state, NULL, x.bounce_hard_run, x.bounce_fail_run, NULL, NULL, NULL, '
		'x.bounce_reason, x.bounce_at)::@extschema@.bounce_standing, x.s '
		'FROM (SELECT c.bounce_state, c.bounce_hard_run, c.bounce_fail_run, c.bounce_reason, '
		'c.bounce_at, @extschema@.bounce_address(c.%1$I::text) AS address, '
		'@extschema@.bounce_standing_of(c.%1$I::text, %2$L) AS s FROM %3$s c OFFSET 0) x '
		'WHERE (x.bounce_state, x.bounce_hard_run::int, x.bounce_fail_run::int, x.bounce_reason, x.bounce_at) '
		'IS DISTINCT FROM ((x.s).state, LEAST((x.s).hard_run, 32767), LEAST((x.s).fail_run, 32767), '
		'(x.s).reason, (x.s).last_bounce_at)', attached.email, attached.policy, attached.source);
END
$$;

COMMENT ON FUNCTION @extschema@.bounce_audit(regclass) IS
	'rows of an attached contact table that differ from the fold of the log: always none';

REVOKE ALL ON FUNCTION @extschema@.bounce_record(text, text, timestamptz, text, timestamptz, text, text, @extschema@.bounce_reason) FROM PUBLIC;
REVOKE ALL ON FUNCTION @extschema@.bounce_inbound() FROM PUBLIC;
REVOKE ALL ON FUNCTION @extschema@.bounce_process(regclass, integer, name, name, name) FROM PUBLIC;
REVOKE ALL ON FUNCTION @extschema@.bounce_opened() FROM PUBLIC;
REVOKE ALL ON FUNCTION @extschema@.bounce_sent() FROM PUBLIC;
REVOKE ALL ON FUNCTION @extschema@.bounce_contact() FROM PUBLIC;
REVOKE ALL ON FUNCTION @extschema@.bounce_refold(regclass) FROM PUBLIC;
REVOKE ALL ON FUNCTION @extschema@.bounce_policy_changed() FROM PUBLIC;
REVOKE ALL ON FUNCTION @extschema@.bounce_policy_replace() FROM PUBLIC;
REVOKE ALL ON FUNCTION @extschema@.bounce_attach(regclass, name, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION @extschema@.bounce_detach(regclass) FROM PUBLIC;
REVOKE ALL ON FUNCTION @extschema@.bounce_audit(regclass) FROM PUBLIC;

-- settings are no secret, and who attaches a table must find them
GRANT SELECT ON @extschema@.bounce_policy, @extschema@.bounce_policy_reason,
	@extschema@.bounce_policy_settings, @extschema@.bounce_attached TO PUBLIC;
