
--
-- What no rule knows
--

CREATE VIEW @extschema@.bounce_unrecognised_reply AS
	SELECT r.fingerprint, r.rule, r.class, r.reason, pg_catalog.count(*) AS events,
		pg_catalog.count(DISTINCT r.address) AS addresses, pg_catalog.count(DISTINCT r.domain) AS domains,
		pg_catalog.min(r.at) AS first_at, pg_catalog.max(r.at) AS last_at,
		pg_catalog.min(r.diagnostic) AS example
	FROM (SELECT @extschema@.bounce_fingerprint(COALESCE(e.diagnostic, '')) AS fingerprint, e.rule, e.class,
			e.reason, e.address, pg_catalog.split_part(e.address, '@', -1) AS domain, e.at, e.diagnostic
		FROM @extschema@.bounce_event e
		WHERE e.kind = 'bounce' AND e.void_id IS NULL
		AND (e.reason = 'undetermined' OR e.rule ~ '^(code|reply|fallback)\.')) r
	GROUP BY r.fingerprint, r.rule, r.class, r.reason;

COMMENT ON VIEW @extschema@.bounce_unrecognised_reply IS
	'bounces whose words no rule knows, by fingerprint: those that only their code decided, or that are undetermined';
COMMENT ON COLUMN @extschema@.bounce_unrecognised_reply.fingerprint IS 'what they said, see bounce_fingerprint(); empty: nothing';
COMMENT ON COLUMN @extschema@.bounce_unrecognised_reply.rule IS 'the rule that decided for lack of another; NULL: none that is known';
COMMENT ON COLUMN @extschema@.bounce_unrecognised_reply.class IS 'what they counted as: hard, soft or other';
COMMENT ON COLUMN @extschema@.bounce_unrecognised_reply.reason IS 'why, as far as their code says';
COMMENT ON COLUMN @extschema@.bounce_unrecognised_reply.events IS 'how many there are';
COMMENT ON COLUMN @extschema@.bounce_unrecognised_reply.addresses IS 'of so many addresses';
COMMENT ON COLUMN @extschema@.bounce_unrecognised_reply.domains IS 'in so many domains';
COMMENT ON COLUMN @extschema@.bounce_unrecognised_reply.first_at IS 'when the first one happened';
COMMENT ON COLUMN @extschema@.bounce_unrecognised_reply.last_at IS 'when the latest one happened';
COMMENT ON COLUMN @extschema@.bounce_unrecognised_reply.example IS 'one of them, in full';

CREATE VIEW @extschema@.bounce_unrecognised_mail AS
	SELECT m.fingerprint, m.format, pg_catalog.count(*) AS mails,
		pg_catalog.count(DISTINCT m.sender) AS senders, pg_catalog.count(DISTINCT m.domain) AS domains,
		pg_catalog.min(m.received_at) AS first_at, pg_catalog.max(m.received_at) AS last_at,
		(pg_catalog.array_agg(m.subject ORDER BY m.received_at DESC, m.id DESC))[1] AS example,
		(pg_catalog.array_agg(m.message_id ORDER BY m.received_at DESC, m.id DESC))[1] AS message_id
	FROM (SELECT @extschema@.bounce_fingerprint(COALESCE(u.subject, '')) AS fingerprint, u.format, u.sender,
			pg_catalog.lower(pg_catalog.split_part(u.sender, '@', -1)) AS domain, u.received_at, u.subject,
			u.message_id, u.id
		FROM @extschema@.bounce_unrecognised u) m
	GROUP BY m.fingerprint, m.format;

COMMENT ON VIEW @extschema@.bounce_unrecognised_mail IS
	'mail from which no event came, by the fingerprint of its subject and the reader that knew it';
COMMENT ON COLUMN @extschema@.bounce_unrecognised_mail.fingerprint IS 'their subject, see bounce_fingerprint(); empty: none';
COMMENT ON COLUMN @extschema@.bounce_unrecognised_mail.format IS 'the reader that knew them; NULL when none did';
COMMENT ON COLUMN @extschema@.bounce_unrecognised_mail.mails IS 'how many there are';
COMMENT ON COLUMN @extschema@.bounce_unrecognised_mail.senders IS 'from so many addresses';
COMMENT ON COLUMN @extschema@.bounce_unrecognised_mail.domains IS 'in so many domains';
COMMENT ON COLUMN @extschema@.bounce_unrecognised_mail.first_at IS 'when the first one came';
COMMENT ON COLUMN @extschema@.bounce_unrecognised_mail.last_at IS 'when the latest one came';
COMMENT ON COLUMN @extschema@.bounce_unrecognised_mail.example IS 'subject of the latest one';
COMMENT ON COLUMN @extschema@.bounce_unrecognised_mail.message_id IS 'Message-ID of the latest one, by which it is found';
