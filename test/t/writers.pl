#!/usr/bin/env perl
# Sessions that add bounces, opens, sends and contacts, change addresses, delete
# contacts, process mails, make bounces void, fold anew and change a policy, all at once and for the
# same few addresses, some of them several in a statement and in crossing order: none
# fails, none waits for ever, and afterwards bounce_audit() finds nothing.
#
# Transactions of several statements can wait for each other in a circle, whoever
# wrote the statements; one that does what a sign-up form does is tried apart.
#
# usage: writers.pl PGBENCH
#
# The server is found by the PG* variables.
use strict;
use warnings;

use File::Temp qw(tempdir);
use FindBin qw($RealBin);
use lib $RealBin;
use Session;
use Test::More;

my ($pgbench) = @ARGV;
my $clients = 8;
my $seconds = 6;
my $database = 'writers';
my $directory = tempdir(CLEANUP => 1);

# Addresses a1 to a30, campaigns c1 to c5; a transaction each.
my %script = (
	bounce => q{SELECT bounce_record('a' || :a || '@example.com', 'bounce', campaign => 'c' || :c,
		code => '550', diagnostic => 'mailbox is no longer active');},
	send => q{INSERT INTO send SELECT 'a' || n || '@example.com', 'c' || :c
		FROM (VALUES (:a), (:b), (1 + (:a + :b) % 30)) v(n);},
	open => q{INSERT INTO open SELECT 'a' || n || '@example.com', 'c' || :c FROM (VALUES (:a), (:b)) v(n);},
	mail => q{INSERT INTO mail SELECT E'Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; a' || n ||
		E'@example.com\nAction: failed\nStatus: 5.2.2\n' FROM (VALUES (:a), (:b)) v(n);},
	process => q{INSERT INTO queue SELECT E'Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; a' || n ||
		E'@example.com\nAction: failed\nStatus: 5.2.2\n' FROM (VALUES (:a), (:b)) v(n); SELECT bounce_process('queue', 3);},
	known_only => q{UPDATE bounce_policy SET known_only = NOT known_only WHERE policy = 'default';},
	insert => q{INSERT INTO contact (email) SELECT 'a' || n || '@example.com'
		FROM (VALUES (:a), (:b), (1 + (:a + :b) % 30)) v(n);},
	lead => q{INSERT INTO lead (email) SELECT 'a' || n || '@example.com' FROM (VALUES (:a), (:b)) v(n);},
	move => q{UPDATE contact SET email = 'a' || :a || '@example.com' WHERE id = :row;},
	move_many => q{UPDATE contact SET email = 'a' || (1 + (:a + id) % 30) || '@example.com'
		WHERE id BETWEEN :row AND :row + 2;},
	delete => q{DELETE FROM contact WHERE id > 20 AND email = 'a' || :a || '@example.com';},
	void => q{SELECT count(*) FROM bounce_void('example.com', reason => 'mailbox_inactive', dry_run => false);},
	unvoid => q{SELECT count(*) FROM bounce_unvoid('example.com', dry_run => false);},
	refold => q{SELECT bounce_refold('contact');},
	policy => q{UPDATE bounce_policy SET soft_limit = 15 - soft_limit WHERE policy = 'strict';},
	sign_up => q{BEGIN; INSERT INTO contact (email) VALUES ('a' || :a || '@example.com');
		INSERT INTO send VALUES ('a' || :a || '@example.com', 'welcome'); COMMIT;},
);

sub set_up
{
	my ($session) = @_;

	my $said = $session->ask(
		'CREATE EXTENSION bounce',
		'CREATE TABLE contact (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text)',
		'CREATE TABLE lead (email text)',
		'CREATE TABLE mail (raw text)',
		'CREATE TABLE queue (raw text, processed_at timestamptz)',
		'CREATE TABLE send (email text, campaign text)',
		'CREATE TABLE open (email text, campaign text)',
		'CREATE TRIGGER bounce AFTER INSERT ON mail REFERENCING NEW TABLE AS new '
			. q{FOR EACH STATEMENT EXECUTE FUNCTION bounce_inbound('raw')},
		'CREATE TRIGGER bounce AFTER INSERT ON send REFERENCING NEW TABLE AS new '
			. q{FOR EACH STATEMENT EXECUTE FUNCTION bounce_sent('email', 'campaign')},
		'CREATE TRIGGER bounce AFTER INSERT ON open REFERENCING NEW TABLE AS new '
			. q{FOR EACH STATEMENT EXECUTE FUNCTION bounce_opened('email', 'campaign')},
		q{INSERT INTO contact (email) SELECT 'a' || n || '@example.com' FROM generate_series(1, 20) n},
		q{INSERT INTO lead SELECT 'a' || n || '@example.com' FROM generate_series(1, 20) n},
		q{INSERT INTO bounce_policy (policy, confirm_after, known_only) VALUES ('strict', 1, true)},
		q{SELECT bounce_attach('contact') + bounce_attach('lead', policy => 'strict')});
	is($said, '0', 'two contact tables are attached');
}

# Returns what pgbench says.
sub run_scripts
{
	my ($names, $isolation, @options) = @_;
	my @files;

	foreach my $name (@$names)
	{
		my $file = "$directory/$name.sql";
		open my $out, '>', $file or die "$file: $!\n";
		print $out join("\n", '\set a random(1, 30)', '\set b random(1, 30)', '\set c random(1, 5)',
			'\set row random(1, 20)', $script{$name} =~ s/\s*\n\s*/ /gr =~ s/; /;\n/gr), "\n";
		close $out or die "$file: $!\n";
		push @files, '-f', $file;
	}
	local $ENV{PGOPTIONS} = "-c default_transaction_isolation=$isolation";
	open my $in, '-|', "$pgbench -n -c $clients -j 2 -T $seconds @options @files $database 2>&1"
		or die "$pgbench: $!\n";
	local $/;
	my $said = readline $in;
	close $in;
	die "$pgbench: $said\n" if $? != 0 && $said !~ /aborted/;
	return $said;
}

sub test_level
{
	my ($session, $names, $isolation, @options) = @_;
	my $said = run_scripts($names, $isolation, @options);

	my ($done) = $said =~ /^number of transactions actually processed: (\d+)/m;
	cmp_ok($done // 0, '>=', 20 * $clients, "$isolation: there were transactions");
	like($said, qr/^number of failed transactions: 0 /m, "$isolation: none failed");
	unlike($said, qr/ERROR|FATAL/, "$isolation: no error");
	is($session->ask("SELECT count(*) FROM bounce_audit('$_')"), '0', "$isolation: $_ shows what the log says")
		foreach 'contact', 'lead';
}

# A session whose prepared transaction has counted a stranger goes on counting.
sub test_prepared
{
	my ($session) = @_;
	my $before = $session->ask('UPDATE bounce_policy SET known_only = true', 'SELECT coalesce(sum(events), 0) FROM bounce_stranger');
	my @stranger = map { "SELECT bounce_record('stranger$_\@example.com', 'open') IS NULL" } 1 .. 3;

	is( $session->ask(
			'BEGIN', $stranger[0], q{PREPARE TRANSACTION 'stranger'}, q{SET lock_timeout = '10s'}, @stranger[1, 2],
			q{COMMIT PREPARED 'stranger'}, 'RESET lock_timeout',
			"SELECT sum(events) - $before FROM bounce_stranger", 'UPDATE bounce_policy SET known_only = false'),
		"t\nt\nt\n3",
		'strangers are counted beside a prepared transaction');
}

Session->new('postgres')->ask("CREATE DATABASE $database TEMPLATE template0");
my $session = Session->new($database);
set_up($session);
my @single = grep { $_ ne 'sign_up' } sort keys %script;
test_level($session, \@single, 'read\ committed');
test_level($session, ['sign_up', 'bounce', 'send', 'insert', 'move', 'delete'], 'read\ committed');

# what another session has changed is an error there, by which one tries again; what
# changes many contacts or mails would try most of the time
test_level($session, [ grep { !/void|refold|policy|known_only|process/ } @single ], 'repeatable\ read', '--max-tries=100');
cmp_ok($session->ask('SELECT count(DISTINCT kind) FROM bounce_event'), '>=', 3, 'bounces, opens and sends are in the log');
$session->ask(q{SELECT bounce_process('queue')});
is($session->ask('SELECT count(*) FROM queue WHERE processed_at IS NULL'), '0', 'each mail is processed');
cmp_ok($session->ask('SELECT sum(events) FROM bounce_stranger'), '>', 0, 'strangers were counted');
# one that was tried again, too
is($session->ask('SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()'), '0', 'no deadlock');
SKIP:
{
	skip 'max_prepared_transactions is 0', 1 if $session->ask('SHOW max_prepared_transactions') eq '0';
	test_prepared($session);
}
is($session->ask('SELECT count(DISTINCT is_void) FROM bounce_void_decision'), 2, 'bounces were void, and counted again');
done_testing();
