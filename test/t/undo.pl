#!/usr/bin/env perl
# A provider says 5.1.1 to 100 000 good addresses for two hours: undone by one call,
# and a late straggler of that window, too; also after the database was dumped and
# restored.  How long the calls took is told in notes.
#
# usage: undo.pl
#
# The server is found by the PG* variables.
use strict;
use warnings;

use FindBin qw($RealBin);
use lib $RealBin;
use Session;
use Test::More;
use Time::HiRes qw(time);

my $addresses = 100_000;
my $window = q{'gmail.example', '2020-12-14 21:00', '2020-12-14 23:00', 'user_unknown', '%5.1.1%'};
my $states = 'SELECT bounce_state, count(*) FROM contact GROUP BY 1 ORDER BY 1';
my $audit = q{SELECT count(*) FROM bounce_audit('contact')};
my $all = "SELECT count(*), sum(changed), min(state_before), max(state_before), min(state_after), max(state_after) FROM ";
my $directory = $ENV{TMPDIR} // '/tmp';
my $dump = "$directory/undo_dump.$$.sql";

sub run
{
	my ($command) = @_;
	my $said = `$command 2>&1`;
	die "$command: $said\n" if $? != 0;
	return;
}

# What it answers, and how long that took, in a note.
sub ask_timed
{
	my ($session, $name, $statement) = @_;
	my $start = time;
	my $answer = $session->ask($statement);

	note(sprintf '%s: %.1f s', $name, time - $start);
	return $answer;
}

# A bounce of the window that comes late.
sub straggler
{
	my ($session, $n) = @_;

	return $session->ask(
		qq{INSERT INTO inbound SELECT '2020-12-14 22:30', dsn('user$n\@gmail.example')},
		qq{SELECT bounce_state FROM contact WHERE email = 'user$n\@gmail.example'});
}

sub set_up
{
	my ($session) = @_;

	return $session->ask(
		'CREATE EXTENSION bounce',
		'CREATE TABLE contact (email text PRIMARY KEY)',
		q{SELECT FROM bounce_attach('contact')},
		'CREATE TABLE opened (email text, campaign text, opened_at timestamptz)',
		'CREATE TABLE inbound (received_at timestamptz, raw text)',
		q{CREATE TRIGGER bounce AFTER INSERT ON opened REFERENCING NEW TABLE AS new
			FOR EACH STATEMENT EXECUTE FUNCTION bounce_opened('email', 'campaign', 'opened_at')},
		q{CREATE TRIGGER bounce AFTER INSERT ON inbound REFERENCING NEW TABLE AS new
			FOR EACH STATEMENT EXECUTE FUNCTION bounce_inbound('raw', 'received_at')},
		q{CREATE FUNCTION dsn(address text) RETURNS text LANGUAGE sql AS $$
			SELECT format(E'Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; %s\n'
				'Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550-5.1.1 The email account does not exist\n',
				address) $$},
		qq{INSERT INTO contact SELECT 'user' || n || '\@gmail.example' FROM generate_series(0, $addresses) n},

		# some of them are dead, and some have been so for long
		q{INSERT INTO contact SELECT 'dead' || n || '@gmail.example' FROM generate_series(1, 1000) n},
		q{INSERT INTO opened SELECT email, 'c1', '2020-12-01' FROM contact WHERE email LIKE 'user%'},
		q{INSERT INTO inbound SELECT '2020-12-02', dsn(email) FROM contact WHERE email LIKE 'dead%'},
		'ANALYZE');
}

my $session = Session->new('postgres');
is($session->ask('CREATE DATABASE undo TEMPLATE template0'), '', 'a database');
$session = Session->new('undo');
is(set_up($session), '', "$addresses contacts, who have opened");
is($session->ask($states), "active|100001\nconfirmed|1000", 'all are active but the dead');

is( ask_timed(
		$session,
		'the outage',
		qq{INSERT INTO inbound SELECT timestamptz '2020-12-14 21:00' + n * interval '2 hours' / ($addresses + 1),
			dsn('user' || n || '\@gmail.example') FROM generate_series(1, $addresses) n}),
	'',
	'the outage');
is($session->ask($states), "active|1\nconfirmed|101000", 'all are confirmed but one');

is( ask_timed($session, 'dry run', "$all bounce_void($window)"),
	"$addresses|$addresses|confirmed|confirmed|active|active",
	'the dry run shows them');
is($session->ask($states), "active|1\nconfirmed|101000", 'and changes nothing');
is( ask_timed($session, 'void', "$all bounce_void($window, false, 'outage of Gmail')"),
	"$addresses|$addresses|confirmed|confirmed|active|active",
	'one call');
is($session->ask($states), "active|100001\nconfirmed|1000", 'brings all back, and none that is dead');
is($session->ask($audit), 0, 'the contacts are as the log says');
is(straggler($session, 0), 'active', 'a straggler of the window comes void');

my $restored;
run("pg_dump undo >$dump");
run('createdb -T template0 undo_restored');
run("psql -X -q -v ON_ERROR_STOP=1 -d undo_restored -f $dump");
unlink $dump;
$restored = Session->new('undo_restored');
is($restored->ask($states), "active|100001\nconfirmed|1000", 'restored: as it was');
is($restored->ask($audit), 0, 'restored: the contacts are as the log says');
is(straggler($restored, 1), 'active', 'restored: a straggler comes void');
is( $restored->ask(q{SELECT count(*) FROM bounce_unvoid('gmail.example', dry_run => false)},
		'SELECT count(*), max(id) = max(id) FILTER (WHERE NOT is_void) FROM bounce_void_decision'),
	"100001\n2|t",
	'restored: the next decision has a number of its own');

is( ask_timed($session, 'unvoid', "$all bounce_unvoid($window, false)"),
	'100001|100001|active|active|confirmed|confirmed',
	'undone itself');
is($session->ask($states), 'confirmed|101001', 'all are confirmed, the straggler, too');
is($session->ask($audit), 0, 'the contacts are as the log says');
$session->ask(q{INSERT INTO contact VALUES ('late@gmail.example')});
is( $session->ask(q{INSERT INTO inbound SELECT '2020-12-14 22:30', dsn('late@gmail.example')},
		q{SELECT bounce_state FROM contact WHERE email = 'late@gmail.example'}),
	'confirmed',
	'a straggler counts again');
done_testing();
