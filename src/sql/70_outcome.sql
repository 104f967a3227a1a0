
--
-- What came of each mail: one verdict for an address and campaign
--

CREATE TYPE @extschema@.bounce_outcome AS ENUM
	('pending', 'neutral', 'blocked', 'delivered', 'soft', 'hard');

COMMENT ON TYPE @extschema@.bounce_outcome IS
	'what came of a mail, the strongest last: pending (sent, nothing heard), neutral (a notice only), blocked (a bounce that counts as neither), delivered (reported, or a sign of life in the campaign), soft, hard';

CREATE FUNCTION @extschema@.bounce_outcome(kind @extschema@.bounce_event_kind,
	class @extschema@.bounce_class, reason @extschema@.bounce_reason,
	settings @extschema@.bounce_settings DEFAULT NULL) RETURNS @extschema@.bounce_outcome
	AS 'MODULE_PATHNAME', 'bounce_outcome' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 5;

COMMENT ON FUNCTION @extschema@.bounce_outcome(@extschema@.bounce_event_kind, @extschema@.bounce_class, @extschema@.bounce_reason, @extschema@.bounce_settings) IS
	'what an event says about the mail of its campaign; the greatest of a campaign is its verdict. NULL: it says nothing';

-- An event without a campaign belongs to the UTC day of its sent_at, a sign of
-- life without one to none; as in the fold.
CREATE VIEW @extschema@.bounce_campaign_outcome AS
	SELECT o.address, pg_catalog.split_part(o.address, '@', -1) AS domain, o.campaign,
		pg_catalog.timezone('UTC', o.sent_at)::date AS day, o.sent_at, o.sent, o.outcome,
		o.opened, o.complained, o.unsubscribed
	FROM (SELECT e.address, e.campaign, pg_catalog.min(e.sent_at) AS sent_at,
			pg_catalog.bool_or(e.kind = 'sent') AS sent, pg_catalog.max(e.outcome) AS outcome,
			pg_catalog.bool_or(e.kind IN ('open', 'click', 'reply')) AS opened,
			pg_catalog.bool_or(e.kind = 'complaint') AS complained,
			pg_catalog.bool_or(e.kind = 'unsubscribe') AS unsubscribed
		FROM (SELECT v.address, v.campaign, v.kind, v.sent_at,
				CASE WHEN v.campaign IS NULL THEN pg_catalog.timezone('UTC', v.sent_at)::date END AS bucket,
				@extschema@.bounce_outcome(v.kind, v.class, v.reason,
					(SELECT p.settings FROM @extschema@.bounce_policy_settings p
					WHERE p.policy = 'default')) AS outcome
			FROM @extschema@.bounce_event v
			WHERE v.void_id IS NULL AND v.kind NOT IN ('suppress', 'release', 'reset')
			AND (v.campaign IS NOT NULL OR v.kind NOT IN ('open', 'click', 'reply'))) e
		GROUP BY e.address, e.campaign, e.bucket) o;

COMMENT ON VIEW @extschema@.bounce_campaign_outcome IS
	'what came of each mail: one row an address and campaign (without a campaign: and UTC day), under the policy "default"; rates are counted from it';
COMMENT ON COLUMN @extschema@.bounce_campaign_outcome.address IS 'normalised key, see bounce_address()';
COMMENT ON COLUMN @extschema@.bounce_campaign_outcome.domain IS 'its domain';
COMMENT ON COLUMN @extschema@.bounce_campaign_outcome.campaign IS 'the caller''s name for the mailing; NULL: the day stands for it';
COMMENT ON COLUMN @extschema@.bounce_campaign_outcome.day IS 'UTC day of sent_at';
COMMENT ON COLUMN @extschema@.bounce_campaign_outcome.sent_at IS 'when the mail went out: the earliest that an event says';
COMMENT ON COLUMN @extschema@.bounce_campaign_outcome.sent IS 'whether the log knows that it was sent: an event sent';
COMMENT ON COLUMN @extschema@.bounce_campaign_outcome.outcome IS 'the verdict: the strongest of its events; NULL: nothing but a complaint or an unsubscription was heard';
COMMENT ON COLUMN @extschema@.bounce_campaign_outcome.opened IS 'whether there is an open, a click or a reply that names the campaign';
COMMENT ON COLUMN @extschema@.bounce_campaign_outcome.complained IS 'whether there is a complaint about it';
COMMENT ON COLUMN @extschema@.bounce_campaign_outcome.unsubscribed IS 'whether there is an unsubscription because of it';

-- Bounces are few: what only they decide is asked of them alone.
CREATE VIEW @extschema@.bounce_campaign_bounce AS
	SELECT b.address, pg_catalog.split_part(b.address, '@', -1) AS domain, b.campaign,
		pg_catalog.timezone('UTC', b.sent_at)::date AS day,
		EXISTS (SELECT FROM @extschema@.bounce_event x
			WHERE x.address = b.address AND x.void_id IS NULL AND x.kind = 'sent'
			AND (x.campaign = b.campaign OR (x.campaign IS NULL AND b.campaign IS NULL
				AND pg_catalog.timezone('UTC', x.sent_at)::date = b.bucket))) AS sent,
		b.outcome, b.at, b.reason, b.status, b.diagnostic, b.id
	FROM (SELECT DISTINCT ON (e.address, e.campaign, e.bucket) e.*
		FROM (SELECT v.address, v.campaign, v.sent_at, v.at, v.reason, v.status, v.diagnostic, v.id,
				CASE WHEN v.campaign IS NULL THEN pg_catalog.timezone('UTC', v.sent_at)::date END AS bucket,
				@extschema@.bounce_outcome(v.kind, v.class, v.reason,
					(SELECT p.settings FROM @extschema@.bounce_policy_settings p
					WHERE p.policy = 'default')) AS outcome
			FROM @extschema@.bounce_event v
			WHERE v.void_id IS NULL AND v.kind = 'bounce') e
		ORDER BY e.address, e.campaign, e.bucket, e.outcome DESC, e.at, e.reason, e.id) b
	WHERE b.outcome <> 'blocked' OR NOT EXISTS (SELECT FROM @extschema@.bounce_event x
		WHERE x.address = b.address AND x.void_id IS NULL
		AND ((x.campaign = b.campaign AND x.kind IN ('delivered', 'open', 'click', 'reply'))
			OR (x.campaign IS NULL AND b.campaign IS NULL AND x.kind = 'delivered'
				AND pg_catalog.timezone('UTC', x.sent_at)::date = b.bucket)));

COMMENT ON VIEW @extschema@.bounce_campaign_bounce IS
	'the bounce that decided what came of a mail: one row an address and campaign whose outcome is hard, soft or blocked; the earliest of several, under the policy "default"';
COMMENT ON COLUMN @extschema@.bounce_campaign_bounce.address IS 'normalised key, see bounce_address()';
COMMENT ON COLUMN @extschema@.bounce_campaign_bounce.domain IS 'its domain';
COMMENT ON COLUMN @extschema@.bounce_campaign_bounce.campaign IS 'the caller''s name for the mailing; NULL: the day stands for it';
COMMENT ON COLUMN @extschema@.bounce_campaign_bounce.day IS 'UTC day on which the mail went out, as the bounce says';
COMMENT ON COLUMN @extschema@.bounce_campaign_bounce.sent IS 'whether the log knows that it was sent: an event sent';
COMMENT ON COLUMN @extschema@.bounce_campaign_bounce.outcome IS 'hard, soft or blocked';
COMMENT ON COLUMN @extschema@.bounce_campaign_bounce.at IS 'when the bounce happened';
COMMENT ON COLUMN @extschema@.bounce_campaign_bounce.reason IS 'why';
COMMENT ON COLUMN @extschema@.bounce_campaign_bounce.status IS 'enhanced status code (RFC 3463)';
COMMENT ON COLUMN @extschema@.bounce_campaign_bounce.diagnostic IS 'the server''s words; NULL: none';
COMMENT ON COLUMN @extschema@.bounce_campaign_bounce.id IS 'number of the event in bounce_event';
