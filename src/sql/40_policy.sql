
--
-- Settings
--

CREATE TABLE @extschema@.bounce_policy (
	policy text PRIMARY KEY,
	confirm_after integer NOT NULL DEFAULT 3 CHECK (confirm_after > 0),
	instant boolean NOT NULL DEFAULT true,
	soft_limit integer NOT NULL DEFAULT 7 CHECK (soft_limit > 0),
	soft_limit_engaged integer NOT NULL DEFAULT 15 CHECK (soft_limit_engaged > 0),
	soft_min_days integer NOT NULL DEFAULT 30 CHECK (soft_min_days BETWEEN 0 AND 36500),
	engaged_grace_days integer NOT NULL DEFAULT 0 CHECK (engaged_grace_days BETWEEN 0 AND 36500),
	open_reopens_confirmed boolean NOT NULL DEFAULT false,
	settle_days integer NOT NULL DEFAULT 7 CHECK (settle_days BETWEEN 1 AND 36500),
	known_only boolean NOT NULL DEFAULT false
);

COMMENT ON TABLE @extschema@.bounce_policy IS
	'how events make a state; the row "default" serves where no other is named';
COMMENT ON COLUMN @extschema@.bounce_policy.policy IS 'name, given to bounce_attach()';
COMMENT ON COLUMN @extschema@.bounce_policy.confirm_after IS 'hard campaigns in a row that confirm';
COMMENT ON COLUMN @extschema@.bounce_policy.instant IS 'whether one bounce of an instant reason confirms';
COMMENT ON COLUMN @extschema@.bounce_policy.soft_limit IS 'failing campaigns in a row that confirm an address without a sign of life';
COMMENT ON COLUMN @extschema@.bounce_policy.soft_limit_engaged IS 'the same for an address with a sign of life';
COMMENT ON COLUMN @extschema@.bounce_policy.soft_min_days IS 'days that the failing campaigns must span';
COMMENT ON COLUMN @extschema@.bounce_policy.engaged_grace_days IS 'an instant bounce so few days after a sign of life does not confirm alone; 0 is off';
COMMENT ON COLUMN @extschema@.bounce_policy.open_reopens_confirmed IS 'whether an open, click or reply resets a confirmed address';
COMMENT ON COLUMN @extschema@.bounce_policy.settle_days IS 'days after which bounce_settle() takes mail for delivered of which nothing was heard; of the policy "default" only, and no part of the fold';
COMMENT ON COLUMN @extschema@.bounce_policy.known_only IS 'whether events of addresses that no contact holds are only counted, not logged: where the policies of all attached tables say so; no part of the fold';

-- no foreign key: a parallel restore may load this table first; the trigger that
-- bounce_policy_changed() is asks whether the policy exists
CREATE TABLE @extschema@.bounce_policy_reason (
	policy text NOT NULL,
	reason @extschema@.bounce_reason NOT NULL,
	counts @extschema@.bounce_counts CHECK (counts IN ('hard', 'soft', 'never', 'by_class')),
	instant boolean,
	PRIMARY KEY (policy, reason)
);

COMMENT ON TABLE @extschema@.bounce_policy_reason IS
	'what a policy counts differently for bounces of one reason';
COMMENT ON COLUMN @extschema@.bounce_policy_reason.policy IS 'name of the policy';
COMMENT ON COLUMN @extschema@.bounce_policy_reason.reason IS 'the reason';
COMMENT ON COLUMN @extschema@.bounce_policy_reason.counts IS 'how it counts; NULL: as built in';
COMMENT ON COLUMN @extschema@.bounce_policy_reason.instant IS 'whether one such bounce confirms; NULL: as the verdict says';

INSERT INTO @extschema@.bounce_policy (policy) VALUES ('default');

-- the row "default" comes with the extension, so a restored one must replace it;
-- one that was changed is in the way like any other
CREATE FUNCTION @extschema@.bounce_policy_replace() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
	AS $$
BEGIN
	DELETE FROM @extschema@.bounce_policy p WHERE p.policy = 'default'
		AND (p.confirm_after, p.instant, p.soft_limit, p.soft_limit_engaged, p.soft_min_days,
			p.engaged_grace_days, p.open_reopens_confirmed, p.settle_days, p.known_only)
			= (3, true, 7, 15, 30, 0, false, 7, false);
	RETURN NEW;
END
$$;

COMMENT ON FUNCTION @extschema@.bounce_policy_replace() IS
	'trigger: inserting the policy "default" replaces the one that is there, if it is as it came';

CREATE TRIGGER bounce_policy_replace BEFORE INSERT ON @extschema@.bounce_policy
	FOR EACH ROW WHEN (NEW.policy = 'default') EXECUTE FUNCTION @extschema@.bounce_policy_replace();

COMMENT ON TRIGGER bounce_policy_replace ON @extschema@.bounce_policy IS
	'lets a dump restore the policy "default"';

SELECT pg_catalog.pg_extension_config_dump('@extschema@.bounce_policy', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.bounce_policy_reason', '');

CREATE TYPE @extschema@.bounce_settings AS (
	confirm_after integer,
	instant boolean,
	soft_limit integer,
	soft_limit_engaged integer,
	soft_min_days integer,
	engaged_grace_days integer,
	open_reopens_confirmed boolean,
	reasons @extschema@.bounce_reason[],
	reason_counts @extschema@.bounce_counts[],
	reason_instant boolean[]
);

COMMENT ON TYPE @extschema@.bounce_settings IS
	'a policy and its reasons as one value, for bounce_fold()';
COMMENT ON COLUMN @extschema@.bounce_settings.confirm_after IS
	'hard campaigns in a row that confirm';
COMMENT ON COLUMN @extschema@.bounce_settings.instant IS
	'whether one bounce of an instant reason confirms';
COMMENT ON COLUMN @extschema@.bounce_settings.soft_limit IS
	'failing campaigns in a row that confirm an address without a sign of life';
COMMENT ON COLUMN @extschema@.bounce_settings.soft_limit_engaged IS
	'the same for an address with a sign of life';
COMMENT ON COLUMN @extschema@.bounce_settings.soft_min_days IS
	'days that the failing campaigns must span';
COMMENT ON COLUMN @extschema@.bounce_settings.engaged_grace_days IS
	'an instant bounce so few days after a sign of life does not confirm alone; 0 is off';
COMMENT ON COLUMN @extschema@.bounce_settings.open_reopens_confirmed IS
	'whether an open, click or reply resets a confirmed address';
COMMENT ON COLUMN @extschema@.bounce_settings.reasons IS
	'reasons that the policy counts differently';
COMMENT ON COLUMN @extschema@.bounce_settings.reason_counts IS
	'how each of them counts; NULL: as built in';
COMMENT ON COLUMN @extschema@.bounce_settings.reason_instant IS
	'whether one such bounce confirms; NULL: as the verdict says';

CREATE VIEW @extschema@.bounce_policy_settings AS
	SELECT p.policy, ROW(p.confirm_after, p.instant, p.soft_limit, p.soft_limit_engaged,
			p.soft_min_days, p.engaged_grace_days, p.open_reopens_confirmed,
			r.reasons, r.counts, r.instants)::@extschema@.bounce_settings AS settings
	FROM @extschema@.bounce_policy p,
		LATERAL (SELECT pg_catalog.array_agg(o.reason ORDER BY o.reason) AS reasons,
			pg_catalog.array_agg(o.counts ORDER BY o.reason) AS counts,
			pg_catalog.array_agg(o.instant ORDER BY o.reason) AS instants
		FROM @extschema@.bounce_policy_reason o WHERE o.policy = p.policy) r;

COMMENT ON VIEW @extschema@.bounce_policy_settings IS
	'each policy as one value, for bounce_fold()';
COMMENT ON COLUMN @extschema@.bounce_policy_settings.policy IS 'name of the policy';
COMMENT ON COLUMN @extschema@.bounce_policy_settings.settings IS 'its settings and reasons';
