-- Valid addresses become keys.
SELECT input, bounce_address(input) FROM (VALUES
	('jane@example.com'),
	('Jane.Doe@Example.COM'),
	('  jane@example.com  '),
	('<jane@example.com>'),
	('Jane Doe <jane@example.com>'),
	('"Doe, Jane" <jane@example.com>'),
	('"a@b" <jane@example.com>'),
	('jane@example.com (Jane Doe)'),
	('(Jane) jane@example.com'),
	('rfc822;jane@example.com'),
	('RFC822; <jane@example.com>'),
	('utf-8;jane@example.com'),
	('mailto:jane@example.com'),
	('<@relay.example,@other.example:jane@example.com>'),
	('jane+news@example.com'),
	('o''hara@example.com'),
	('a!#$%&*+-/=?^_`{|}~z@example.com'),
	('"jane"@example.com'),
	('"jane doe"@example.com'),
	('"jane\"doe"@example.com'),
	('"a..b"@example.com'),
	('jane@[192.0.2.1]'),
	('jane@[IPv6:2001:db8::1]'),
	('jane@localhost'),
	(repeat('x', 64) || '@example.com'),
	('jane@' || repeat('x', 63) || '.example')
) t(input);
-- Mailboxes of two carriers of Japan may have such dots; with quotes or without,
-- they have one key.
SELECT input, bounce_address(input) FROM (VALUES
	('Foo..bar.@docomo.ne.jp'), ('"foo..bar."@docomo.ne.jp'), ('Foo <"foo..bar."@DOCOMO.NE.JP>'),
	('foo.@ezweb.ne.jp'), ('"foo."@ezweb.ne.jp'), ('.foo@docomo.ne.jp'), ('foo..bar@docomo.example')) t(input);
-- A U-label and its A-label are one domain; the local part stays UTF-8.
SELECT bounce_address('jürgen@Bücher.example') AS u, bounce_address('jürgen@xn--bcher-kva.example') AS a;
SELECT bounce_address('用户@例え.テスト');
-- What is no address is NULL.
SELECT input, bounce_address(input) IS NULL AS "null" FROM (VALUES
	(NULL), (''), (' '), ('jane'), ('@example.com'), ('jane@'), ('jane@@example.com'),
	('jane doe@example.com'), ('jane@exam ple.com'), ('.jane@example.com'),
	('jane.@example.com'), ('jane..doe@example.com'), ('jane@-example.com'),
	('jane@example-.com'), ('jane@.example.com'), ('jane@example..com'), ('jane@example.com.'),
	('jane@exa_mple.com'), ('jane@example.com, joe@example.com'), ('<jane@example.com'),
	('"jane@example.com'), ('""@example.com'), ('jane@[]'), ('<>'), ('()'), ('rfc822;'),
	(repeat('x', 65) || '@example.com'), ('jane@' || repeat('x', 64) || '.example'),
	('jane@' || repeat('abcdefgh.', 29) || 'com'), (E'ja\tne@example.com'), (E'ja\nne@example.com'),
	(repeat('(', 100000)), (repeat('a', 1000000) || '@example.com')
) t(input) WHERE bounce_address(input) IS NOT NULL OR length(input) < 60 OR input IS NULL;
-- The same from a table: short, compressed and external values.
CREATE TEMP TABLE stored (a text, b text, c text);
ALTER TABLE stored ALTER b SET STORAGE EXTERNAL, ALTER c SET STORAGE EXTENDED;
INSERT INTO stored SELECT 'Jane@Example.com', 'Jane@Example.com (' || repeat('x', 1000) || ')',
	'Jane@Example.com (' || repeat('x', 1900) || ')';
SELECT bounce_address(a), bounce_address(b), bounce_address(c) FROM stored;
-- It can be indexed.
CREATE TEMP TABLE list (email text);
CREATE INDEX ON list (bounce_address(email));
