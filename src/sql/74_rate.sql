
--
-- Rates: each address counts once a campaign, by its outcome
--

-- not STRICT, so that it is inlined
CREATE FUNCTION @extschema@.bounce_rate(part bigint, whole bigint) RETURNS numeric
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN pg_catalog.round(part::numeric OPERATOR(pg_catalog./) NULLIF(whole, 0), 5);

COMMENT ON FUNCTION @extschema@.bounce_rate(bigint, bigint) IS
	'part of a whole, rounded to five digits; NULL where the whole is 0';

CREATE VIEW @extschema@.bounce_rate_by_campaign AS
	SELECT r.campaign, r.day, r.sent, r.delivered, r.hard, r.soft, r.blocked, r.pending,
		r.complaints, r.unsubscribes, r.opens,
		@extschema@.bounce_rate(r.delivered_of_sent, r.sent) AS delivered_rate,
		@extschema@.bounce_rate(r.hard_of_sent, r.sent) AS hard_rate,
		@extschema@.bounce_rate(r.soft_of_sent, r.sent) AS soft_rate,
		@extschema@.bounce_rate(r.blocked_of_sent, r.sent) AS blocked_rate,
		@extschema@.bounce_rate(r.complaints_of_sent, r.sent) AS complaint_rate,
		@extschema@.bounce_rate(r.unsubscribes_of_sent, r.sent) AS unsubscribe_rate,
		@extschema@.bounce_rate(r.opens_of_sent, r.sent) AS open_rate
	FROM (SELECT o.campaign, pg_catalog.min(o.day) AS day,
			pg_catalog.count(*) FILTER (WHERE o.sent) AS sent,
			pg_catalog.count(*) FILTER (WHERE o.outcome = 'delivered') AS delivered,
			pg_catalog.count(*) FILTER (WHERE o.outcome = 'hard') AS hard,
			pg_catalog.count(*) FILTER (WHERE o.outcome = 'soft') AS soft,
			pg_catalog.count(*) FILTER (WHERE o.outcome = 'blocked') AS blocked,
			pg_catalog.count(*) FILTER (WHERE o.outcome IN ('pending', 'neutral')) AS pending,
			pg_catalog.count(*) FILTER (WHERE o.complained) AS complaints,
			pg_catalog.count(*) FILTER (WHERE o.unsubscribed) AS unsubscribes,
			pg_catalog.count(*) FILTER (WHERE o.opened) AS opens,
			pg_catalog.count(*) FILTER (WHERE o.sent AND o.outcome = 'delivered') AS delivered_of_sent,
			pg_catalog.count(*) FILTER (WHERE o.sent AND o.outcome = 'hard') AS hard_of_sent,
			pg_catalog.count(*) FILTER (WHERE o.sent AND o.outcome = 'soft') AS soft_of_sent,
			pg_catalog.count(*) FILTER (WHERE o.sent AND o.outcome = 'blocked') AS blocked_of_sent,
			pg_catalog.count(*) FILTER (WHERE o.sent AND o.complained) AS complaints_of_sent,
			pg_catalog.count(*) FILTER (WHERE o.sent AND o.unsubscribed) AS unsubscribes_of_sent,
			pg_catalog.count(*) FILTER (WHERE o.sent AND o.opened) AS opens_of_sent
		FROM @extschema@.bounce_campaign_outcome o
		GROUP BY o.campaign, CASE WHEN o.campaign IS NULL THEN o.day END) r;

COMMENT ON VIEW @extschema@.bounce_rate_by_campaign IS
	'counts and rates of each campaign; of mail without one, of each UTC day: an address counts once a campaign, by its outcome; the denominator of all rates is sent, and of what was not sent nothing is in a rate';
COMMENT ON COLUMN @extschema@.bounce_rate_by_campaign.campaign IS 'the caller''s name for the mailing; NULL: mail of that day that has none';
COMMENT ON COLUMN @extschema@.bounce_rate_by_campaign.day IS 'UTC day on which the first mail of it went out';
COMMENT ON COLUMN @extschema@.bounce_rate_by_campaign.sent IS 'addresses that mail was sent to: events sent';
COMMENT ON COLUMN @extschema@.bounce_rate_by_campaign.delivered IS 'outcome delivered: reported, settled, or a sign of life in the campaign';
COMMENT ON COLUMN @extschema@.bounce_rate_by_campaign.hard IS 'outcome hard';
COMMENT ON COLUMN @extschema@.bounce_rate_by_campaign.soft IS 'outcome soft';
COMMENT ON COLUMN @extschema@.bounce_rate_by_campaign.blocked IS 'outcome blocked: a bounce that counts as neither, about the sender, the content or a policy';
COMMENT ON COLUMN @extschema@.bounce_rate_by_campaign.pending IS 'no outcome yet: nothing heard, or a notice only';
COMMENT ON COLUMN @extschema@.bounce_rate_by_campaign.complaints IS 'addresses that complained';
COMMENT ON COLUMN @extschema@.bounce_rate_by_campaign.unsubscribes IS 'addresses that unsubscribed';
COMMENT ON COLUMN @extschema@.bounce_rate_by_campaign.opens IS 'addresses that opened, clicked or replied';
COMMENT ON COLUMN @extschema@.bounce_rate_by_campaign.delivered_rate IS 'of the addresses that mail was sent to (sent): the share that delivered counts; NULL where nothing was sent';
COMMENT ON COLUMN @extschema@.bounce_rate_by_campaign.hard_rate IS 'of the addresses that mail was sent to (sent): the share that hard counts; NULL where nothing was sent';
COMMENT ON COLUMN @extschema@.bounce_rate_by_campaign.soft_rate IS 'of the addresses that mail was sent to (sent): the share that soft counts; NULL where nothing was sent';
COMMENT ON COLUMN @extschema@.bounce_rate_by_campaign.blocked_rate IS 'of the addresses that mail was sent to (sent): the share that blocked counts; NULL where nothing was sent';
COMMENT ON COLUMN @extschema@.bounce_rate_by_campaign.complaint_rate IS 'of the addresses that mail was sent to (sent): the share that complaints counts; NULL where nothing was sent';
COMMENT ON COLUMN @extschema@.bounce_rate_by_campaign.unsubscribe_rate IS 'of the addresses that mail was sent to (sent): the share that unsubscribes counts; NULL where nothing was sent';
COMMENT ON COLUMN @extschema@.bounce_rate_by_campaign.open_rate IS 'of the addresses that mail was sent to (sent): the share that opens counts; NULL where nothing was sent';

CREATE VIEW @extschema@.bounce_rate_by_domain AS
	SELECT r.domain, r.sent, r.delivered, r.hard, r.soft, r.blocked, r.pending,
		r.complaints, r.unsubscribes, r.opens,
		@extschema@.bounce_rate(r.delivered_of_sent, r.sent) AS delivered_rate,
		@extschema@.bounce_rate(r.hard_of_sent, r.sent) AS hard_rate,
		@extschema@.bounce_rate(r.soft_of_sent, r.sent) AS soft_rate,
		@extschema@.bounce_rate(r.blocked_of_sent, r.sent) AS blocked_rate,
		@extschema@.bounce_rate(r.complaints_of_sent, r.sent) AS complaint_rate,
		@extschema@.bounce_rate(r.unsubscribes_of_sent, r.sent) AS unsubscribe_rate,
		@extschema@.bounce_rate(r.opens_of_sent, r.sent) AS open_rate
	FROM (SELECT o.domain,
			pg_catalog.count(*) FILTER (WHERE o.sent) AS sent,
			pg_catalog.count(*) FILTER (WHERE o.outcome = 'delivered') AS delivered,
			pg_catalog.count(*) FILTER (WHERE o.outcome = 'hard') AS hard,
			pg_catalog.count(*) FILTER (WHERE o.outcome = 'soft') AS soft,
			pg_catalog.count(*) FILTER (WHERE o.outcome = 'blocked') AS blocked,
			pg_catalog.count(*) FILTER (WHERE o.outcome IN ('pending', 'neutral')) AS pending,
			pg_catalog.count(*) FILTER (WHERE o.complained) AS complaints,
			pg_catalog.count(*) FILTER (WHERE o.unsubscribed) AS unsubscribes,
			pg_catalog.count(*) FILTER (WHERE o.opened) AS opens,
			pg_catalog.count(*) FILTER (WHERE o.sent AND o.outcome = 'delivered') AS delivered_of_sent,
			pg_catalog.count(*) FILTER (WHERE o.sent AND o.outcome = 'hard') AS hard_of_sent,
			pg_catalog.count(*) FILTER (WHERE o.sent AND o.outcome = 'soft') AS soft_of_sent,
			pg_catalog.count(*) FILTER (WHERE o.sent AND o.outcome = 'blocked') AS blocked_of_sent,
			pg_catalog.count(*) FILTER (WHERE o.sent AND o.complained) AS complaints_of_sent,
			pg_catalog.count(*) FILTER (WHERE o.sent AND o.unsubscribed) AS unsubscribes_of_sent,
			pg_catalog.count(*) FILTER (WHERE o.sent AND o.opened) AS opens_of_sent
		FROM @extschema@.bounce_campaign_outcome o
		GROUP BY o.domain) r;

COMMENT ON VIEW @extschema@.bounce_rate_by_domain IS
	'counts and rates of each domain: an address counts once a campaign, by its outcome; the denominator of all rates is sent, and of what was not sent nothing is in a rate';
COMMENT ON COLUMN @extschema@.bounce_rate_by_domain.domain IS 'domain of the addresses, as in bounce_address()';
COMMENT ON COLUMN @extschema@.bounce_rate_by_domain.sent IS 'addresses that mail was sent to: events sent';
COMMENT ON COLUMN @extschema@.bounce_rate_by_domain.delivered IS 'outcome delivered: reported, settled, or a sign of life in the campaign';
COMMENT ON COLUMN @extschema@.bounce_rate_by_domain.hard IS 'outcome hard';
COMMENT ON COLUMN @extschema@.bounce_rate_by_domain.soft IS 'outcome soft';
COMMENT ON COLUMN @extschema@.bounce_rate_by_domain.blocked IS 'outcome blocked: a bounce that counts as neither, about the sender, the content or a policy';
COMMENT ON COLUMN @extschema@.bounce_rate_by_domain.pending IS 'no outcome yet: nothing heard, or a notice only';
COMMENT ON COLUMN @extschema@.bounce_rate_by_domain.complaints IS 'addresses that complained';
COMMENT ON COLUMN @extschema@.bounce_rate_by_domain.unsubscribes IS 'addresses that unsubscribed';
COMMENT ON COLUMN @extschema@.bounce_rate_by_domain.opens IS 'addresses that opened, clicked or replied';
COMMENT ON COLUMN @extschema@.bounce_rate_by_domain.delivered_rate IS 'of the addresses that mail was sent to (sent): the share that delivered counts; NULL where nothing was sent';
COMMENT ON COLUMN @extschema@.bounce_rate_by_domain.hard_rate IS 'of the addresses that mail was sent to (sent): the share that hard counts; NULL where nothing was sent';
COMMENT ON COLUMN @extschema@.bounce_rate_by_domain.soft_rate IS 'of the addresses that mail was sent to (sent): the share that soft counts; NULL where nothing was sent';
COMMENT ON COLUMN @extschema@.bounce_rate_by_domain.blocked_rate IS 'of the addresses that mail was sent to (sent): the share that blocked counts; NULL where nothing was sent';
COMMENT ON COLUMN @extschema@.bounce_rate_by_domain.complaint_rate IS 'of the addresses that mail was sent to (sent): the share that complaints counts; NULL where nothing was sent';
COMMENT ON COLUMN @extschema@.bounce_rate_by_domain.unsubscribe_rate IS 'of the addresses that mail was sent to (sent): the share that unsubscribes counts; NULL where nothing was sent';
COMMENT ON COLUMN @extschema@.bounce_rate_by_domain.open_rate IS 'of the addresses that mail was sent to (sent): the share that opens counts; NULL where nothing was sent';

CREATE VIEW @extschema@.bounce_rate_by_day AS
	SELECT r.day, r.sent, r.delivered, r.hard, r.soft, r.blocked, r.pending,
		r.complaints, r.unsubscribes, r.opens,
		@extschema@.bounce_rate(r.delivered_of_sent, r.sent) AS delivered_rate,
		@extschema@.bounce_rate(r.hard_of_sent, r.sent) AS hard_rate,
		@extschema@.bounce_rate(r.soft_of_sent, r.sent) AS soft_rate,
		@extschema@.bounce_rate(r.blocked_of_sent, r.sent) AS blocked_rate,
		@extschema@.bounce_rate(r.complaints_of_sent, r.sent) AS complaint_rate,
		@extschema@.bounce_rate(r.unsubscribes_of_sent, r.sent) AS unsubscribe_rate,
		@extschema@.bounce_rate(r.opens_of_sent, r.sent) AS open_rate
	FROM (SELECT o.day,
			pg_catalog.count(*) FILTER (WHERE o.sent) AS sent,
			pg_catalog.count(*) FILTER (WHERE o.outcome = 'delivered') AS delivered,
			pg_catalog.count(*) FILTER (WHERE o.outcome = 'hard') AS hard,
			pg_catalog.count(*) FILTER (WHERE o.outcome = 'soft') AS soft,
			pg_catalog.count(*) FILTER (WHERE o.outcome = 'blocked') AS blocked,
			pg_catalog.count(*) FILTER (WHERE o.outcome IN ('pending', 'neutral')) AS pending,
			pg_catalog.count(*) FILTER (WHERE o.complained) AS complaints,
			pg_catalog.count(*) FILTER (WHERE o.unsubscribed) AS unsubscribes,
			pg_catalog.count(*) FILTER (WHERE o.opened) AS opens,
			pg_catalog.count(*) FILTER (WHERE o.sent AND o.outcome = 'delivered') AS delivered_of_sent,
			pg_catalog.count(*) FILTER (WHERE o.sent AND o.outcome = 'hard') AS hard_of_sent,
			pg_catalog.count(*) FILTER (WHERE o.sent AND o.outcome = 'soft') AS soft_of_sent,
			pg_catalog.count(*) FILTER (WHERE o.sent AND o.outcome = 'blocked') AS blocked_of_sent,
			pg_catalog.count(*) FILTER (WHERE o.sent AND o.complained) AS complaints_of_sent,
			pg_catalog.count(*) FILTER (WHERE o.sent AND o.unsubscribed) AS unsubscribes_of_sent,
			pg_catalog.count(*) FILTER (WHERE o.sent AND o.opened) AS opens_of_sent
		FROM @extschema@.bounce_campaign_outcome o
		GROUP BY o.day) r;

COMMENT ON VIEW @extschema@.bounce_rate_by_day IS
	'counts and rates of each day of sending: an address counts once a campaign, by its outcome; the denominator of all rates is sent, and of what was not sent nothing is in a rate';
COMMENT ON COLUMN @extschema@.bounce_rate_by_day.day IS 'UTC day on which the mail went out; what came of it may have come later';
COMMENT ON COLUMN @extschema@.bounce_rate_by_day.sent IS 'addresses that mail was sent to: events sent';
COMMENT ON COLUMN @extschema@.bounce_rate_by_day.delivered IS 'outcome delivered: reported, settled, or a sign of life in the campaign';
COMMENT ON COLUMN @extschema@.bounce_rate_by_day.hard IS 'outcome hard';
COMMENT ON COLUMN @extschema@.bounce_rate_by_day.soft IS 'outcome soft';
COMMENT ON COLUMN @extschema@.bounce_rate_by_day.blocked IS 'outcome blocked: a bounce that counts as neither, about the sender, the content or a policy';
COMMENT ON COLUMN @extschema@.bounce_rate_by_day.pending IS 'no outcome yet: nothing heard, or a notice only';
COMMENT ON COLUMN @extschema@.bounce_rate_by_day.complaints IS 'addresses that complained';
COMMENT ON COLUMN @extschema@.bounce_rate_by_day.unsubscribes IS 'addresses that unsubscribed';
COMMENT ON COLUMN @extschema@.bounce_rate_by_day.opens IS 'addresses that opened, clicked or replied';
COMMENT ON COLUMN @extschema@.bounce_rate_by_day.delivered_rate IS 'of the addresses that mail was sent to (sent): the share that delivered counts; NULL where nothing was sent';
COMMENT ON COLUMN @extschema@.bounce_rate_by_day.hard_rate IS 'of the addresses that mail was sent to (sent): the share that hard counts; NULL where nothing was sent';
COMMENT ON COLUMN @extschema@.bounce_rate_by_day.soft_rate IS 'of the addresses that mail was sent to (sent): the share that soft counts; NULL where nothing was sent';
COMMENT ON COLUMN @extschema@.bounce_rate_by_day.blocked_rate IS 'of the addresses that mail was sent to (sent): the share that blocked counts; NULL where nothing was sent';
COMMENT ON COLUMN @extschema@.bounce_rate_by_day.complaint_rate IS 'of the addresses that mail was sent to (sent): the share that complaints counts; NULL where nothing was sent';
COMMENT ON COLUMN @extschema@.bounce_rate_by_day.unsubscribe_rate IS 'of the addresses that mail was sent to (sent): the share that unsubscribes counts; NULL where nothing was sent';
COMMENT ON COLUMN @extschema@.bounce_rate_by_day.open_rate IS 'of the addresses that mail was sent to (sent): the share that opens counts; NULL where nothing was sent';

CREATE VIEW @extschema@.bounce_rate_by_reason AS
	SELECT r.reason, r.hard, r.soft, r.blocked, r.bounced, r.addresses,
		@extschema@.bounce_rate(r.bounced, (pg_catalog.sum(r.bounced) OVER ())::bigint) AS share,
		@extschema@.bounce_rate(r.bounced_of_sent, (SELECT pg_catalog.count(*)
			FROM @extschema@.bounce_campaign_outcome o WHERE o.sent)) AS rate
	FROM (SELECT b.reason,
			pg_catalog.count(*) FILTER (WHERE b.outcome = 'hard') AS hard,
			pg_catalog.count(*) FILTER (WHERE b.outcome = 'soft') AS soft,
			pg_catalog.count(*) FILTER (WHERE b.outcome = 'blocked') AS blocked,
			pg_catalog.count(*) AS bounced,
			pg_catalog.count(DISTINCT b.address) AS addresses,
			pg_catalog.count(*) FILTER (WHERE b.sent) AS bounced_of_sent
		FROM @extschema@.bounce_campaign_bounce b GROUP BY b.reason) r;

COMMENT ON VIEW @extschema@.bounce_rate_by_reason IS
	'why mail bounced: an address counts once a campaign, by the reason of the bounce that decided';
COMMENT ON COLUMN @extschema@.bounce_rate_by_reason.reason IS 'reason of the bounce that decided';
COMMENT ON COLUMN @extschema@.bounce_rate_by_reason.hard IS 'outcome hard';
COMMENT ON COLUMN @extschema@.bounce_rate_by_reason.soft IS 'outcome soft';
COMMENT ON COLUMN @extschema@.bounce_rate_by_reason.blocked IS 'outcome blocked: a bounce that counts as neither, about the sender, the content or a policy';
COMMENT ON COLUMN @extschema@.bounce_rate_by_reason.bounced IS 'all three';
COMMENT ON COLUMN @extschema@.bounce_rate_by_reason.addresses IS 'of so many addresses';
COMMENT ON COLUMN @extschema@.bounce_rate_by_reason.share IS 'share of all that bounced';
COMMENT ON COLUMN @extschema@.bounce_rate_by_reason.rate IS 'of all mails that were sent: the share that bounced for this reason; NULL where nothing was sent';
