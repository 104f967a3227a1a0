-- Whatever the encoding of the database, text comes out valid in it.
\set main :DBNAME
CREATE DATABASE bounce_latin1 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
CREATE DATABASE bounce_euc_jp ENCODING 'EUC_JP' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
CREATE DATABASE bounce_ascii ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
\set check 'CREATE EXTENSION bounce; SELECT getdatabaseencoding(), r.recipient, (bounce_classify(NULL, r.diagnostic)).class, octet_length(r.diagnostic) > 0 AS said, r.diagnostic = convert_from(textsend(r.diagnostic), pg_client_encoding()) AS valid FROM (VALUES (''\\xe4''), (''\\xc3a4''), (''\\xe282ac''), (''\\xe381ab''), (''\\x00ff80'')) b(bytes), bounce_parse(convert_to(E''Content-Type: message/delivery-status\\n\\nFinal-Recipient: rfc822; jane@example.com\\nAction: failed\\nDiagnostic-Code: smtp; 550 User unknown '', ''UTF8'') || b.bytes::bytea) r;'
-- ... also a piece of a text that is explained, and a fingerprint, which is its own
\set words 'WITH r AS MATERIALIZED (SELECT n, r.diagnostic FROM generate_series(1, 255, 3) n, bounce_parse(convert_to(E''Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; jane@example.com\nAction: failed\nDiagnostic-Code: smtp; 550 User unknown '', ''UTF8'') || set_byte(''\\x00'', 0, n) || ''user'' || set_byte(''\\xe38100'', 2, n) || ''unknown'' ) r) SELECT count(*) AS texts, count(*) FILTER (WHERE valid) AS valid, count(*) FILTER (WHERE own) AS own FROM (SELECT (SELECT bool_and(convert_from(textsend(x.piece), pg_client_encoding()) = x.piece) FROM bounce_explain(NULL, t, t, t) x) IS NOT FALSE AND convert_from(textsend(f), pg_client_encoding()) = f AS valid, f = bounce_fingerprint(f) AS own FROM (SELECT t, bounce_fingerprint(t) AS f FROM r, LATERAL (SELECT r.diagnostic || repeat(s, 600) FROM unnest(ARRAY['''', '' mailbox full'', r.diagnostic]) s) u(t)) p) q;'
\c bounce_latin1
SET client_encoding = 'LATIN1';
:check
:words
SELECT r.recipient IS NULL AS "no other address" FROM bounce_parse(convert_to(E'Content-Type: message/delivery-status\n\nAction: failed\nFinal-Recipient: utf-8; ', 'LATIN1') || '\xe381ab' || convert_to('@example.com', 'LATIN1')) r;
\c bounce_euc_jp
SET client_encoding = 'EUC_JP';
:check
:words
\c bounce_ascii
:check
:words
SELECT count(*) AS texts, count(*) FILTER (WHERE f = bounce_fingerprint(f) AND f = convert_from(textsend(f), 'UTF8')) AS own FROM (SELECT bounce_fingerprint(convert_from(set_byte('\x5541202055', 2, n) || set_byte('\x20', 0, m), 'SQL_ASCII')) AS f FROM generate_series(1, 255) n, generate_series(1, 255, 7) m) p;
\c :main
:words
DROP DATABASE bounce_latin1;
DROP DATABASE bounce_euc_jp;
DROP DATABASE bounce_ascii;
