# shellcheck shell=bash
# A scratch directory for one run, and the promise that nothing is left of it.
#
# To be sourced.  Makes $work, copies the checkout ($top) into $work/src, and on
# exit, however it comes, ends every process that the run has started and
# removes the directory.  Building in a copy keeps the checkout as it is, also
# when root runs the script in somebody else's, and lets the server's user read
# what is built from a checkout that it cannot read.

postmaster=
at_exit=()						# functions to call

# End what still runs, then remove the directory.
workdir_remove()
{
	local status=$? leader turn function
	trap '' INT TERM HUP
	set +e

	for function in "${at_exit[@]}"; do
		"$function"
	done
	for leader in $(jobs -p); do
		if [ "$leader" = "$postmaster" ]; then
			kill -QUIT "$leader" 2>/dev/null
		else
			kill -TERM -- "-$leader" 2>/dev/null
		fi
	done
	for leader in $(jobs -p); do
		for ((turn = 0; turn < 100; turn++)); do
			kill -0 -- "-$leader" 2>/dev/null || continue 2
			sleep 0.1
		done
		kill -KILL -- "-$leader" 2>/dev/null
	done
	wait 2>/dev/null
	rm -rf -- "$work"
	exit "$status"
}

# Sources only: what a build leaves in the checkout stays there.  Status 1 of tar
# says no more than that somebody is editing.
workdir_copy()
{
	mkdir "$work/src" "$work/log" "$work/home"
	{
		tar -C "$top" -cf - --exclude-vcs --exclude='*.o' --exclude='*.bc' \
			--exclude='*.so' --exclude='*.a' --exclude='*.d' --exclude='*.pyc' \
			--exclude='./bounce--*.sql' --exclude='./src/rules/reason_list.h' \
			--exclude='./src/rules/reason_type.sql' \
			--exclude='./src/rules/reason_names.sql' \
			--exclude='./src/rules/rule_tables.c' \
			--exclude='./src/rules/rule_examples.h' --exclude=./build \
			--exclude=./results --exclude='./regression.*' --exclude=./tmp_check \
			--exclude=./output_iso . ||
			[ $? -eq 1 ]
	} | tar -C "$work/src" -xf - --no-same-owner
}

# Run a command, or a function of the script, in a process group of its own and
# without standard input.  Bash runs a trap only between foreground commands,
# but at once while it waits: so a signal ends a long stage when it comes.
in_group()
{
	local status=0
	set -m
	"$@" </dev/null &
	set +m
	wait "$!" || status=$?
	return "$status"
}

# What a caller has set must not change what is built, run or printed.
workdir_environment()
{
	local name
	for name in "${!PG@}" "${!PSQL@}" "${!PERL5@}" "${!HARNESS_@}" "${!LC_@}" \
		LANG LANGUAGE CDPATH TMPDIR PAGER COLUMNS GREP_OPTIONS TAR_OPTIONS \
		PYTHONPATH MAKEFLAGS MFLAGS MAKELEVEL GNUMAKEFLAGS DESTDIR PROFILE COPT \
		CC CPP LD CLANG CFLAGS CPPFLAGS CXXFLAGS LDFLAGS LIBRARY_PATH CPATH \
		C_INCLUDE_PATH ASAN_OPTIONS UBSAN_OPTIONS LD_PRELOAD; do
		unset "$name"
	done
	export LC_ALL=C.UTF-8 TZ=UTC HOME=$work/home PYTHONDONTWRITEBYTECODE=1
	export PATH="/usr/lib/postgresql/$pg_major/bin:$PATH:/usr/sbin:/sbin"
	umask 022
	ulimit -c 0
}

# No signal may fall between making the directory and knowing its name.  It is
# in /tmp because a socket's path must be short and its directories passable.
trap '' INT TERM HUP
work=$(mktemp -d /tmp/bounce.XXXXXX)
trap workdir_remove EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP
workdir_environment
workdir_copy
