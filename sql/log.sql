-- What the log says about the rules that were asked.
CREATE TABLE inbound_mail (raw text);
CREATE TRIGGER bounce AFTER INSERT ON inbound_mail REFERENCING NEW TABLE AS new
	FOR EACH STATEMENT EXECUTE FUNCTION bounce_inbound('raw');
INSERT INTO inbound_mail VALUES
	(E'Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; failed@example.com\nAction: failed\nStatus: 5.1.1\n'),
	(E'Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; delayed@example.com\nAction: delayed\nStatus: 4.4.1\n'),
	(E'Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; delivered@example.com\nAction: delivered\nStatus: 2.0.0\n');
SELECT bounce_record('bounce@example.com', 'bounce', code => '550') > 0,
	bounce_record('given@example.com', 'bounce', code => '550', reason => 'user_unknown') > 0,
	bounce_record('open@example.com', 'open', code => '550') > 0;
SELECT address, kind, reason, rule, rules_version = bounce_rules_version() AS asked
	FROM bounce_event ORDER BY address COLLATE "C";
DROP TABLE inbound_mail;
TRUNCATE bounce_event;
