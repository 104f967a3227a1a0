#!/usr/bin/env perl
# A database is dumped and restored in every manner that pg_dump has: contacts, log,
# settings and decisions are as they were, and what comes later does to each copy what it
# does to the original.
#
# usage: dump.pl
#
# The server is found by the PG* variables.
use strict;
use warnings;

use File::Temp qw(tempdir);
use FindBin qw($RealBin);
use lib $RealBin;
use Session;
use Test::More;

my $directory = tempdir(CLEANUP => 1);
my $source = 'dump_source';
my $schema = '"Bounce Here"';

sub run
{
	my ($command) = @_;
	my $said = `$command 2>&1`;

	is($? == 0 ? '' : "$command: $said", '', 'it runs: ' . substr $command =~ s/\Q$directory\E\///gr, 0, 100);
	return;
}

sub set_up
{
	my ($session) = @_;

	return $session->ask(
		"CREATE SCHEMA $schema",
		"CREATE EXTENSION bounce SCHEMA $schema",
		'CREATE SCHEMA crm',
		qq{CREATE DOMAIN crm.mail AS text CHECK ($schema.bounce_address(VALUE) IS NOT NULL)},
		qq{CREATE TABLE crm."Contact" (id int PRIMARY KEY, "E-Mail" text,
			key text GENERATED ALWAYS AS ($schema.bounce_address("E-Mail")) STORED)},
		'CREATE TABLE crm.lead (region text, email crm.mail) PARTITION BY LIST (region)',
		q{CREATE TABLE crm.lead_north PARTITION OF crm.lead FOR VALUES IN ('north')},
		'CREATE TABLE crm.lead_else PARTITION OF crm.lead DEFAULT',
		'CREATE TABLE mail (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, received_at timestamptz, raw text)',
		'CREATE TABLE sent (email text, campaign text, sent_at timestamptz)',
		'CREATE TABLE opened (email text, campaign text, opened_at timestamptz)',
		qq{CREATE TRIGGER bounce AFTER INSERT ON mail REFERENCING NEW TABLE AS new
			FOR EACH STATEMENT EXECUTE FUNCTION $schema.bounce_inbound('raw', 'received_at')},
		qq{CREATE TRIGGER bounce AFTER INSERT ON sent REFERENCING NEW TABLE AS new
			FOR EACH STATEMENT EXECUTE FUNCTION $schema.bounce_sent('email', 'campaign', 'sent_at')},
		qq{CREATE TRIGGER bounce AFTER INSERT ON opened REFERENCING NEW TABLE AS new
			FOR EACH STATEMENT EXECUTE FUNCTION $schema.bounce_opened('email', 'campaign', 'opened_at')},
		q{CREATE FUNCTION dsn(n int, campaign text, said text) RETURNS text LANGUAGE sql AS $$
			SELECT format(E'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\n'
				'Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; a%s@example.com\nAction: failed\nStatus: 5.0.0\n'
				'Diagnostic-Code: smtp; %s\n\n--b\nContent-Type: text/rfc822-headers\n\nX-Campaign: %s\n\n--b--\n',
				n, said, campaign) $$},

		# another default, and a policy that has reasons of its own
		"UPDATE $schema.bounce_policy SET confirm_after = 2, settle_days = 3",
		qq{INSERT INTO $schema.bounce_policy (policy, instant, soft_limit, soft_min_days) VALUES ('it''s "strict"', false, 2, 0)},
		qq{INSERT INTO $schema.bounce_policy_reason VALUES ('it''s "strict"', 'mailbox_full', 'hard', true),
			('it''s "strict"', 'user_unknown', NULL, NULL), ('default', 'mailbox_inactive', 'hard', NULL)},
		qq{SELECT FROM $schema.bounce_attach('crm."Contact"', 'E-Mail')},
		qq{SELECT FROM $schema.bounce_attach('crm.lead', policy => 'it''s "strict"')},
		q{INSERT INTO crm."Contact" SELECT n, 'A' || n || '@EXAMPLE.com' FROM generate_series(1, 100) n},
		q{INSERT INTO crm."Contact" VALUES (101, NULL), (102, 'no address'), (103, 'a1@example.com')},
		q{INSERT INTO crm.lead SELECT CASE WHEN n % 2 = 0 THEN 'north' ELSE 'south' END, 'a' || n || '@example.com'
			FROM generate_series(1, 100) n},
		q{INSERT INTO sent SELECT 'a' || n || '@example.com', 'c' || c, '2026-09-01'::timestamptz + c * interval '7 days'
			FROM generate_series(1, 100) n, generate_series(1, 3) c},
		q{INSERT INTO mail (received_at, raw) SELECT '2026-09-01 01:00'::timestamptz + c * interval '7 days', dsn(n, 'c' || c,
				CASE n % 3 WHEN 0 THEN '550 mailbox is no longer active' WHEN 1 THEN '552 5.2.2 mailbox full'
				ELSE '550 5.1.1 User unknown' END)
			FROM generate_series(1, 100) n, generate_series(1, 3) c WHERE n % 2 = 0 OR c = 1},
		q{INSERT INTO mail (received_at, raw) VALUES ('2026-09-02', 'no report')},
		q{INSERT INTO opened SELECT 'a' || n || '@example.com', 'other', '2026-09-16' FROM generate_series(1, 100, 7) n},
		qq{SELECT FROM $schema.bounce_record('a5\@example.com', 'complaint', '2026-09-03')},
		qq{SELECT FROM $schema.bounce_void('example.com', '2026-09-01', '2026-09-10', 'user_unknown', '%5.1.1%', dry_run => false, why => 'outage')},
		qq{SELECT FROM $schema.bounce_unvoid('example.com', pattern => '%5.1.1%', until => '2026-09-08 00:30', dry_run => false)},
		qq{SELECT FROM $schema.bounce_settle()},
		"UPDATE $schema.bounce_policy SET known_only = true",
		qq{SELECT FROM $schema.bounce_record('stranger\@example.com', 'open')},
		"UPDATE $schema.bounce_policy SET known_only = false WHERE policy = 'default'");
}

# What comes later: a straggler of the outage, another campaign, a new contact, a decision.
sub go_on
{
	my ($session) = @_;

	return $session->ask(
		q{INSERT INTO mail (received_at, raw) SELECT '2026-09-09 02:00', dsn(n, 'late', '550 5.1.1 User unknown') FROM generate_series(50, 70) n},
		q{INSERT INTO sent SELECT 'a' || n || '@example.com', 'c9', '2026-10-01' FROM generate_series(1, 120) n},
		q{INSERT INTO mail (received_at, raw) SELECT '2026-10-01 02:00', dsn(n, 'c9', '552 5.2.2 mailbox full') FROM generate_series(1, 50) n},
		q{INSERT INTO mail (received_at, raw) VALUES ('2026-10-02', 'no report either')},
		q{INSERT INTO crm."Contact" VALUES (201, 'A50@example.com'), (202, 'a6@example.com')},
		q{UPDATE crm.lead SET region = 'north', email = 'a2@example.com' WHERE email = 'a3@example.com'},
		qq{SELECT FROM $schema.bounce_void(domain => 'example.com', reason => 'mailbox_inactive', dry_run => false)},
		qq{SELECT FROM $schema.bounce_settle()},
		qq{UPDATE $schema.bounce_policy SET soft_limit = 3 WHERE policy <> 'default'});
}

# All that there is, but for when it was written.
my %content = (
	contact => 'SELECT * FROM crm."Contact"',
	lead => 'SELECT tableoid::regclass, * FROM crm.lead',
	log => qq{SELECT (to_jsonb(e) - 'recorded_at')::text FROM $schema.bounce_event e},
	unrecognised => "SELECT * FROM $schema.bounce_unrecognised",
	decisions => qq{SELECT (to_jsonb(d) - 'decided_at')::text FROM $schema.bounce_void_decision d},
	policies => "SELECT * FROM $schema.bounce_policy",
	reasons => "SELECT * FROM $schema.bounce_policy_reason",
	strangers => "SELECT * FROM $schema.bounce_stranger_count",
	attached => "SELECT contact::text, email, policy FROM $schema.bounce_attached",
	standings => "SELECT * FROM $schema.bounce_address_standing",
	triggers => q{SELECT tgrelid::regclass, tgname, tgenabled, tgtype, tgattr, encode(tgargs, 'escape'), tgparentid = 0 FROM pg_trigger WHERE tgrelid::regclass::text ~ '^(crm|mail|sent|opened)' AND NOT tgisinternal},
);

sub content_of
{
	my ($session) = @_;

	return {
		map {
			$_ => $session->ask("SELECT count(*), md5(string_agg(q::text, ' ' ORDER BY q::text COLLATE \"C\")) FROM ($content{$_}) q")
		} keys %content
	};
}

sub test_copy
{
	my ($database, $before, $after) = @_;
	my $session = Session->new($database);

	is_deeply(content_of($session), $before, "$database: all is as it was");
	is($session->ask(qq{SELECT count(*) FROM $schema.bounce_audit('$_')}), '0', "$database: $_ shows what the log says")
		foreach 'crm."Contact"', 'crm.lead';
	is(go_on($session), '', "$database: it goes on");
	is_deeply(content_of($session), $after, "$database: as the original does, also with its numbers");
	is($session->ask(qq{SELECT count(*) FROM $schema.bounce_audit('$_')}), '0', "$database: later, $_ shows what the log says")
		foreach 'crm."Contact"', 'crm.lead';
}

# The list of an archive with the data of contacts before all others, or behind.
sub reorder
{
	my ($archive, $first) = @_;
	my @lines = split /\n/, `pg_restore -l $archive`;
	my $is_contact = qr/ TABLE DATA crm /;
	my @contacts = grep { /$is_contact/ } @lines;
	my @list = grep { !/$is_contact/ } @lines;
	my $is_data = qr/ (?:TABLE DATA|SEQUENCE SET) /;
	my @data = grep { /$is_data/ } @list;
	my ($at) = grep { $list[$_] =~ /$is_data/ } 0 .. $#list;

	@list = grep { !/$is_data/ } @list;
	splice @list, $at, 0, $first ? (@contacts, @data) : (@data, @contacts);
	cmp_ok(scalar @contacts, '==', 3, 'contacts are data of three tables');
	open my $out, '>', "$directory/list" or die "$!\n";
	print $out map { "$_\n" } @list;
	close $out or die "$!\n";
}

run("createdb -T template0 $source");
my $session = Session->new($source);
is(set_up($session), '', 'the original');
my $before = content_of($session);
like($before->{$_}, qr/^[1-9]/, "there is something of it: $_") foreach sort keys %content;
is( $session->ask('SELECT count(DISTINCT bounce_state) FROM crm."Contact"'), '4', 'contacts of four states');
is( $session->ask(qq{SELECT count(*) > 0 FROM $schema.bounce_event WHERE $_}), 't', "events that are $_")
	foreach 'void_id IS NOT NULL', q{rule = 'settled'};

my $psql = 'psql -X -q -v ON_ERROR_STOP=1';
my $archive = "$directory/archive";
run("pg_dump $source >$directory/plain.sql");
run("pg_dump --inserts --rows-per-insert=7 --on-conflict-do-nothing $source >$directory/inserts.sql");
run("pg_dump --section=$_ $source >$directory/$_.sql") foreach 'pre-data', 'data', 'post-data';
run("pg_dump -Fc $source >$archive");

# the original goes on; the copies are of before
is(go_on($session), '', 'the original goes on');
my $after = content_of($session);
isnt($after->{$_}, $before->{$_}, "which changes it: $_") foreach 'contact', 'lead', 'log', 'unrecognised', 'decisions', 'policies';

my %restore = (
	dump_plain => [ "$psql -d dump_plain -f $directory/plain.sql" ],
	dump_inserts => [ "$psql -d dump_inserts -f $directory/inserts.sql" ],
	dump_once => [ "$psql -1 -d dump_once -f $directory/plain.sql" ],
	dump_sections => [ map { "$psql -d dump_sections -f $directory/$_.sql" } 'pre-data', 'data', 'post-data' ],
	dump_custom => [ "pg_restore -e -d dump_custom $archive" ],
	dump_parallel => [ "pg_restore -e -j2 -d dump_parallel $archive" ],
	dump_section_wise => [ map { "pg_restore -e --section=$_ -d dump_section_wise $archive" } 'pre-data', 'data', 'post-data' ],
	dump_contacts_first => [ "pg_restore -e -L $directory/list -d dump_contacts_first $archive" ],
	dump_contacts_last => [ "pg_restore -e -L $directory/list -d dump_contacts_last $archive" ],
);

foreach my $database (sort keys %restore)
{
	reorder($archive, $1 eq 'first') if $database =~ /contacts_(\w+)/;
	run("createdb -T template0 $database");
	run($_) foreach @{ $restore{$database} };
	test_copy($database, $before, $after);
}
run("dropdb $_") foreach sort keys %restore;
done_testing();
