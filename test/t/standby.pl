#!/usr/bin/env perl
# A standby shows what its primary shows: contacts, standings and views; and what writes
# says that it cannot.
#
# usage: standby.pl STANDBY_PORT
#
# The primary is found by the PG* variables, its standby by another port; both
# in the same directory.
use strict;
use warnings;

use FindBin qw($RealBin);
use lib $RealBin;
use Session;
use Test::More;

my ($port) = @ARGV;
my $database = 'standby';

sub set_up
{
	my ($session) = @_;

	return $session->ask(
		'CREATE EXTENSION bounce',
		'CREATE TABLE contact (id int PRIMARY KEY, email text)',
		'CREATE TABLE lead (email text, region int) PARTITION BY HASH (region)',
		map({ "CREATE TABLE lead_$_ PARTITION OF lead FOR VALUES WITH (MODULUS 2, REMAINDER $_)" } 0, 1),
		'CREATE TABLE mail (raw text, received_at timestamptz)',
		'CREATE TABLE queue (raw text, processed_at timestamptz)',
		'CREATE TABLE sent (email text, campaign text, sent_at timestamptz)',
		'CREATE TABLE opened (email text, campaign text, opened_at timestamptz)',
		q{CREATE TRIGGER bounce AFTER INSERT ON mail REFERENCING NEW TABLE AS new
			FOR EACH STATEMENT EXECUTE FUNCTION bounce_inbound('raw', 'received_at')},
		q{CREATE TRIGGER bounce AFTER INSERT ON sent REFERENCING NEW TABLE AS new
			FOR EACH STATEMENT EXECUTE FUNCTION bounce_sent('email', 'campaign', 'sent_at')},
		q{CREATE TRIGGER bounce AFTER INSERT ON opened REFERENCING NEW TABLE AS new
			FOR EACH STATEMENT EXECUTE FUNCTION bounce_opened('email', 'campaign', 'opened_at')},
		q{INSERT INTO bounce_policy (policy, confirm_after) VALUES ('strict', 1)},
		q{SELECT FROM bounce_attach('contact')},
		q{SELECT FROM bounce_attach('lead', policy => 'strict')});
}

# Campaigns a week apart; every third address bounces hard, every fifth softly, some open.
sub load
{
	my ($session, $first, $last) = @_;

	return $session->ask(
		qq{INSERT INTO sent SELECT 'a' || n || '\@example.com', 'c' || c, '2026-09-01'::timestamptz + c * interval '7 days'
			FROM generate_series(1, 300) n, generate_series($first, $last) c},
		qq{INSERT INTO mail SELECT format(E'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\n'
				'Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; a%s\@example.com\nAction: failed\nStatus: 5.0.0\n'
				'Diagnostic-Code: smtp; %s\n\n--b\nContent-Type: text/rfc822-headers\n\nX-Campaign: c%s\n\n--b--\n',
				n, CASE WHEN n % 3 = 0 THEN '550 mailbox is no longer active' ELSE '552 5.2.2 mailbox full' END, c),
			'2026-09-01 01:00'::timestamptz + c * interval '7 days'
			FROM generate_series(1, 300) n, generate_series($first, $last) c WHERE n % 3 = 0 OR n % 5 = 0},
		qq{INSERT INTO opened SELECT 'a' || n || '\@example.com', 'other', '2026-09-02'::timestamptz + $first * interval '7 days'
			FROM generate_series(1, 300, 9) n},
		qq{SELECT FROM bounce_record('a' || $first || '\@example.com', 'complaint')},
		qq{SELECT FROM bounce_record('a299\@example.com', 'bounce', code => '550', diagnostic => 'zzz')},
		qq{INSERT INTO mail VALUES ('no report', '2026-09-01')},
		qq{INSERT INTO contact SELECT $first * 1000 + n, 'A' || n || '\@EXAMPLE.com' FROM generate_series(1, 200) n},
		qq{INSERT INTO lead SELECT 'a' || n || '\@example.com', n FROM generate_series(1, 100) n});
}

# The same rows on both, and as many as expected of that.
sub agree
{
	my ($primary, $standby, $query, $name) = @_;
	my $digest = "SELECT count(*), md5(string_agg(q::text, ' ' ORDER BY q::text COLLATE \"C\")) FROM ($query) q";
	my $answer = $primary->ask($digest);

	like($answer, qr/^[1-9]\d*\|/, "$name: there are some");
	is($standby->ask($digest), $answer, "$name: the same on the standby");
}

sub test_agreement
{
	my ($primary, $standby, $when) = @_;

	is($standby->ask('SELECT pg_is_in_recovery()'), 't', "$when: the standby is one");
	foreach my $table ('contact', 'lead')
	{
		is($standby->ask("SELECT count(*) FROM bounce_audit('$table')"), '0', "$when: $table shows what the log says");
		agree($primary, $standby, "SELECT * FROM $table", "$when: $table");
		agree($primary, $standby, "SELECT * FROM bounce_count('$table')", "$when: contacts by state, $table");
	}
	agree($primary, $standby, 'SELECT * FROM bounce_event', "$when: the log");
	agree($primary, $standby,
		"SELECT n, bounce_standing_of('a' || n || '\@example.com') FROM generate_series(1, 301) n",
		"$when: standings");
	agree($primary, $standby,
		"SELECT h.* FROM generate_series(1, 20) n, bounce_history('a' || n || '\@example.com') h", "$when: histories");
	agree($primary, $standby, q{SELECT * FROM bounce_void('example.com')}, "$when: a dry run of bounce_void");
}

sub test_views
{
	my ($primary, $standby) = @_;
	my @views = split /\n/, $primary->ask(
		q{SELECT relname FROM pg_class c JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid
		AND d.deptype = 'e' JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'bounce' WHERE relkind = 'v' ORDER BY 1});

	cmp_ok(scalar @views, '>', 10, 'there are views');
	agree($primary, $standby, "SELECT * FROM $_", "view $_") foreach grep { $_ ne 'bounce_surge' } @views;

	# without a surge, and none is made for this
	is($standby->ask('SELECT count(*) FROM bounce_surge'), $primary->ask('SELECT count(*) FROM bounce_surge'), 'view bounce_surge');
}

# What writes says 25006, on a standby and in any transaction that is read only; and
# changes nothing.
sub test_read_only
{
	my ($session, $where) = @_;

	# \\ ends the command, and the semicolon behind it the next one
	$session->ask('\set VERBOSITY sqlstate \\\\');
	foreach my $statement (
		q{SELECT bounce_record('a1@example.com', 'suppress')},
		q{SELECT bounce_refold('contact')},
		q{SELECT bounce_settle()},
		q{SELECT bounce_process('queue')},
		q{CALL bounce_prune('2020-01-01')},
		q{SELECT bounce_void('example.com', dry_run => false)},
		q{SELECT bounce_unvoid('example.com', dry_run => false)},
		q{SELECT bounce_void(ARRAY[1], false)},
		q{SELECT bounce_reclassify(dry_run => false)},
		q{SELECT bounce_detach('contact')},
		q{SELECT bounce_attach('sent')},
		q{INSERT INTO mail VALUES ('x')},
		q{INSERT INTO contact VALUES (0, 'a1@example.com')},
		q{UPDATE contact SET email = 'a2@example.com'},
		q{UPDATE bounce_policy SET confirm_after = 2},
		q{INSERT INTO bounce_rule (pattern, reason) VALUES ('no such luck', 'policy')})
	{
		is($session->ask($statement), 'ERROR:  25006', "$where: $statement");
	}
	$session->ask('\set VERBOSITY default \\\\');
}

Session->new('postgres')->ask("CREATE DATABASE $database TEMPLATE template0");
my $primary = Session->new($database);
my $witness = Session->new('postgres', port => $port);
is(set_up($primary), '', 'contact tables on the primary');
is(load($primary, 1, 2), '', 'two campaigns');
$primary->wait_for_standby($witness);
my $standby = Session->new($database, port => $port);
test_agreement($primary, $standby, 'at first');

# what a session of the standby has seen before must not be all that it knows
is(load($primary, 3, 4), '', 'two campaigns more');
is( $primary->ask(
		q{SELECT count(*) > 0 FROM bounce_void('example.com', reason => 'mailbox_full', "from" => '2026-09-20', dry_run => false)},
		q{SELECT bounce_settle() > 0},
		q{INSERT INTO bounce_policy_reason (policy, reason, counts) VALUES ('strict', 'mailbox_full', 'hard')},
		q{UPDATE bounce_policy SET known_only = true},
		q{SELECT bounce_record('stranger@example.com', 'open') IS NULL},
		q{UPDATE bounce_policy SET known_only = false}),
	"t\nt\nt",
	'bounces are void, mails settled, a policy changed, a stranger counted');
$primary->wait_for_standby($witness);
test_agreement($primary, $standby, 'later');
test_views($primary, $standby);
test_read_only($standby, 'standby');
is($primary->ask('SET default_transaction_read_only = on'), '', 'the primary, read only');
test_read_only($primary, 'read only');
is($primary->ask('RESET default_transaction_read_only'), '', 'and not any more');
agree($primary, $standby, 'SELECT * FROM bounce_event', 'at last: the log');
done_testing();
