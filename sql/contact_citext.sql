-- The address column is of type citext, or of a domain over it.
SELECT NOT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'citext') AS no_citext \gset
\if :no_citext
\quit
\endif
CREATE EXTENSION citext;
CREATE DOMAIN mail_address AS citext CHECK (VALUE LIKE '%@%');
CREATE TABLE contact (id int PRIMARY KEY, email citext UNIQUE);
CREATE TABLE lead (id int PRIMARY KEY, email mail_address);
SELECT bounce_record('dead@example.com', 'bounce', code => '550 5.1.1') > 0, bounce_record('jÜrgen@example.com', 'suppress') > 0;
SELECT bounce_attach('contact'), bounce_attach('lead');
INSERT INTO contact VALUES (1, 'DEAD@example.com'), (2, 'jürgen@example.com') RETURNING id, bounce_state;
INSERT INTO lead VALUES (1, 'DEAD@example.com'), (2, 'jÜrgen@example.com') RETURNING id, bounce_state;
-- What is equal to citext need not be one address.
UPDATE contact SET email = 'jÜrgen@example.com' WHERE email = 'jürgen@example.com' RETURNING email, bounce_state;
CREATE FUNCTION lower_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.email := replace(NEW.email::text, 'Ü', 'ü'); RETURN NEW; END $$;
CREATE TRIGGER lower_it BEFORE UPDATE ON contact FOR EACH ROW EXECUTE FUNCTION lower_it();
UPDATE contact SET id = 3 WHERE id = 2 RETURNING email, bounce_state;
INSERT INTO contact VALUES (4, 'dead@EXAMPLE.com') ON CONFLICT (email) DO UPDATE SET email = 'good@example.com' RETURNING id, bounce_state;
SELECT bounce_record('good@example.com', 'complaint') > 0, bounce_record('dead@example.com', 'reset', now() + '1 day') > 0;
SELECT id, email, bounce_state FROM contact ORDER BY id;
SELECT id, email, bounce_state FROM lead ORDER BY id;
SELECT * FROM bounce_audit('contact');
SELECT * FROM bounce_audit('lead');
SELECT bounce_count('contact');
BEGIN;
SELECT bounce_detach('contact');
ALTER TABLE contact ALTER COLUMN email TYPE text;
SELECT bounce_attach('contact');
COMMIT;
SELECT id, email, bounce_state FROM contact ORDER BY id;
SELECT * FROM bounce_audit('contact');
SELECT count(*) FROM pg_index WHERE indrelid = 'contact'::regclass;
DROP TABLE contact, lead;
DROP FUNCTION lower_it();
DROP DOMAIN mail_address;
DROP EXTENSION citext;
TRUNCATE bounce_event;
