#!/usr/bin/env perl
# The user's rules where others than the session that wrote them judge: on a
# standby, in parallel workers, and in a database that was restored from a dump.
#
# usage: own_rules.pl STANDBY_PORT
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
my $rows = 100_000;
my $question = q{SELECT reason, rule FROM bounce_classify('550', 'cup runneth over')};
my $unknown = 'undetermined|reply.550';

sub run
{
	my ($command) = @_;
	my $said = `$command 2>&1`;
	die "$command: $said\n" if $? != 0;
	return $said;
}

sub test_standby
{
	my $primary = Session->new('own_rules');
	my $witness = Session->new('postgres', port => $port);

	$primary->wait_for_standby($witness);
	my $standby = Session->new('own_rules', port => $port);
	my $next = sub {
		my ($statement, $expected, $name) = @_;
		is($primary->ask($statement), '', "primary: $statement");
		$primary->wait_for_standby($witness);
		is($standby->ask($question), $expected, "standby: $name");
	};

	is($standby->ask('SELECT pg_is_in_recovery()'), 't', 'the standby is one');
	is($standby->ask($question), $unknown, 'standby: judges without rules of the user');
	$next->(
		q{INSERT INTO bounce_rule (id, pattern, reason) VALUES (1, 'cup runneth over', 'mailbox_full')},
		'mailbox_full|user.1', 'a rule holds that was inserted');
	$next->(
		q{UPDATE bounce_rule SET reason = 'policy'},
		'policy|user.1', 'a rule holds as it was changed');
	$next->(
		q{BEGIN; UPDATE bounce_rule SET reason = 'greylisted'; CHECKPOINT},
		'policy|user.1', 'a change does not hold that is not committed');
	$next->('ROLLBACK', 'policy|user.1', 'nor one that was rolled back');
	$next->('DELETE FROM bounce_rule', $unknown, 'a rule does not hold that was deleted');
	$next->(
		q{COPY bounce_rule (id, pattern, reason) FROM PROGRAM 'printf "2\tcup runneth over\tgreylisted\n"'},
		'greylisted|user.2', 'a rule holds that was copied in');
	is( $standby->ask('SELECT bounce_rules_version()'),
		$primary->ask('SELECT bounce_rules_version()'),
		'standby: the version of the rules is that of the primary');

	# in one snapshot, so that only the rules can be what changes
	is($standby->ask('BEGIN ISOLATION LEVEL REPEATABLE READ', $question),
		'greylisted|user.2', 'standby: in a transaction');
	$next->(
		q{UPDATE bounce_rule SET reason = 'policy'},
		'policy|user.2', 'a rule holds as it was changed, in a transaction that was open');
	is($standby->ask('COMMIT'), '', 'standby: the transaction ends');
	$next->('TRUNCATE bounce_rule', $unknown, 'no rule holds when all were truncated');
	return;
}

# What all the rows are judged to be, in a few bytes.
my $digest = q{SELECT count(*), count(DISTINCT (v).rule),
	sum(hashtextextended(id || (v).class::text || (v).reason || (v).rule || (v).instant, 0))
	FROM (SELECT id, bounce_classify(NULL, diagnostic) AS v FROM reply OFFSET 0) t};
my $by_user = q{SELECT count(*) FROM (SELECT (bounce_classify(NULL, diagnostic)).rule AS rule
	FROM reply OFFSET 0) t WHERE rule LIKE 'user.%'};

# Workers only, however small the table is; or none.
sub parallel
{
	my ($session, $yes) = @_;
	return $session->ask('SET parallel_setup_cost = 0', 'SET parallel_tuple_cost = 0',
		'SET min_parallel_table_scan_size = 0', 'SET parallel_leader_participation = off',
		'SET max_parallel_workers_per_gather = ' . ($yes ? 2 : 0));
}

# The same in parallel and not, and as many rows as expected by a user's rule.
sub test_parallel_and_serial
{
	my ($session, $expected, $name) = @_;

	parallel($session, 0);
	my $serial = $session->ask($digest);
	unlike($session->ask("EXPLAIN $digest"), qr/Gather/, "$name: the serial plan is one");
	is($session->ask($by_user), $expected, "$name: serial, the user's rules decide");

	parallel($session, 1);
	my $plan = $session->ask("EXPLAIN (ANALYZE, VERBOSE, COSTS off, TIMING off) $digest");
	like($plan, qr/Gather.*Workers Launched: [12]\b.*bounce_classify/s, "$name: workers judge")
	  or diag($plan);
	is($session->ask($digest), $serial, "$name: in parallel, the same answers");
	is($session->ask($by_user), $expected, "$name: in parallel, the user's rules decide");
	return $serial;
}

sub test_parallel
{
	my $session = Session->new('own_rules');

	is( $session->ask(
			qq{CREATE TABLE reply AS
			SELECT id, example || CASE WHEN id % 10 = 0 THEN ' cup runneth over' ELSE '' END AS diagnostic
			FROM generate_series(1, $rows) id
			JOIN (SELECT row_number() OVER (ORDER BY rule) AS n, count(*) OVER () AS of, example
				FROM bounce_rules() WHERE example IS NOT NULL) e ON e.n = id % e.of + 1},
			'ANALYZE reply'),
		'',
		"$rows replies");
	my $without = test_parallel_and_serial($session, 0, 'no rule');
	is( $session->ask(
			'BEGIN',
			q{INSERT INTO bounce_rule (id, pattern, reason) VALUES (1, 'cup runneth over', 'mailbox_full')}),
		'',
		'a rule in a transaction');
	my $within = test_parallel_and_serial($session, $rows / 10, 'not committed');
	isnt($within, $without, 'not committed: it changes answers');
	is($session->ask('SAVEPOINT s', q{UPDATE bounce_rule SET reason = 'policy'}),
		'', 'another one in a subtransaction');
	isnt(test_parallel_and_serial($session, $rows / 10, 'subtransaction'),
		$within, 'subtransaction: it changes answers');
	is($session->ask('ROLLBACK TO s'), '', 'it is rolled back');
	is(test_parallel_and_serial($session, $rows / 10, 'subtransaction rolled back'),
		$within, 'subtransaction rolled back: the answers are the old ones');
	is($session->ask('COMMIT'), '', 'the transaction is committed');
	is(test_parallel_and_serial($session, $rows / 10, 'committed'),
		$within, 'committed: the answers are the same');
	is($session->ask('DELETE FROM bounce_rule'), '', 'the rule is deleted');
	is(test_parallel_and_serial($session, 0, 'deleted'),
		$without, 'deleted: the answers are those of before');
	return;
}

sub test_dump
{
	my $table = q{SELECT * FROM bounce_rule ORDER BY id};
	my $source = Session->new('own_rules');

	is( $source->ask(
			q{INSERT INTO bounce_rule (pattern, code, host, command, reason, priority, note) VALUES
			('cup runneth over', NULL, NULL, NULL, 'mailbox_full', 7, E'tab\tand\nline, "quoted" \\\\ ä'),
			(NULL, '450', 'example.com', 'RCPT', 'greylisted', -3, NULL),
			('(no|never) such [a] cup*', '~5', NULL, NULL, 'user_unknown', 1000, '')}),
		'',
		'rules of three kinds');
	run('createdb -T template0 own_rules_restored');
	run('pg_dump own_rules >own_rules.sql && psql -X -q -v ON_ERROR_STOP=1 -d own_rules_restored -f own_rules.sql');
	my $restored = Session->new('own_rules_restored');

	is($restored->ask('SELECT count(*) FROM bounce_rule'), 3, 'restored: all rules are there');
	is($restored->ask($table), $source->ask($table), 'restored: and are as they were');
	is($restored->ask($question), $source->ask($question), 'restored: the rules hold');
	like($restored->ask($question), qr/^mailbox_full\|user\./, 'restored: a rule of the user decides');
	is( $restored->ask('SELECT bounce_rules_version()'),
		$source->ask('SELECT bounce_rules_version()'),
		'restored: the version of the rules is the same');
	is( $restored->ask(
			q{INSERT INTO bounce_rule (pattern, reason) VALUES ('wrong cup', 'policy')
			RETURNING id > (SELECT max(id) FROM bounce_rule)}),
		't',
		'restored: numbers go on behind the highest');
	is( $restored->ask(q{SELECT reason FROM bounce_classify('550', 'wrong cup')}),
		'policy', 'restored: a new rule holds');
	return;
}

my $session = Session->new('postgres');
$session->ask('CREATE DATABASE own_rules TEMPLATE template0');
is(Session->new('own_rules')->ask('CREATE EXTENSION bounce'), '', 'the extension is made');
test_standby();
test_parallel();
test_dump();
done_testing();
