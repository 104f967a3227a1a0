#!/usr/bin/env perl
# The server is killed while sessions bring mail, opens and contacts: after recovery the
# contacts show what the log says, the log holds whole transactions, all that were told
# to be committed among them, and the load goes on.
#
# In every other round only a session is killed, upon which the server restarts by itself.
# The server writes to the operating system before it says that a transaction is committed,
# and that does not crash here: so this is about recovery from the log of the server, and
# not about disks.
#
# usage: crash.pl PORT DATA_DIRECTORY
#
# The server is found by the PG* variables, but for the port; it has to be one that
# somebody starts again when it ends.
use strict;
use warnings;

use File::Temp qw(tempdir);
use FindBin qw($RealBin);
use lib $RealBin;
use Session;
use Test::More;
use Time::HiRes qw(sleep time);

my ($port, $data) = @ARGV;
my $database = 'crash';
my $clients = 4;
my $rounds = 6;
my $addresses = 200;
my $seed = time;
my $directory = tempdir(CLEANUP => 1);

# sessions end while they are spoken to
$SIG{PIPE} = 'IGNORE';

# Each transaction writes so many of these.
my %rows = (mail => 3, opened => 2, contact => 1, flash => 1);
my $events = $rows{mail} + $rows{opened};

sub connect_to
{
	my ($name) = @_;
	return Session->new($name, port => $port);
}

sub set_up
{
	my ($session) = @_;

	return $session->ask(
		'CREATE EXTENSION bounce',
		'CREATE TABLE contact (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text)',
		'CREATE TABLE lead (id int PRIMARY KEY, email text) PARTITION BY HASH (id)',
		map({ "CREATE TABLE lead_$_ PARTITION OF lead FOR VALUES WITH (MODULUS 2, REMAINDER $_)" } 0, 1),
		'CREATE UNLOGGED TABLE flash (email text)',
		'CREATE TABLE mail (raw text)',
		'CREATE TABLE opened (email text, campaign text)',
		'CREATE TABLE done (campaign text PRIMARY KEY)',
		q{CREATE TRIGGER bounce AFTER INSERT ON mail REFERENCING NEW TABLE AS new
			FOR EACH STATEMENT EXECUTE FUNCTION bounce_inbound('raw')},
		q{CREATE TRIGGER bounce AFTER INSERT ON opened REFERENCING NEW TABLE AS new
			FOR EACH STATEMENT EXECUTE FUNCTION bounce_opened('email', 'campaign')},
		q{CREATE FUNCTION dsn(address text, campaign text) RETURNS text LANGUAGE sql AS $$
			SELECT format(E'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\n'
				'Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; %s\nAction: failed\nStatus: 5.0.0\n'
				'Diagnostic-Code: smtp; %s\n\n--b\nContent-Type: text/rfc822-headers\n\nX-Campaign: %s\n\n--b--\n',
				address, CASE WHEN campaign LIKE '%7' THEN '550 mailbox is no longer active' ELSE '552 5.2.2 mailbox full' END,
				campaign) $$},
		q{INSERT INTO bounce_policy (policy, confirm_after) VALUES ('strict', 1)},
		q{SELECT FROM bounce_attach('contact')},
		q{SELECT FROM bounce_attach('lead', policy => 'strict')},
		q{SELECT FROM bounce_attach('flash')},
		qq{INSERT INTO lead SELECT n, 'a' || n || '\@example.com' FROM generate_series(1, $addresses) n});
}

# One transaction, of statements that each do their part of it.
sub transaction
{
	my ($campaign) = @_;
	my @n = map { 1 + int rand $addresses } 1 .. 4;
	my @mail = sort { $a <=> $b } @n[ 0 .. 2 ];
	my $mailed = join ', ', map { "('a$_\@example.com')" } @mail;

	return (
		'BEGIN',
		"INSERT INTO mail SELECT dsn(a, '$campaign') FROM (VALUES $mailed) v(a)",
		"INSERT INTO opened VALUES ('a$mail[0]\@example.com', '$campaign'), ('a$mail[1]\@example.com', '$campaign')",
		"INSERT INTO contact (email) VALUES ('a$n[3]\@example.com')",
		"INSERT INTO flash (email) VALUES ('a$n[3]\@example.com')",
		"UPDATE lead SET email = 'a$n[3]\@example.com' WHERE id = $n[0]",
		"INSERT INTO done VALUES ('$campaign')",
		'COMMIT');
}

# A client: transactions until the server is gone.  Writes which ones it was told to be
# committed.  Two that wait for each other are an error of one, which is not repeated.
sub load
{
	my ($round, $client) = @_;
	my $session = connect_to($database);
	my $n = 0;

	srand $seed + 1000 * $round + $client;
	$session->ask(q{SET deadlock_timeout = '20ms'});
	open my $told, '>', "$directory/$round.$client" or die "$!\n";
	$told->autoflush(1);
	while (1)
	{
		my $campaign = sprintf 'r%dc%dn%d', $round, $client, ++$n;
		my $said = $session->ask(transaction($campaign));

		if ($said eq '')
		{
			print $told "$campaign\n";
		}
		elsif ($said !~ /deadlock detected/)
		{
			return;
		}
	}
}

sub start_clients
{
	my ($round) = @_;
	my @pids;

	foreach my $client (1 .. $clients)
	{
		my $pid = fork // die "fork: $!\n";
		if ($pid == 0)
		{
			eval { load($round, $client) };

			# no destructors of the parent's sessions
			require POSIX;
			POSIX::_exit(0);
		}
		push @pids, $pid;
	}
	return @pids;
}

sub postmaster
{
	open my $in, '<', "$data/postmaster.pid" or return 0;
	my $pid = readline $in;
	chomp $pid;
	return $pid;
}

sub started_at
{
	return connect_to('postgres')->ask('SELECT extract(epoch FROM pg_postmaster_start_time())');
}

# Until it takes connections again, which it did not before it had recovered.
sub wait_for_start
{
	my ($before) = @_;

	foreach (1 .. 600)
	{
		my $said = eval { started_at() } // '';
		return if $said =~ /^\d/ && $said ne $before;
		sleep 0.1;
	}
	die "the server does not start again\n";
}

# Kills the server, or one session of it, in mid-load; returns when the server was
# started, if it has to be started again.
sub kill_server
{
	my ($whole) = @_;

	if ($whole)
	{
		my $pid = postmaster();
		my $before = started_at();

		kill 'QUIT', $pid or die "could not end the server: $!\n";
		return $before;
	}
	my $pid = connect_to('postgres')->ask(
		"SELECT pid FROM pg_stat_activity WHERE datname = '$database' AND xact_start IS NOT NULL LIMIT 1");
	$pid = connect_to('postgres')->ask("SELECT pid FROM pg_stat_activity WHERE datname = '$database' LIMIT 1") if $pid eq '';
	kill 'KILL', $pid or die "could not kill the session $pid: $!\n";
	return '';
}

sub told
{
	my %told;

	foreach my $file (glob "$directory/*")
	{
		open my $in, '<', $file or die "$file: $!\n";
		while (my $line = readline $in)
		{
			chomp $line;
			$told{$line} = 1;
		}
	}
	return \%told;
}

sub test_round
{
	my ($round) = @_;
	my $whole = $round % 2;
	my $session = connect_to($database);
	my $earlier = keys %{ told() };
	srand $seed + $round;
	my $seconds = 0.5 + rand 1.5;
	my @pids = start_clients($round);

	sleep $seconds / 2;
	$session->ask('CHECKPOINT') if $round % 3 == 0;
	sleep $seconds / 2;
	my $before = kill_server($whole);
	my $name = sprintf '%s killed after %.2f s', $whole ? 'server' : 'session', $seconds;
	waitpid $_, 0 foreach @pids;
	wait_for_start($before);

	$session = connect_to($database);
	is($session->ask('SELECT count(*) FROM flash'), '0', "$name: the unlogged table is empty: it has crashed");
	my $told = told();
	cmp_ok(keys(%$told) - $earlier, '>=', $clients, "$name: there were transactions");
	my %done = map { $_ => 1 } split /\n/, $session->ask('SELECT campaign FROM done');
	is_deeply([ grep { !$done{$_} } keys %$told ], [], "$name: none is lost that was committed");
	note(keys(%$told) . ' transactions were told of, ' . keys(%done) . ' are there');
	is( $session->ask(
			qq{SELECT count(*) FROM (SELECT campaign, count(*) AS n FROM bounce_event GROUP BY 1) e
			FULL JOIN done d USING (campaign) WHERE (e.n = $events AND d.campaign IS NOT NULL) IS NOT TRUE}),
		'0', "$name: the log holds whole transactions");
	foreach my $table (grep { $_ ne 'flash' } sort keys %rows)
	{
		is( $session->ask("SELECT (SELECT count(*) FROM $table) = $rows{$table} * (SELECT count(*) FROM done)"),
			't', "$name: and so does $table");
	}
	is($session->ask("SELECT count(*) FROM bounce_audit('$_')"), '0', "$name: $_ shows what the log says")
		foreach 'contact', 'lead', 'flash';
	is( $session->ask('SELECT count(*) FROM bounce_event e GROUP BY id HAVING count(*) > 1'),
		'', "$name: no number of an event was given twice");
	is($session->ask('SELECT count(DISTINCT bounce_state) >= 3 FROM contact'), 't', "$name: contacts of several states");

	# the next one, by hand
	is($session->ask(transaction("after$round")), '', "$name: the load goes on");
	is( $session->ask(
			q{SELECT bounce_record('dead@example.com', 'bounce', code => '550 5.1.1', campaign => 'dead') > 0},
			q{INSERT INTO flash VALUES ('dead@example.com')},
			q{SELECT bounce_state FROM flash WHERE email LIKE 'dead%'},
			q{SELECT count(*) FROM bounce_audit('flash')},
			q{DELETE FROM bounce_event WHERE campaign = 'dead'},
			q{DELETE FROM flash WHERE email LIKE 'dead%'}),
		"t\nconfirmed\n0", "$name: the unlogged table is kept up as before");
}

note("seed $seed");
connect_to('postgres')->ask("CREATE DATABASE $database TEMPLATE template0");
is(set_up(connect_to($database)), '', 'three contact tables, one partitioned, one unlogged');
test_round($_) foreach 1 .. $rounds;
done_testing();
