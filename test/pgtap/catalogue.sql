-- What the catalogue says about the extension: comments, labels, rights, types.
--
-- Creates the extensions pgtap and bounce where they are missing, and rolls
-- back.  Asks the catalogue only, so it may run in a database that is in use.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS bounce;

-- so that the names of the extension print without a schema
DO $$
BEGIN
	PERFORM pg_catalog.set_config('search_path',
		(SELECT pg_catalog.string_agg(pg_catalog.quote_ident(n.nspname), ', ' ORDER BY e.extname)
		FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
		WHERE e.extname IN ('bounce', 'pgtap')), true);
END
$$;

-- What DROP EXTENSION takes away, less what the members bring along: since
-- PostgreSQL 17 the array types and row types that come by themselves are listed
-- as members, too.
CREATE TEMP VIEW member AS
	SELECT d.classid, d.objid, pg_describe_object(d.classid, d.objid, 0) AS name
	FROM pg_depend d
	JOIN pg_extension e ON e.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass
	WHERE e.extname = 'bounce' AND d.deptype = 'e'
		AND NOT (d.classid = 'pg_type'::regclass AND EXISTS (SELECT FROM pg_depend i
			WHERE i.classid = d.classid AND i.objid = d.objid AND i.deptype = 'i'));

-- Tables, views, sequences and composite types.
CREATE TEMP VIEW member_relation AS
	SELECT c.* FROM pg_class c
	WHERE c.oid IN (SELECT objid FROM member WHERE classid = 'pg_class'::regclass
		UNION ALL
		SELECT t.typrelid FROM member m JOIN pg_type t ON t.oid = m.objid
		WHERE m.classid = 'pg_type'::regclass);

CREATE TEMP VIEW member_function AS
	SELECT p.*, l.lanname,
		p.proname || '(' || oidvectortypes(p.proargtypes) || ')' AS signature,
		EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
			WHERE a.grantee = 0) AS is_public
	FROM member m
	JOIN pg_proc p ON p.oid = m.objid
	JOIN pg_language l ON l.oid = p.prolang
	WHERE m.classid = 'pg_proc'::regclass;

CREATE TEMP VIEW member_column AS
	SELECT c.oid, c.relname, c.relkind, a.attnum, a.attname,
		a.attname::text COLLATE "default" || ' ' || format_type(a.atttypid, a.atttypmod)
			|| CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END AS definition
	FROM member_relation c
	JOIN pg_attribute a ON a.attrelid = c.oid
	WHERE c.relkind IN ('r', 'v', 'c') AND a.attnum > 0 AND NOT a.attisdropped;

CREATE FUNCTION pg_temp.labels(type text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT v.enumlabel::text FROM pg_enum v
	JOIN pg_type t ON t.oid = v.enumtypid
	JOIN member m ON m.objid = t.oid AND m.classid = 'pg_type'::regclass
	WHERE t.typname = $1 ORDER BY v.enumsortorder
$$;

CREATE FUNCTION pg_temp.columns(relation text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT definition FROM member_column WHERE relname = $1 ORDER BY attnum
$$;

SELECT plan(57);

--
-- The extension
--
SELECT is(extrelocatable, false, 'the extension is not relocatable')
	FROM pg_extension WHERE extname = 'bounce';

SELECT bag_eq(
	$$SELECT split_part(name, ' ', 1), count(*) FROM member GROUP BY 1$$,
	$$VALUES ('function', 58::bigint), ('sequence', 4), ('table', 7), ('type', 14), ('view', 17)$$,
	'the extension has this many members');

SELECT is_empty(
	$$SELECT m.name FROM member m, pg_identify_object(m.classid, m.objid, 0) i
	WHERE i.schema IS DISTINCT FROM (SELECT quote_ident(n.nspname) FROM pg_namespace n
		JOIN pg_extension e ON e.extnamespace = n.oid WHERE e.extname = 'bounce')$$,
	'all members lie in the schema of the extension');

SELECT bag_eq(
	$$SELECT pg_describe_object('pg_class'::regclass, c.oid, 0), c.condition
	FROM pg_extension e, unnest(e.extconfig, e.extcondition) c(oid, condition) WHERE e.extname = 'bounce'$$,
	$$SELECT name, '' FROM member WHERE split_part(name, ' ', 1) IN ('table', 'sequence')$$,
	'pg_dump takes every row of every table, and every sequence');

--
-- Comments
--
SELECT is_empty(
	$$SELECT m.name FROM member m WHERE NOT EXISTS (SELECT FROM pg_description d
		WHERE d.classoid = m.classid AND d.objoid = m.objid AND d.objsubid = 0 AND d.description ~ '\w')$$,
	'every member has a comment');

SELECT is_empty(
	$$SELECT relname, attname FROM member_column
	WHERE relkind = 'r' AND col_description(oid, attnum) !~ '\w' IS NOT FALSE$$,
	'every column of a table has a comment');

SELECT is_empty(
	$$SELECT relname, attname FROM member_column
	WHERE relkind = 'v' AND col_description(oid, attnum) !~ '\w' IS NOT FALSE$$,
	'every column of a view has a comment');

SELECT is_empty(
	$$SELECT relname, attname FROM member_column
	WHERE relkind = 'c' AND col_description(oid, attnum) !~ '\w' IS NOT FALSE$$,
	'every attribute of a composite type has a comment');

-- those that a constraint makes are named by it
SELECT is_empty(
	$$SELECT i.indexrelid::regclass FROM pg_index i JOIN member_relation c ON c.oid = i.indrelid
	WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
	AND obj_description(i.indexrelid, 'pg_class') !~ '\w' IS NOT FALSE$$,
	'every index has a comment');

SELECT is_empty(
	$$SELECT c.relname, t.tgname FROM pg_trigger t JOIN member_relation c ON c.oid = t.tgrelid
	WHERE NOT t.tgisinternal AND obj_description(t.oid, 'pg_trigger') !~ '\w' IS NOT FALSE$$,
	'every trigger has a comment');

-- the trigger of bounce_attach() is not the extension's
SELECT bag_eq(
	$$SELECT c.relname::text, t.tgname::text, f.proname::text, t.tgenabled
	FROM pg_trigger t JOIN member_relation c ON c.oid = t.tgrelid JOIN pg_proc f ON f.oid = t.tgfoid
	WHERE NOT t.tgisinternal$$,
	$$VALUES ('bounce_policy', 'bounce_policy_replace', 'bounce_policy_replace', 'O'::"char"),
		('bounce_policy', 'bounce_policy_inserted', 'bounce_policy_changed', 'O'),
		('bounce_policy', 'bounce_policy_updated', 'bounce_policy_changed', 'O'),
		('bounce_policy', 'bounce_policy_deleted', 'bounce_policy_changed', 'O'),
		('bounce_policy', 'bounce_policy_truncated', 'bounce_policy_changed', 'O'),
		('bounce_policy_reason', 'bounce_policy_inserted', 'bounce_policy_changed', 'O'),
		('bounce_policy_reason', 'bounce_policy_updated', 'bounce_policy_changed', 'O'),
		('bounce_policy_reason', 'bounce_policy_deleted', 'bounce_policy_changed', 'O'),
		('bounce_policy_reason', 'bounce_policy_truncated', 'bounce_policy_changed', 'O'),
		('bounce_rule', 'bounce_rule_changed', 'bounce_rule_changed', 'A'),
		('bounce_rule', 'bounce_rule_changing', 'bounce_rule_changed', 'A'),
		('bounce_rule', 'bounce_rule_replicated', 'bounce_rule_changed', 'R')$$,
	'triggers of the extension are on the settings only, and enabled');

--
-- Functions
--
SELECT is_empty(
	$$SELECT signature FROM member_function WHERE prosecdef$$,
	'no function is SECURITY DEFINER');

SELECT is_empty(
	$$SELECT signature, proconfig FROM member_function
	WHERE lanname NOT IN ('c', 'internal') AND prosqlbody IS NULL
	AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (proconfig), false)$$,
	'what is parsed when it is called has a search_path of its own');

-- bounce_lock() writes nothing, and is for the owner of an attached table
SELECT is_empty(
	$$SELECT signature FROM member_function WHERE provolatile = 'v' AND is_public AND proname <> 'bounce_lock'$$,
	'what writes is not executable by PUBLIC');

SELECT is_empty(
	$$SELECT signature, prorows FROM member_function WHERE proretset AND prorows IN (0, 1000)$$,
	'set-returning functions say how many rows they return');

SELECT is_empty(
	$$SELECT signature, probin, prosrc FROM member_function
	WHERE lanname = 'c' AND (probin <> '$libdir/bounce' OR prosrc <> proname)$$,
	'C functions are found in the library under their own names');

SELECT is_empty(
	$$SELECT signature FROM member_function
	WHERE prorettype = 'internal'::regtype AND NOT 'internal'::regtype = ANY (proargtypes)$$,
	'no value of type internal can be made from SQL');

-- volatility, parallel safety, strictness, rows, whether PUBLIC may execute it
SELECT bag_eq(
	$$SELECT signature, provolatile, proparallel, proisstrict, prorows::int, is_public FROM member_function$$,
	$$VALUES
	('bounce_address(text)', 'i'::"char", 's'::"char", true, 0, true),
	('bounce_attach(regclass, name, text)', 'v', 'u', false, 0, false),
	('bounce_attached_source(regclass, text)', 's', 'u', false, 0, true),
	('bounce_audit(regclass)', 's', 'u', false, 1, false),
	('bounce_classify(text, text)', 's', 's', false, 0, true),
	('bounce_classify(text, text, text, text)', 's', 's', false, 0, true),
	('bounce_contact()', 'v', 'u', false, 0, false),
	('bounce_count(regclass)', 's', 'u', false, 7, false),
	('bounce_detach(regclass)', 'v', 'u', false, 0, false),
	('bounce_explain(text, text, text, text)', 's', 's', false, 3, true),
	('bounce_fingerprint(text)', 'i', 's', true, 0, true),
	('bounce_fold(bounce_event_kind, bounce_class, bounce_reason, boolean, text, timestamp with time zone, timestamp with time zone)', 'i', 's', false, 0, true),
	('bounce_fold(bounce_event_kind, bounce_class, bounce_reason, boolean, text, timestamp with time zone, timestamp with time zone, bounce_settings)', 'i', 's', false, 0, true),
	('bounce_fold_combine(internal, internal)', 'i', 's', false, 0, true),
	('bounce_fold_deserialize(bytea, internal)', 'i', 's', true, 0, true),
	('bounce_fold_final(internal)', 'i', 's', false, 0, true),
	('bounce_fold_serialize(internal)', 'i', 's', true, 0, true),
	('bounce_fold_step(internal, bounce_event_kind, bounce_class, bounce_reason, boolean, text, timestamp with time zone, timestamp with time zone)', 'i', 's', false, 0, true),
	('bounce_fold_step(internal, bounce_event_kind, bounce_class, bounce_reason, boolean, text, timestamp with time zone, timestamp with time zone, bounce_settings)', 'i', 's', false, 0, true),
	('bounce_freeable(regclass)', 's', 'u', false, 100, false),
	('bounce_headline(bytea)', 's', 's', true, 0, true),
	('bounce_headline(text)', 's', 's', true, 0, true),
	('bounce_held(text[])', 'v', 'u', true, 0, false),
	('bounce_inbound()', 'v', 'u', false, 0, false),
	('bounce_lock(regclass)', 'v', 'u', true, 0, true),
	('bounce_mailable(bounce_state)', 'i', 's', true, 0, true),
	('bounce_opened()', 'v', 'u', false, 0, false),
	('bounce_outcome(bounce_event_kind, bounce_class, bounce_reason, bounce_settings)', 'i', 's', false, 0, true),
	('bounce_parse(bytea)', 's', 's', true, 1, true),
	('bounce_parse(text)', 's', 's', true, 1, true),
	('bounce_policy_changed()', 'v', 'u', false, 0, false),
	('bounce_policy_replace()', 'v', 'u', false, 0, false),
	('bounce_process(regclass, integer, name, name, name)', 'v', 'u', false, 0, false),
	('bounce_prunable(timestamp with time zone)', 's', 's', false, 100000, true),
	('bounce_prune(timestamp with time zone, integer, bigint)', 'v', 'u', false, 0, false),
	('bounce_prune_final(internal)', 'i', 's', false, 0, true),
	('bounce_prune_ids(bigint, bounce_event_kind, boolean, text, timestamp with time zone, timestamp with time zone, timestamp with time zone)', 'i', 's', false, 0, true),
	('bounce_prune_step(internal, bigint, bounce_event_kind, boolean, text, timestamp with time zone, timestamp with time zone, timestamp with time zone)', 'i', 's', false, 0, true),
	('bounce_rate(bigint, bigint)', 'i', 's', false, 0, true),
	('bounce_record(text, text, timestamp with time zone, text, timestamp with time zone, text, text, bounce_reason)', 'v', 'u', false, 0, false),
	('bounce_refold(regclass)', 'v', 'u', true, 0, false),
	('bounce_judge(text, text, text, text, text, boolean)', 's', 's', false, 0, true),
	('bounce_reclassify(timestamp with time zone, boolean)', 'v', 'u', true, 100, false),
	('bounce_rule_changed()', 'v', 'u', false, 0, false),
	('bounce_rule_check(text, text, text, text, bounce_reason)', 'i', 's', false, 0, true),
	('bounce_rules()', 's', 's', false, 800, true),
	('bounce_rules_version()', 's', 's', false, 0, true),
	('bounce_sent()', 'v', 'u', false, 0, false),
	('bounce_settle(integer, timestamp with time zone)', 'v', 'u', false, 0, false),
	('bounce_history(text, text)', 's', 's', false, 20, true),
	('bounce_standing_at(text, timestamp with time zone, text)', 's', 's', false, 0, true),
	('bounce_unvoid(bigint[], boolean, text)', 'v', 'u', false, 1, false),
	('bounce_unvoid(text, text, text)', 'v', 'u', false, 100, false),
	('bounce_unvoid(text, timestamp with time zone, timestamp with time zone, bounce_reason, text, boolean, text, text)', 'v', 'u', false, 100, false),
	('bounce_void(bigint[], boolean, text)', 'v', 'u', false, 1, false),
	('bounce_void(text, text, text)', 'v', 'u', false, 100, false),
	('bounce_void(text, timestamp with time zone, timestamp with time zone, bounce_reason, text, boolean, text, text)', 'v', 'u', false, 100, false),
	('bounce_standing_of(text, text)', 's', 's', false, 0, true)$$,
	'functions have these labels');

SELECT bag_eq(
	$$SELECT signature, pg_get_function_arguments(oid) FROM member_function WHERE pronargdefaults > 0$$,
	$$VALUES
	('bounce_attach(regclass, name, text)',
		'contact regclass, email name DEFAULT ''email''::name, policy text DEFAULT ''default''::text'),
	('bounce_classify(text, text, text, text)',
		'code text, diagnostic text, host text, command text DEFAULT NULL::text'),
	('bounce_reclassify(timestamp with time zone, boolean)',
		'since timestamp with time zone DEFAULT ''-infinity''::timestamp with time zone, dry_run boolean DEFAULT true, OUT address text, OUT id bigint, OUT at timestamp with time zone, OUT diagnostic text, OUT old_class bounce_class, OUT old_reason bounce_reason, OUT old_rule text, OUT class bounce_class, OUT reason bounce_reason, OUT rule text'),
	('bounce_explain(text, text, text, text)',
		'code text, diagnostic text, host text DEFAULT NULL::text, command text DEFAULT NULL::text'),
	('bounce_record(text, text, timestamp with time zone, text, timestamp with time zone, text, text, bounce_reason)',
		'address text, kind text, at timestamp with time zone DEFAULT now(), campaign text DEFAULT NULL::text, '
		'sent_at timestamp with time zone DEFAULT NULL::timestamp with time zone, code text DEFAULT NULL::text, '
		'diagnostic text DEFAULT NULL::text, reason bounce_reason DEFAULT NULL::bounce_reason'),
	('bounce_outcome(bounce_event_kind, bounce_class, bounce_reason, bounce_settings)',
		'kind bounce_event_kind, class bounce_class, reason bounce_reason, settings bounce_settings DEFAULT NULL::bounce_settings'),
	('bounce_process(regclass, integer, name, name, name)',
		'mail regclass, batch integer DEFAULT 1000, raw name DEFAULT ''raw''::name, received_at name DEFAULT NULL::name, '
		'mark name DEFAULT ''processed_at''::name'),
	('bounce_prune(timestamp with time zone, integer, bigint)',
		'IN before timestamp with time zone, IN batch integer DEFAULT 1000, INOUT removed bigint DEFAULT NULL::bigint'),
	('bounce_settle(integer, timestamp with time zone)',
		'settle_days integer DEFAULT NULL::integer, since timestamp with time zone DEFAULT ''-infinity''::timestamp with time zone'),
	('bounce_void(bigint[], boolean, text)',
		'events bigint[], dry_run boolean DEFAULT true, why text DEFAULT NULL::text'),
	('bounce_void(text, text, text)', 'domain text, "from" text, until text DEFAULT NULL::text'),
	('bounce_void(text, timestamp with time zone, timestamp with time zone, bounce_reason, text, boolean, text, text)',
		'domain text DEFAULT NULL::text, "from" timestamp with time zone DEFAULT NULL::timestamp with time zone, '
		'until timestamp with time zone DEFAULT NULL::timestamp with time zone, '
		'reason bounce_reason DEFAULT NULL::bounce_reason, pattern text DEFAULT NULL::text, dry_run boolean DEFAULT true, '
		'why text DEFAULT NULL::text, policy text DEFAULT ''default''::text'),
	('bounce_unvoid(bigint[], boolean, text)',
		'events bigint[], dry_run boolean DEFAULT true, why text DEFAULT NULL::text'),
	('bounce_unvoid(text, text, text)', 'domain text, "from" text, until text DEFAULT NULL::text'),
	('bounce_unvoid(text, timestamp with time zone, timestamp with time zone, bounce_reason, text, boolean, text, text)',
		'domain text DEFAULT NULL::text, "from" timestamp with time zone DEFAULT NULL::timestamp with time zone, '
		'until timestamp with time zone DEFAULT NULL::timestamp with time zone, '
		'reason bounce_reason DEFAULT NULL::bounce_reason, pattern text DEFAULT NULL::text, dry_run boolean DEFAULT true, '
		'why text DEFAULT NULL::text, policy text DEFAULT ''default''::text'),
	('bounce_history(text, text)', 'address text, policy text DEFAULT ''default''::text'),
	('bounce_standing_at(text, timestamp with time zone, text)',
		'address text, at timestamp with time zone, policy text DEFAULT ''default''::text'),
	('bounce_standing_of(text, text)', 'address text, policy text DEFAULT ''default''::text')$$,
	'arguments have these names and defaults');

SELECT is_empty(
	$$SELECT signature FROM member_function WHERE prokind = 'f' AND proargnames IS NULL AND pronargs > 0
	AND NOT 'internal'::regtype = ANY (proargtypes)$$,
	'arguments have names, so that they can be given by name');

--
-- Aggregates
--
SELECT bag_eq(
	$$SELECT f.proname::text, f.pronargs::int, s.part, s.name
	FROM member_function f JOIN pg_aggregate a ON a.aggfnoid = f.oid,
	LATERAL (VALUES ('step', (SELECT signature FROM member_function p WHERE p.oid = a.aggtransfn)),
		('final', (SELECT signature FROM member_function p WHERE p.oid = a.aggfinalfn)),
		('combine', (SELECT signature FROM member_function p WHERE p.oid = a.aggcombinefn)),
		('serialize', (SELECT signature FROM member_function p WHERE p.oid = a.aggserialfn)),
		('deserialize', (SELECT signature FROM member_function p WHERE p.oid = a.aggdeserialfn)),
		('state', a.aggtranstype::regtype::text),
		('final may modify', a.aggfinalmodify::text),
		('parallel', f.proparallel::text)) s(part, name)$$,
	$$SELECT 'bounce_fold', n, part, name FROM (VALUES
		(7, ''), (8, ', bounce_settings')) v(n, settings),
	LATERAL (VALUES ('step', 'bounce_fold_step(internal, bounce_event_kind, bounce_class, bounce_reason, boolean, '
			'text, timestamp with time zone, timestamp with time zone' || settings || ')'),
		('final', 'bounce_fold_final(internal)'),
		('combine', 'bounce_fold_combine(internal, internal)'),
		('serialize', 'bounce_fold_serialize(internal)'),
		('deserialize', 'bounce_fold_deserialize(bytea, internal)'),
		('state', 'internal'), ('final may modify', 'r'), ('parallel', 's')) s(part, name)
	UNION ALL SELECT 'bounce_prune_ids', 7, part, name FROM (VALUES
		('step', 'bounce_prune_step(internal, bigint, bounce_event_kind, boolean, text, timestamp with time zone, '
			'timestamp with time zone, timestamp with time zone)'),
		('final', 'bounce_prune_final(internal)'),
		('combine', NULL), ('serialize', NULL), ('deserialize', NULL),
		('state', 'internal'), ('final may modify', 'r'), ('parallel', 's')) s(part, name)$$,
	'aggregates can be computed in parallel, that of standings in parts, and in windows');

SELECT is_empty(
	$$SELECT f.signature, s.signature FROM member_function f JOIN pg_aggregate a ON a.aggfnoid = f.oid
	JOIN member_function s ON s.oid IN (a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn)
	WHERE s.proparallel <> f.proparallel OR s.provolatile <> 'i' OR s.lanname <> 'c'$$,
	'the functions of an aggregate are as safe as it says');

--
-- Nothing comes from a search_path
--
SELECT is_empty(
	$$SELECT pg_describe_object(d.classid, d.objid, 0), pg_describe_object(d.refclassid, d.refobjid, 0)
	FROM pg_depend d
	LEFT JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
	LEFT JOIN pg_constraint k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
	LEFT JOIN pg_attrdef a ON d.classid = 'pg_attrdef'::regclass AND a.oid = d.objid
	LEFT JOIN pg_trigger t ON d.classid = 'pg_trigger'::regclass AND t.oid = d.objid
	WHERE (coalesce(r.ev_class, k.conrelid, a.adrelid, t.tgrelid) IN (SELECT oid FROM member_relation)
		OR d.classid = 'pg_proc'::regclass AND d.objid IN (SELECT oid FROM member_function))
	AND d.refclassid IN ('pg_operator'::regclass, 'pg_proc'::regclass)
	AND NOT EXISTS (SELECT FROM member m WHERE m.classid = d.refclassid AND m.objid = d.refobjid)$$,
	'views, bodies, checks, defaults and triggers use operators and functions of pg_catalog and the extension only');

SELECT is_empty(
	$$SELECT 'function', signature FROM member_function WHERE prosrc ~ '@extschema'
	UNION ALL SELECT 'default', pg_get_expr(a.adbin, a.adrelid) FROM pg_attrdef a
		JOIN member_relation c ON c.oid = a.adrelid WHERE pg_get_expr(a.adbin, a.adrelid) ~ '@extschema'
	UNION ALL SELECT 'view', relname FROM member_relation WHERE relkind = 'v' AND pg_get_viewdef(oid) ~ '@extschema'
	UNION ALL SELECT 'comment', d.description FROM member m JOIN pg_description d
		ON d.classoid = m.classid AND d.objoid = m.objid WHERE d.description ~ '@extschema'$$,
	'no @extschema@ is left');

--
-- Rights
--
SELECT bag_eq(
	$$SELECT c.relname::text, a.privilege_type FROM member_relation c, aclexplode(c.relacl) a WHERE a.grantee = 0$$,
	$$VALUES ('bounce_attached', 'SELECT'), ('bounce_policy', 'SELECT'), ('bounce_policy_reason', 'SELECT'),
		('bounce_policy_settings', 'SELECT'), ('bounce_reason_name', 'SELECT')$$,
	'PUBLIC may read settings and names, and nothing else');

SELECT is_empty(
	$$SELECT c.relname, a.attname FROM member_relation c JOIN pg_attribute a ON a.attrelid = c.oid,
		aclexplode(a.attacl) x WHERE x.grantee <> c.relowner$$,
	'nobody has rights to single columns');

--
-- Enumerations
--
SELECT results_eq($$SELECT pg_temp.labels('bounce_kind')$$,
	ARRAY['failed', 'delayed', 'delivered', 'autoreply', 'complaint', 'challenge', 'unsubscribe'],
	'labels of bounce_kind');
SELECT results_eq($$SELECT pg_temp.labels('bounce_class')$$,
	ARRAY['hard', 'soft', 'other'],
	'labels of bounce_class');
SELECT results_eq($$SELECT pg_temp.labels('bounce_counts')$$,
	ARRAY['hard', 'soft', 'never', 'stop', 'life', 'by_class'],
	'labels of bounce_counts');
SELECT results_eq($$SELECT pg_temp.labels('bounce_state')$$,
	ARRAY['active', 'soft', 'hard', 'confirmed', 'suppressed', 'unsubscribed', 'complained'],
	'labels of bounce_state');
SELECT results_eq($$SELECT pg_temp.labels('bounce_event_kind')$$,
	ARRAY['bounce', 'notice', 'sent', 'delivered', 'open', 'click', 'reply', 'complaint',
		'unsubscribe', 'suppress', 'release', 'reset'],
	'labels of bounce_event_kind');
SELECT results_eq($$SELECT pg_temp.labels('bounce_outcome')$$,
	ARRAY['pending', 'neutral', 'blocked', 'delivered', 'soft', 'hard'],
	'labels of bounce_outcome, the strongest last');
SELECT results_eq($$SELECT pg_temp.labels('bounce_reason')$$,
	ARRAY['user_unknown', 'bad_syntax', 'null_mx', 'owner_changed', 'bad_address', 'bad_domain',
		'moved', 'mailbox_inactive', 'suppressed', 'undetermined', 'mailbox_full', 'mailbox_disabled',
		'mailbox_error', 'recipient_restricted', 'relay_denied', 'list_expansion', 'delivery_agent',
		'system_full', 'system_down', 'system_error', 'no_answer', 'bad_connection', 'dns_failure',
		'network_error', 'congestion', 'loop', 'expired', 'temporary', 'auto_reply', 'rate_limited',
		'greylisted', 'delayed', 'spam_block', 'spam_content', 'virus', 'policy', 'auth_failure',
		'reverse_dns', 'auth_required', 'security', 'throttled', 'too_many_connections',
		'too_many_recipients', 'sender_rejected', 'message_too_big', 'content_error',
		'protocol_error', 'smtputf8', 'challenge', 'complaint', 'not_spam', 'unsubscribe', 'delivered'],
	'labels of bounce_reason');

--
-- Rows
--
SELECT results_eq($$SELECT pg_temp.columns('bounce_report')$$,
	ARRAY['kind bounce_kind', 'recipient text', 'final_recipient text', 'class bounce_class',
		'reason bounce_reason', 'status text', 'reply_code integer', 'diagnostic text', 'rule text',
		'action text', 'reporting_mta text', 'remote_mta text', 'command text', 'format text',
		'happened_at timestamp with time zone', 'message_id text', 'original_message_id text',
		'original_sender text', 'original_subject text', 'original_date timestamp with time zone',
		'return_path text', 'feedback_type text', 'campaign text', 'truncated boolean', 'instant boolean'],
	'columns of bounce_report');
SELECT results_eq($$SELECT pg_temp.columns('bounce_verdict')$$,
	ARRAY['class bounce_class', 'reason bounce_reason', 'rule text', 'instant boolean'],
	'columns of bounce_verdict');
SELECT results_eq($$SELECT pg_temp.columns('bounce_explanation')$$,
	ARRAY['rule text', 'decides boolean', 'class bounce_class', 'reason bounce_reason', 'instant boolean',
		'piece text', 'priority integer', 'why text'],
	'columns of bounce_explanation');
SELECT results_eq($$SELECT pg_temp.columns('bounce_standing')$$,
	ARRAY['state bounce_state', 'delivery bounce_state', 'hard_run integer', 'fail_run integer',
		'cause text', 'stop text', 'confirmed_at timestamp with time zone', 'reason bounce_reason',
		'last_bounce_at timestamp with time zone'],
	'columns of bounce_standing');
SELECT results_eq($$SELECT pg_temp.columns('bounce_headline')$$,
	ARRAY['message_id text', 'sender text', 'subject text', 'sent_at timestamp with time zone', 'octets bigint'],
	'columns of bounce_headline');
SELECT results_eq($$SELECT pg_temp.columns('bounce_event')$$,
	ARRAY['address text NOT NULL', 'id bigint NOT NULL', 'kind bounce_event_kind NOT NULL',
		'at timestamp with time zone NOT NULL', 'sent_at timestamp with time zone NOT NULL',
		'campaign text', 'class bounce_class', 'reason bounce_reason', 'instant boolean', 'status text',
		'reply_code integer', 'diagnostic text', 'remote_mta text',
		'command text', 'final_recipient text', 'rule text', 'rules_version text', 'format text',
		'recorded_at timestamp with time zone NOT NULL', 'void_id bigint'],
	'columns of bounce_event');
SELECT results_eq($$SELECT pg_temp.columns('bounce_void_decision')$$,
	ARRAY['id bigint NOT NULL', 'decided_at timestamp with time zone NOT NULL', 'decided_by text NOT NULL', 'why text',
		'is_void boolean NOT NULL', 'domain text', 'from timestamp with time zone', 'until timestamp with time zone',
		'reason bounce_reason', 'pattern text', 'events bigint[]'],
	'columns of bounce_void_decision');
SELECT results_eq($$SELECT pg_temp.columns('bounce_unrecognised')$$,
	ARRAY['id bigint NOT NULL', 'received_at timestamp with time zone NOT NULL', 'mail text NOT NULL',
		'message_id text', 'sender text', 'subject text', 'octets bigint', 'format text', 'recipient text'],
	'columns of bounce_unrecognised');

-- The settings of a view or value are those of the table, in its order.
SELECT results_eq(
	$$SELECT definition FROM member_column WHERE relname = 'bounce_settings' AND attnum <= 7 ORDER BY attnum$$,
	$$SELECT replace(definition, ' NOT NULL', '') FROM member_column
	WHERE relname = 'bounce_policy' AND attname NOT IN ('policy', 'settle_days', 'known_only') ORDER BY attnum$$,
	'bounce_settings has the settings of bounce_policy that the fold needs');
SELECT results_eq(
	$$SELECT definition FROM member_column WHERE relname = 'bounce_address_standing' ORDER BY attnum$$,
	$$SELECT * FROM (SELECT 'address text' UNION ALL SELECT pg_temp.columns('bounce_standing')) s$$,
	'bounce_address_standing is address and standing');
SELECT results_eq(
	$$SELECT pg_temp.columns('bounce_unmailable')$$,
	$$SELECT * FROM (SELECT pg_temp.columns('bounce_address_standing')
		UNION ALL SELECT 'since timestamp with time zone') s$$,
	'bounce_unmailable has the columns of bounce_address_standing, and since');
SELECT results_eq($$SELECT pg_temp.columns('bounce_confirmed')$$,
	ARRAY['address text', 'cause text', 'stop text', 'reason bounce_reason',
		'confirmed_at timestamp with time zone', 'diagnostic text', 'campaigns text[]'],
	'columns of bounce_confirmed');
SELECT results_eq($$SELECT pg_temp.columns('bounce_outreach')$$,
	ARRAY['campaign text', 'day date', 'address text', 'reason bounce_reason', 'at timestamp with time zone',
		'diagnostic text', 'hard_run integer', 'fail_run integer', 'state bounce_state'],
	'columns of bounce_outreach');
SELECT results_eq($$SELECT pg_temp.columns('bounce_campaign_outcome')$$,
	ARRAY['address text', 'domain text', 'campaign text', 'day date', 'sent_at timestamp with time zone',
		'sent boolean', 'outcome bounce_outcome', 'opened boolean', 'complained boolean', 'unsubscribed boolean'],
	'columns of bounce_campaign_outcome');
SELECT results_eq($$SELECT pg_temp.columns('bounce_campaign_bounce')$$,
	ARRAY['address text', 'domain text', 'campaign text', 'day date', 'sent boolean', 'outcome bounce_outcome',
		'at timestamp with time zone', 'reason bounce_reason', 'status text', 'diagnostic text', 'id bigint'],
	'columns of bounce_campaign_bounce');
SELECT results_eq(
	$$SELECT relname::text COLLATE "default", definition FROM member_column
	WHERE relname IN ('bounce_rate_by_campaign', 'bounce_rate_by_day', 'bounce_rate_by_domain') ORDER BY relname::text, attnum$$,
	$$SELECT 'bounce_rate_by_' || k.name, d.definition::text
	FROM (VALUES ('campaign', ARRAY['campaign text', 'day date']), ('day', '{day date}'), ('domain', '{domain text}')) k(name, keys),
		unnest(k.keys || ARRAY['sent bigint', 'delivered bigint', 'hard bigint', 'soft bigint', 'blocked bigint',
			'pending bigint', 'complaints bigint', 'unsubscribes bigint', 'opens bigint', 'delivered_rate numeric',
			'hard_rate numeric', 'soft_rate numeric', 'blocked_rate numeric', 'complaint_rate numeric',
			'unsubscribe_rate numeric', 'open_rate numeric']) WITH ORDINALITY d(definition, n)
	ORDER BY k.name, d.n$$,
	'rates by campaign, day and domain have the same columns');
SELECT results_eq($$SELECT pg_temp.columns('bounce_rate_by_reason')$$,
	ARRAY['reason bounce_reason', 'hard bigint', 'soft bigint', 'blocked bigint', 'bounced bigint',
		'addresses bigint', 'share numeric', 'rate numeric'],
	'columns of bounce_rate_by_reason');
SELECT results_eq($$SELECT pg_temp.columns('bounce_surge')$$,
	ARRAY['domain text', 'from timestamp with time zone', 'until timestamp with time zone', 'hard bigint',
		'addresses bigint', 'sent bigint', 'bounced bigint', 'share numeric', 'norm numeric', 'factor numeric',
		'reason bounce_reason', 'example text'],
	'columns of bounce_surge');

SELECT results_eq($$SELECT pg_temp.columns('bounce_unrecognised_reply')$$,
	ARRAY['fingerprint text', 'rule text', 'class bounce_class', 'reason bounce_reason', 'events bigint',
		'addresses bigint', 'domains bigint', 'first_at timestamp with time zone',
		'last_at timestamp with time zone', 'example text'],
	'columns of bounce_unrecognised_reply');
SELECT results_eq($$SELECT pg_temp.columns('bounce_unrecognised_mail')$$,
	ARRAY['fingerprint text', 'format text', 'mails bigint', 'senders bigint', 'domains bigint',
		'first_at timestamp with time zone', 'last_at timestamp with time zone', 'example text', 'message_id text'],
	'columns of bounce_unrecognised_mail');

-- What others call our reasons.
SELECT results_eq(
	$$SELECT reason FROM bounce_reason_name ORDER BY reason$$,
	$$SELECT unnest(enum_range(NULL::bounce_reason))$$,
	'every reason has one row of names');
SELECT is_empty(
	$$SELECT * FROM bounce_reason_name WHERE (sparkpost_code IS NULL) <> (sparkpost IS NULL)
		OR (ses_type IS NULL) <> (ses_subtype IS NULL)
		OR crm NOT IN ('bounce_fm', 'bounce_tr', 'bounce_hb', 'bounce_df')$$,
	'names that are pairs are whole, and the CRM knows four');

-- The log can be distributed or partitioned by address.
SELECT is_empty(
	$$SELECT i.indexrelid::regclass FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
	JOIN member_relation c ON c.oid = i.indrelid
	WHERE c.relname = 'bounce_event' AND i.indisunique AND a.attname <> 'address'$$,
	'every unique index of bounce_event begins with the address');
SELECT is_empty(
	$$SELECT k.conrelid::regclass, k.conname FROM pg_constraint k WHERE k.contype = 'f'
	AND (k.conrelid IN (SELECT oid FROM member_relation WHERE relname = 'bounce_event')
		OR k.confrelid IN (SELECT oid FROM member_relation WHERE relname = 'bounce_event'))$$,
	'no foreign key leads to or from bounce_event');

SELECT * FROM finish();
ROLLBACK;
