-- What differs from one reply to the next is masked, codes and words stay.
SELECT bounce_fingerprint(t) FROM (VALUES
	('550 5.1.1 <jane@example.com>: Recipient address rejected: User unknown in virtual mailbox table'),
	(E'550-5.1.1 The email account that you tried to reach does not exist. Please try\r\n550-5.1.1 double-checking. Learn more at\n550 5.1.1  https://support.google.com/mail/?p=NoSuchUser d9443c01a7336-1f8a4b2c3d.79 - gsmtp'),
	('host mx1.example.com[192.0.2.25] said: 452 4.2.2 mailbox full (12,345 of 10240 KB), queued as 4F3A21C0D9'),
	('421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to user complaints - 4.16.55.1'),
	('550 5.7.1 Service unavailable [2001:db8::25]; Thu, 10 Sep 2026 09:30:00 +0200, 550e8400-e29b-41d4-a716-446655440000'),
	('550 OFR_416 adresse invalide'), ('try again in 300 seconds'), (E' \t\x01'), (''), (NULL)) v(t);
-- It is its own fingerprint, and not longer than it is said to be.
SELECT count(*) AS texts, count(*) FILTER (WHERE f = bounce_fingerprint(f)) AS own, max(octet_length(f)) AS longest
	FROM (SELECT bounce_fingerprint(t) AS f FROM (
		SELECT repeat(chr(n), 600) FROM generate_series(1, 1000) n
		UNION ALL SELECT repeat(' ', 8191) || chr(n) FROM generate_series(1, 1000, 9) n
		UNION ALL SELECT repeat('jane@example.com ', 500000)
		UNION ALL SELECT repeat('a=', 100000) || '1mb-' || repeat('1mb-', 100000)) v(t)) p;
-- From a table, packed, compressed and not; it can be indexed.
CREATE TABLE reply (diagnostic text);
INSERT INTO reply VALUES ('550 x1@example.com'), (repeat('550 x2@example.com ', 1000)), (NULL);
ALTER TABLE reply ALTER diagnostic SET STORAGE EXTERNAL;
INSERT INTO reply SELECT diagnostic || '' FROM reply;
CREATE INDEX ON reply (bounce_fingerprint(diagnostic));
SELECT bounce_fingerprint(diagnostic) IS NULL AS unknown, count(DISTINCT bounce_fingerprint(diagnostic)) FROM reply GROUP BY 1 ORDER BY 1;
DROP TABLE reply;
