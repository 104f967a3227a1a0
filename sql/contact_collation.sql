-- The address column has a collation of its own, by which different addresses are equal.
SELECT NOT EXISTS (SELECT FROM pg_collation WHERE collprovider = 'i') AS no_icu \gset
\if :no_icu
\quit
\endif
CREATE COLLATION no_accent (provider = icu, locale = 'und-u-ks-level1', deterministic = false);
CREATE TABLE contact (id int PRIMARY KEY, email text COLLATE no_accent, name text);
INSERT INTO contact VALUES (1, 'jose@example.com'), (2, 'josé@example.com'), (3, 'JOSE@example.com');
SELECT email FROM contact WHERE email = 'jose@example.com' ORDER BY id;
INSERT INTO bounce_policy (policy, confirm_after) VALUES ('strict', 1), ('Strict', 2);
SELECT bounce_attach('contact', policy => 'Strict');
SELECT bounce_record('jose@example.com', 'bounce', '2026-09-10', 'c1', code => '550 5.1.1') > 0;
SELECT id, bounce_state FROM contact ORDER BY id;
SELECT bounce_record('josé@example.com', 'complaint', '2026-09-11') > 0;
SELECT id, bounce_state FROM contact ORDER BY id;
INSERT INTO contact VALUES (4, 'José@example.com') RETURNING bounce_state;
UPDATE contact SET email = 'jose@example.com' WHERE id = 4 RETURNING bounce_state;
SELECT id, (bounce_standing_of(email)).state, (bounce_standing_of(email, 'strict')).state,
	(bounce_standing_at(email, '2026-09-10 12:00')).state, (SELECT count(*) FROM bounce_history(email))
FROM contact ORDER BY id;
SELECT email, address FROM bounce_freeable('contact') ORDER BY email COLLATE "C";
SELECT * FROM bounce_audit('contact');
SELECT bounce_refold('contact');
-- a trigger's change that the collation does not see
CREATE FUNCTION accent() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.email := replace(NEW.email COLLATE "C", 'jose', 'josé'); RETURN NEW; END $$;
CREATE TRIGGER accent BEFORE UPDATE ON contact FOR EACH ROW EXECUTE FUNCTION accent();
UPDATE contact SET name = 'x' WHERE id = 1 RETURNING email, bounce_state;
SELECT * FROM bounce_audit('contact');
-- the index is used, and one that stays is taken again
SET enable_seqscan = off;
EXPLAIN (COSTS off) SELECT FROM contact c WHERE bounce_address(c.email) COLLATE "default" = ANY (ARRAY['a@example.com']);
RESET enable_seqscan;
SELECT bounce_detach('contact');
SELECT bounce_attach('contact');
SELECT count(*) FROM pg_index WHERE indrelid = 'contact'::regclass;
DROP TABLE contact;
DROP FUNCTION accent();
DELETE FROM bounce_policy WHERE policy <> 'default';
TRUNCATE bounce_event;
DROP COLLATION no_accent;
