
--
-- Types of a report
--

CREATE TYPE @extschema@.bounce_kind AS ENUM
	('failed', 'delayed', 'delivered', 'autoreply', 'complaint', 'challenge', 'unsubscribe');

COMMENT ON TYPE @extschema@.bounce_kind IS
	'what a report says: failed, delayed (still tried), delivered (also relayed, expanded, displayed), an automatic reply, a complaint (RFC 5965); challenge: held until the sender shows that he is a person; unsubscribe: asked for by mail';

CREATE TYPE @extschema@.bounce_class AS ENUM ('hard', 'soft', 'other');

COMMENT ON TYPE @extschema@.bounce_class IS
	'who is at fault: hard (the address is dead), soft (the recipient''s side, may pass), other (about the sender, the content or a policy; or no outcome)';

CREATE TYPE @extschema@.bounce_counts AS ENUM
	('hard', 'soft', 'never', 'stop', 'life', 'by_class');

COMMENT ON TYPE @extschema@.bounce_counts IS
	'how a reason moves the state: as a hard or soft failure, never, as a stop, as a sign of life, or as the class of the verdict says';
