-- The extension installs into a schema of its own and never needs it in the
-- search_path.
CREATE SCHEMA crm_bounce;
CREATE EXTENSION bounce SCHEMA crm_bounce;
SELECT extname, extrelocatable FROM pg_extension WHERE extname = 'bounce';
SELECT crm_bounce.bounce_address('Jane@EXAMPLE.com');
CREATE TABLE elsewhere (email text);
SELECT crm_bounce.bounce_attach('elsewhere');
SELECT crm_bounce.bounce_record('jane@example.com', 'bounce', code => '550 5.1.1') IS NOT NULL;
INSERT INTO elsewhere VALUES ('jane@example.com');
SELECT email, bounce_state FROM elsewhere;
SELECT crm_bounce.bounce_detach('elsewhere');
DROP TABLE elsewhere;
-- dropped and created again in one session, in another schema
DROP EXTENSION bounce;
DROP SCHEMA crm_bounce;
CREATE EXTENSION bounce;
SELECT bounce_address('Jane@EXAMPLE.com');
SELECT (bounce_classify('550', 'No such recipient')).*;
