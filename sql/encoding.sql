-- Whatever the encoding of the database, text comes out valid in it.
\set main :DBNAME
CREATE DATABASE bounce_latin1 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
CREATE DATABASE bounce_euc_jp ENCODING 'EUC_JP' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
CREATE DATABASE bounce_ascii ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
\set check 'CREATE EXTENSION bounce; SELECT getdatabaseencoding(), r.recipient, (bounce_classify(NULL, r.diagnostic)).class, octet_length(r.diagnostic) > 0 AS said, r.diagnostic = convert_from(textsend(r.diagnostic), pg_client_encoding()) AS valid FROM (VALUES (''\\xe4''), (''\\xc3a4''), (''\\xe282ac''), (''\\xe381ab''), (''\\x00ff80'')) b(bytes), bounce_parse(convert_to(E''Content-Type: message/delivery-status\\n\\nFinal-Recipient: rfc822; jane@example.com\\nAction: failed\\nDiagnostic-Code: smtp; 550 User unknown '', ''UTF8'') || b.bytes::bytea) r;'
\c bounce_latin1
SET client_encoding = 'LATIN1';
:check
SELECT r.recipient IS NULL AS "no other address" FROM bounce_parse(convert_to(E'Content-Type: message/delivery-status\n\nAction: failed\nFinal-Recipient: utf-8; ', 'LATIN1') || '\xe381ab' || convert_to('@example.com', 'LATIN1')) r;
\c bounce_euc_jp
SET client_encoding = 'EUC_JP';
:check
\c bounce_ascii
:check
\c :main
DROP DATABASE bounce_latin1;
DROP DATABASE bounce_euc_jp;
DROP DATABASE bounce_ascii;
