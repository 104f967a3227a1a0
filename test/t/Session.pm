# A session of psql that stays open, for tests of what one session sees.
#
#	my $session = Session->new('postgres', port => 5433);
#	$session->ask('SELECT 1');		# what it prints, unaligned, without the last newline
#
# Errors are part of what it prints.  The server is found by the PG* variables.
package Session;

use strict;
use warnings;

use IPC::Open3 qw(open3);
use Time::HiRes qw(sleep);

my $end = 'end of the answer';

sub new
{
	my ($class, $database, %option) = @_;
	my ($in, $out);
	my @command = ('psql', '-X', '-q', '-A', '-t', '-d', $database);

	push @command, '-p', $option{port} if defined $option{port};
	my $pid = open3($in, $out, undef, @command);
	$in->autoflush(1);
	return bless { pid => $pid, in => $in, out => $out }, $class;
}

sub ask
{
	my ($self, @statements) = @_;
	my $answer = '';

	print { $self->{in} } map({ "$_;\n" } @statements), "\\echo $end\n";
	while (my $line = readline $self->{out})
	{
		if ($line eq "$end\n")
		{
			chomp $answer;
			return $answer;
		}
		$answer .= $line;
	}
	die "the session has ended: $answer\n";
}

# Until a standby, which another session asks, has replayed what was done up to now.
sub wait_for_standby
{
	my ($self, $witness) = @_;
	my $lsn = $self->ask('SELECT pg_current_wal_flush_lsn()');

	foreach (1 .. 600)
	{
		return if $witness->ask("SELECT pg_last_wal_replay_lsn() >= '$lsn'") eq 't';
		sleep 0.1;
	}
	die "the standby does not replay\n";
}

sub DESTROY
{
	my ($self) = @_;
	local ($?, $!);
	close $self->{in};
	waitpid $self->{pid}, 0;
	return;
}

1;
