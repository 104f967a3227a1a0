-- The log under today's rules: first shown, then changed with the contacts.
CREATE TABLE reclassified (name text, email text);
SELECT bounce_attach('reclassified');
INSERT INTO reclassified VALUES ('Ann', 'ann@re.example'), ('Bob', 'bob@re.example'),
	('Cid', 'cid@re.example'), ('Dan', 'dan@re.example');
CREATE TABLE reclassified_mail (raw text);
CREATE TRIGGER inbound AFTER INSERT ON reclassified_mail REFERENCING NEW TABLE AS inserted
	FOR EACH STATEMENT EXECUTE FUNCTION bounce_inbound('raw');
INSERT INTO reclassified_mail SELECT format($$From: MAILER-DAEMON@mx.sender.example
Subject: Undelivered Mail
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.sender.example

Final-Recipient: rfc822; %s
Action: failed
Status: 5.0.0
%sDiagnostic-Code: smtp; %s

--b--
$$, address, host, words) FROM (VALUES
	('ann@re.example', '', '550 wrong door, knock elsewhere'),
	('bob@re.example', E'Remote-MTA: dns; mx.other.example\n', '550 wrong door, knock elsewhere')) m(address, host, words);
SELECT bounce_record('cid@re.example', 'bounce', code => '550', diagnostic => 'wrong door, knock elsewhere') > 0,
	bounce_record('dan@re.example', 'bounce', code => '550', diagnostic => 'wrong door, knock elsewhere', reason => 'policy') > 0;
SELECT name, bounce_state, bounce_reason FROM reclassified ORDER BY name;
SELECT count(*) FROM bounce_reclassify() WHERE address LIKE '%@re.example';

-- here these words mean that there is no such mailbox, at this domain's own host
INSERT INTO bounce_rule (pattern, host, reason) VALUES ('wrong door', 're.example', 'user_unknown');
SELECT address, diagnostic, old_class, old_reason, old_rule, class, reason, regexp_replace(rule, '\d+', 'N') AS rule
FROM bounce_reclassify() WHERE address LIKE '%@re.example';
SELECT name, bounce_state, bounce_reason FROM reclassified ORDER BY name;
SELECT address, class, reason FROM bounce_reclassify('-infinity', false) WHERE address LIKE '%@re.example';
SELECT name, bounce_state, bounce_reason FROM reclassified ORDER BY name;
SELECT * FROM bounce_audit('reclassified');
SELECT address, rule LIKE 'user.%' AS own, rules_version = bounce_rules_version() AS today FROM bounce_event
WHERE address LIKE '%@re.example' ORDER BY address;
SELECT count(*) FROM bounce_reclassify();

-- and back again
DELETE FROM bounce_rule;
SELECT count(*) FROM bounce_reclassify('infinity', false);
SELECT address, class, reason FROM bounce_reclassify('-infinity', false) WHERE address LIKE '%@re.example';
SELECT name, bounce_state, bounce_reason FROM reclassified ORDER BY name;
SELECT * FROM bounce_audit('reclassified');
DROP TABLE reclassified, reclassified_mail;
