-- MERGE, which PostgreSQL 15 was the first to have.
SELECT bounce_record('dead@example.com', 'bounce', code => '550 5.1.1') > 0, bounce_record('angry@example.com', 'complaint') > 0;
CREATE TABLE contact (id int PRIMARY KEY, email text, note text);
SELECT bounce_attach('contact');
INSERT INTO contact VALUES (1, 'dead@example.com'), (2, 'good@example.com'), (3, 'good@example.com'), (4, 'dead@example.com');
MERGE INTO contact c USING (VALUES (1, 'good@example.com'), (2, 'dead@example.com'), (3, NULL), (4, 'same'),
		(5, 'angry@example.com'), (6, 'no address')) n(id, email) ON c.id = n.id
	WHEN MATCHED AND n.email IS NULL THEN DELETE
	WHEN MATCHED AND n.email = 'same' THEN UPDATE SET note = 'same', bounce_state = 'active'
	WHEN MATCHED THEN UPDATE SET email = n.email
	WHEN NOT MATCHED THEN INSERT (id, email, bounce_state) VALUES (n.id, n.email, 'confirmed');
SELECT id, email, bounce_state, note FROM contact ORDER BY id;
MERGE INTO contact c USING (VALUES (1), (2)) n(id) ON c.id = n.id WHEN MATCHED THEN UPDATE SET note = c.email;
SELECT id, email, bounce_state, note FROM contact ORDER BY id;
SELECT * FROM bounce_audit('contact');
DROP TABLE contact;
TRUNCATE bounce_event;
