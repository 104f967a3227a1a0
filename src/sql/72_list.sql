
--
-- Lists of addresses
--

CREATE VIEW @extschema@.bounce_address_standing AS
	SELECT f.address, (f.s).state, (f.s).delivery, (f.s).hard_run, (f.s).fail_run, (f.s).cause,
		(f.s).stop, (f.s).confirmed_at, (f.s).reason, (f.s).last_bounce_at
	FROM (SELECT e.address, @extschema@.bounce_fold(e.kind, e.class, e.reason, e.instant, e.campaign,
			e.sent_at, e.at,
			(SELECT p.settings FROM @extschema@.bounce_policy_settings p WHERE p.policy = 'default')) AS s
		FROM @extschema@.bounce_event e WHERE e.void_id IS NULL GROUP BY e.address) f;

COMMENT ON VIEW @extschema@.bounce_address_standing IS
	'standing of every address that the log knows, under the policy "default"';
COMMENT ON COLUMN @extschema@.bounce_address_standing.address IS 'normalised key, see bounce_address()';
COMMENT ON COLUMN @extschema@.bounce_address_standing.state IS 'what a contact row shows';
COMMENT ON COLUMN @extschema@.bounce_address_standing.delivery IS 'active, soft, hard or confirmed: what lies beneath a stop';
COMMENT ON COLUMN @extschema@.bounce_address_standing.hard_run IS 'campaigns from the newest backwards that bounced hard';
COMMENT ON COLUMN @extschema@.bounce_address_standing.fail_run IS 'campaigns from the newest backwards that failed';
COMMENT ON COLUMN @extschema@.bounce_address_standing.cause IS 'why confirmed: instant, consecutive_hard, soft_limit';
COMMENT ON COLUMN @extschema@.bounce_address_standing.stop IS 'complaint, unsubscribe, suppress';
COMMENT ON COLUMN @extschema@.bounce_address_standing.confirmed_at IS 'when the event that confirmed it happened';
COMMENT ON COLUMN @extschema@.bounce_address_standing.reason IS 'reason of the latest counted bounce';
COMMENT ON COLUMN @extschema@.bounce_address_standing.last_bounce_at IS 'when the latest counted bounce happened';

-- since is asked of the log for those that are stopped only: they are few
CREATE VIEW @extschema@.bounce_unmailable AS
	SELECT s.*, CASE WHEN s.stop IS NULL THEN s.confirmed_at ELSE (
			SELECT pg_catalog.min(e.at) FILTER (WHERE e.kind::text = s.stop
				AND (e.at > r.at OR r.at IS NULL))
			FROM @extschema@.bounce_event e, (
				SELECT pg_catalog.max(l.at) FILTER (WHERE l.kind = 'release') AS at
				FROM @extschema@.bounce_event l
				WHERE l.address = s.address AND l.void_id IS NULL) r
			WHERE e.address = s.address AND e.void_id IS NULL) END AS since
	FROM @extschema@.bounce_address_standing s
	WHERE NOT @extschema@.bounce_mailable(s.state);

COMMENT ON VIEW @extschema@.bounce_unmailable IS
	'addresses that must not be mailed, with the cause and since when: confirmed, suppressed, unsubscribed, complained, under the policy "default"';
COMMENT ON COLUMN @extschema@.bounce_unmailable.address IS 'normalised key, see bounce_address()';
COMMENT ON COLUMN @extschema@.bounce_unmailable.state IS 'what a contact row shows';
COMMENT ON COLUMN @extschema@.bounce_unmailable.delivery IS 'active, soft, hard or confirmed: what lies beneath a stop';
COMMENT ON COLUMN @extschema@.bounce_unmailable.hard_run IS 'campaigns from the newest backwards that bounced hard';
COMMENT ON COLUMN @extschema@.bounce_unmailable.fail_run IS 'campaigns from the newest backwards that failed';
COMMENT ON COLUMN @extschema@.bounce_unmailable.cause IS 'why confirmed: instant, consecutive_hard, soft_limit';
COMMENT ON COLUMN @extschema@.bounce_unmailable.stop IS 'complaint, unsubscribe, suppress';
COMMENT ON COLUMN @extschema@.bounce_unmailable.confirmed_at IS 'when the event that confirmed it happened';
COMMENT ON COLUMN @extschema@.bounce_unmailable.reason IS 'reason of the latest counted bounce';
COMMENT ON COLUMN @extschema@.bounce_unmailable.last_bounce_at IS 'when the latest counted bounce happened';
COMMENT ON COLUMN @extschema@.bounce_unmailable.since IS 'when the earliest event of the stop that is shown happened that no release followed; for confirmed: confirmed_at';

-- The campaigns of a run are the newest that failed, up to confirmation: the run
-- has no other failures in between.
CREATE VIEW @extschema@.bounce_confirmed AS
	SELECT s.address, s.cause, s.stop, s.reason, s.confirmed_at, d.diagnostic, c.campaigns
	FROM @extschema@.bounce_address_standing s,
		LATERAL (SELECT (pg_catalog.array_agg(e.diagnostic
				ORDER BY e.at DESC, e.outcome DESC, e.instant DESC NULLS LAST, e.reason, e.id DESC))[1] AS diagnostic
			FROM (SELECT v.at, v.instant, v.reason, v.id, v.diagnostic,
					@extschema@.bounce_outcome(v.kind, v.class, v.reason,
						(SELECT p.settings FROM @extschema@.bounce_policy_settings p
						WHERE p.policy = 'default')) AS outcome
				FROM @extschema@.bounce_event v
				WHERE v.address = s.address AND v.void_id IS NULL AND v.kind = 'bounce'
				AND v.at <= s.confirmed_at) e
			WHERE e.outcome IN ('soft', 'hard')) d,
		LATERAL (SELECT pg_catalog.array_agg(n.name ORDER BY n.sent_at, n.name) AS campaigns
			FROM (SELECT COALESCE(e.campaign, pg_catalog.to_char(e.bucket, 'YYYY-MM-DD')) AS name,
					pg_catalog.min(e.sent_at) AS sent_at
				FROM (SELECT v.campaign, v.sent_at,
						CASE WHEN v.campaign IS NULL THEN pg_catalog.timezone('UTC', v.sent_at)::date END AS bucket,
						@extschema@.bounce_outcome(v.kind, v.class, v.reason,
							(SELECT p.settings FROM @extschema@.bounce_policy_settings p
							WHERE p.policy = 'default')) AS outcome
					FROM @extschema@.bounce_event v
					WHERE v.address = s.address AND v.void_id IS NULL AND v.at <= s.confirmed_at
					AND (v.campaign IS NOT NULL OR v.kind NOT IN ('open', 'click', 'reply'))) e
				WHERE e.outcome IS NOT NULL
				GROUP BY e.campaign, e.bucket HAVING pg_catalog.max(e.outcome) IN ('soft', 'hard')
				ORDER BY pg_catalog.min(e.sent_at) DESC, e.campaign DESC
				LIMIT s.fail_run) n) c
	WHERE s.delivery = 'confirmed';

COMMENT ON VIEW @extschema@.bounce_confirmed IS
	'addresses that are confirmed dead, and what decided it, under the policy "default"; also those that are stopped besides';
COMMENT ON COLUMN @extschema@.bounce_confirmed.address IS 'normalised key, see bounce_address()';
COMMENT ON COLUMN @extschema@.bounce_confirmed.cause IS 'why: instant, consecutive_hard, soft_limit';
COMMENT ON COLUMN @extschema@.bounce_confirmed.stop IS 'complaint, unsubscribe, suppress; NULL when mail is not stopped besides';
COMMENT ON COLUMN @extschema@.bounce_confirmed.reason IS 'reason of the latest bounce that counted';
COMMENT ON COLUMN @extschema@.bounce_confirmed.confirmed_at IS 'when the event that confirmed it happened';
COMMENT ON COLUMN @extschema@.bounce_confirmed.diagnostic IS 'the server''s words in the bounce that decided: the latest up to confirmation; NULL: none';
COMMENT ON COLUMN @extschema@.bounce_confirmed.campaigns IS 'the campaigns in a row that failed, as they were sent; a UTC day where there was no campaign';

CREATE VIEW @extschema@.bounce_outreach AS
	SELECT b.campaign, b.day, b.address, b.reason, b.at, b.diagnostic,
		(l.s).hard_run, (l.s).fail_run, (l.s).state
	FROM @extschema@.bounce_campaign_bounce b,
		LATERAL (SELECT @extschema@.bounce_fold(e.kind, e.class, e.reason, e.instant, e.campaign,
				e.sent_at, e.at,
				(SELECT p.settings FROM @extschema@.bounce_policy_settings p WHERE p.policy = 'default')) AS s,
			pg_catalog.max(e.at) FILTER (WHERE e.kind = 'bounce'
				AND (e.campaign = b.campaign OR (e.campaign IS NULL AND b.campaign IS NULL
					AND pg_catalog.timezone('UTC', e.sent_at)::date = b.day))) AS bounced_at,
			pg_catalog.max(e.at) FILTER (WHERE
				(e.campaign = b.campaign AND e.kind IN ('delivered', 'open', 'click', 'reply'))
				OR (e.campaign IS NULL AND b.campaign IS NULL AND e.kind = 'delivered'
					AND pg_catalog.timezone('UTC', e.sent_at)::date = b.day)) AS arrived_at
			FROM @extschema@.bounce_event e
			WHERE e.address = b.address AND e.void_id IS NULL) l
	WHERE b.outcome = 'soft' AND @extschema@.bounce_mailable((l.s).state)
	AND (l.arrived_at > l.bounced_at) IS NOT TRUE;

COMMENT ON VIEW @extschema@.bounce_outreach IS
	'whom to mail again after a campaign: its verdict is soft, nothing shows that the mail arrived after all, and the address may be mailed, under the policy "default"';
COMMENT ON COLUMN @extschema@.bounce_outreach.campaign IS 'the caller''s name for the mailing; NULL: the day stands for it';
COMMENT ON COLUMN @extschema@.bounce_outreach.day IS 'UTC day on which the mail went out, as the bounce says';
COMMENT ON COLUMN @extschema@.bounce_outreach.address IS 'normalised key, see bounce_address()';
COMMENT ON COLUMN @extschema@.bounce_outreach.reason IS 'of the bounce that decided: the earliest soft one';
COMMENT ON COLUMN @extschema@.bounce_outreach.at IS 'when it happened';
COMMENT ON COLUMN @extschema@.bounce_outreach.diagnostic IS 'the server''s words; NULL: none';
COMMENT ON COLUMN @extschema@.bounce_outreach.hard_run IS 'campaigns from the newest backwards that bounced hard, as of now';
COMMENT ON COLUMN @extschema@.bounce_outreach.fail_run IS 'campaigns from the newest backwards that failed, as of now';
COMMENT ON COLUMN @extschema@.bounce_outreach.state IS 'state of the address now: active, soft or hard';
