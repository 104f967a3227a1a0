
--
-- Lists
--

CREATE VIEW @extschema@.bounce_address_standing AS
	SELECT f.address, (f.s).state, (f.s).delivery, (f.s).hard_run, (f.s).fail_run, (f.s).cause,
		(f.s).stop, (f.s).confirmed_at, (f.s).reason, (f.s).last_bounce_at
	FROM (SELECT e.address, @extschema@.bounce_fold(e.kind, e.class, e.reason, e.instant, e.campaign,
			e.sent_at, e.at,
			(SELECT p.settings FROM @extschema@.bounce_policy_settings p WHERE p.policy = 'default')) AS s
		FROM @extschema@.bounce_event e GROUP BY e.address) f;

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

CREATE VIEW @extschema@.bounce_unmailable AS
	SELECT s.* FROM @extschema@.bounce_address_standing s
	WHERE NOT @extschema@.bounce_mailable(s.state);

COMMENT ON VIEW @extschema@.bounce_unmailable IS
	'addresses that must not be mailed, with the cause: confirmed, suppressed, unsubscribed, complained';
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
