-- A log that is big enough is folded by several workers, with no setting changed.
SET timezone = 'UTC';
INSERT INTO bounce_event (address, kind, at, sent_at, campaign, class, reason, instant, void_id)
SELECT 'a' || n * 7919 % 1009 || '@example.com', k.kind, d.at, d.at - n % 4 * interval '1 hour',
	CASE WHEN n % 13 > 0 THEN 'c' || n / 9000 END, k.class, k.reason, false,
	CASE WHEN n % 17 = 0 THEN 1 END
FROM generate_series(1, 150000) n,
LATERAL (SELECT timestamptz '2026-01-01' + n * interval '1 minute' AS at) d,
LATERAL (SELECT (ARRAY['sent', 'bounce', 'bounce', 'delivered', 'open', 'bounce', 'sent']::bounce_event_kind[])[v.i] AS kind,
	(ARRAY[NULL, 'hard', 'soft', NULL, NULL, 'soft', NULL]::bounce_class[])[v.i] AS class,
	(ARRAY[NULL, 'bad_address', 'mailbox_full', NULL, NULL, 'greylisted', NULL]::bounce_reason[])[v.i] AS reason
	FROM (SELECT 1 + n * 31 / 1009 % 7 AS i) v) k;
ANALYZE bounce_event;
CREATE FUNCTION plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || query;
END
$$;
CREATE VIEW folded AS SELECT address,
	bounce_fold(kind, class, reason, instant, campaign, sent_at, at) AS standing
FROM bounce_event WHERE void_id IS NULL GROUP BY address;
SELECT bool_or(line ~ 'Workers Planned') AS workers, bool_or(line ~ 'Partial \w*Aggregate') AS partial
FROM plan('TABLE folded') line;
CREATE TABLE by_workers AS SELECT * FROM folded;
-- One process says the same.
SET max_parallel_workers_per_gather = 0;
SELECT bool_or(line ~ 'Workers Planned') AS workers, bool_or(line ~ 'Partial \w*Aggregate') AS partial
FROM plan('TABLE folded') line;
SELECT count(*), count(*) FILTER (WHERE w.standing IS DISTINCT FROM f.standing) AS different,
	count(DISTINCT w.standing) > 500 AS many
FROM by_workers w FULL JOIN folded f USING (address);
SELECT (standing).state, (standing).cause, count(*) FROM by_workers GROUP BY 1, 2 ORDER BY 1, 2;
RESET max_parallel_workers_per_gather;
DROP TABLE by_workers;
DROP VIEW folded;
DROP FUNCTION plan(text);
TRUNCATE bounce_event;
