
--
-- Surges: hours in which a domain bounces far more than it does
--

-- What is usual: with sends, the domain's hard bounces a send; one in fifty until
-- fifty sends say more.  Without, the size of the hour that its hard bounces came
-- in: the mean over the bounces, not over the hours, so that the hours between
-- two mailings do not make each mailing a surge.  The last day before does not
-- say what is usual, or else the second hour of a surge would be as usual as the
-- first; only of a domain that is heard of since then for the first time, its
-- least hour does, after three.
CREATE VIEW @extschema@.bounce_surge AS
	WITH heard AS (
		SELECT b.domain, b.hour, pg_catalog.count(*) FILTER (WHERE b.class = 'hard') AS hard,
			pg_catalog.count(DISTINCT b.address) FILTER (WHERE b.class = 'hard') AS addresses,
			pg_catalog.count(DISTINCT b.address) AS bounced, 0 AS sent
		FROM (SELECT e.address, e.class, pg_catalog.split_part(e.address, '@', -1) AS domain,
				pg_catalog.date_trunc('hour', e.at, 'UTC') AS hour
			FROM @extschema@.bounce_event e
			WHERE e.kind = 'bounce' AND e.void_id IS NULL) b
		GROUP BY b.domain, b.hour
	), told AS (
		SELECT m.domain, m.hour, 0 AS hard, 0 AS addresses, 0 AS bounced, pg_catalog.count(*) AS sent
		FROM (SELECT pg_catalog.split_part(e.address, '@', -1) AS domain,
				pg_catalog.date_trunc('hour', e.sent_at, 'UTC') AS hour
			FROM @extschema@.bounce_event e
			WHERE e.kind = 'sent' AND e.void_id IS NULL) m
		GROUP BY m.domain, m.hour
	), hourly AS (
		SELECT h.* FROM (
			SELECT u.domain, u.hour, pg_catalog.sum(u.hard)::bigint AS hard,
				pg_catalog.sum(u.addresses)::bigint AS addresses,
				pg_catalog.sum(u.bounced)::bigint AS bounced, pg_catalog.sum(u.sent)::bigint AS sent,
				pg_catalog.max(pg_catalog.sum(u.addresses)) OVER (PARTITION BY u.domain) AS most
			FROM (SELECT * FROM heard UNION ALL SELECT * FROM told) u
			GROUP BY u.domain, u.hour) h
		WHERE h.most >= 20
	), history AS (
		SELECT h.domain, h.hour, h.hard, h.addresses, h.bounced,
			pg_catalog.sum(h.sent) OVER lately AS sent,
			pg_catalog.sum(h.addresses) OVER usually AS usual_addresses,
			pg_catalog.sum(h.addresses * h.addresses) OVER usually AS usual_squares,
			pg_catalog.sum(h.sent) OVER usually AS usual_sent,
			CASE WHEN pg_catalog.count(NULLIF(h.addresses, 0)) OVER recently >= 3
				THEN pg_catalog.min(NULLIF(h.addresses, 0)) OVER recently ELSE 0 END AS recent_least
		FROM hourly h
		WINDOW domain AS (PARTITION BY h.domain ORDER BY h.hour),
			lately AS (domain RANGE BETWEEN '1 hour' PRECEDING AND CURRENT ROW),
			recently AS (domain RANGE BETWEEN '23 hours' PRECEDING AND '1 hour' PRECEDING),
			usually AS (domain RANGE BETWEEN '720 hours' PRECEDING AND '24 hours' PRECEDING)
	), expected AS (
		SELECT t.domain, t.hour, t.hard, t.addresses, t.bounced,
			CASE WHEN t.sent >= t.addresses THEN t.sent::bigint END AS sent,
			GREATEST(CASE WHEN t.usual_addresses IS NULL THEN t.recent_least END,
				CASE WHEN t.sent >= t.addresses
					THEN t.sent * (COALESCE(t.usual_addresses, 0) + 1) / (COALESCE(t.usual_sent, 0) + 50)
					ELSE t.usual_squares / NULLIF(t.usual_addresses, 0) END, 0) AS norm
		FROM history t
	)
	SELECT x.domain, x.hour AS "from", x.hour + '1 hour'::interval AS until, x.hard, x.addresses,
		x.sent, x.bounced, @extschema@.bounce_rate(x.addresses, COALESCE(x.sent, x.bounced)) AS share,
		pg_catalog.round(x.norm, 1) AS norm,
		pg_catalog.round(x.addresses / GREATEST(x.norm, 4), 1) AS factor, d.reason, d.example
	FROM expected x,
		LATERAL (SELECT e.reason, pg_catalog.min(e.diagnostic) AS example
			FROM @extschema@.bounce_event e
			WHERE e.at >= x.hour AND e.at < x.hour + '1 hour'::interval AND e.kind = 'bounce'
			AND e.class = 'hard' AND e.void_id IS NULL
			AND pg_catalog.split_part(e.address, '@', -1) = x.domain
			GROUP BY e.reason ORDER BY pg_catalog.count(*) DESC, e.reason LIMIT 1) d
	WHERE x.addresses >= 5 * GREATEST(x.norm, 4)
	ORDER BY x.addresses - x.norm DESC, x.domain, x.hour;

COMMENT ON VIEW @extschema@.bounce_surge IS
	'hours in which a domain said hard to at least five times as many addresses as is usual for it, and to at least 20; those with the most addresses above the norm first';
COMMENT ON COLUMN @extschema@.bounce_surge.domain IS 'domain of the addresses, as in bounce_address()';
COMMENT ON COLUMN @extschema@.bounce_surge."from" IS 'begin of the hour';
COMMENT ON COLUMN @extschema@.bounce_surge.until IS 'end of the hour, not in it any more';
COMMENT ON COLUMN @extschema@.bounce_surge.hard IS 'hard bounces in the hour';
COMMENT ON COLUMN @extschema@.bounce_surge.addresses IS 'addresses that they are of';
COMMENT ON COLUMN @extschema@.bounce_surge.sent IS 'mails sent to the domain in this hour and the one before; NULL where fewer are recorded than addresses bounced hard';
COMMENT ON COLUMN @extschema@.bounce_surge.bounced IS 'addresses with a bounce of any class in the hour';
COMMENT ON COLUMN @extschema@.bounce_surge.share IS 'addresses as a share of sent; where that is NULL, of bounced';
COMMENT ON COLUMN @extschema@.bounce_surge.norm IS 'addresses that were usual: from its hard bounces, and sends where they are recorded, of the 30 days before, the last day left out';
COMMENT ON COLUMN @extschema@.bounce_surge.factor IS 'addresses by norm; a norm below 4 counts as 4';
COMMENT ON COLUMN @extschema@.bounce_surge.reason IS 'the most frequent reason of these bounces';
COMMENT ON COLUMN @extschema@.bounce_surge.example IS 'what the server said in one of them; NULL: nothing';
