# shellcheck shell=bash
# A PostgreSQL cluster for one run, in $work, on a Unix socket only.
#
# To be sourced after workdir.sh, which ends the server and removes the files.
# The extension is installed below $work/root, not into the system; Debian's
# server finds it there by extension_destdir.

pg_config=/usr/lib/postgresql/$pg_major/bin/pg_config
server_options=()				# more than those of run_server
server_environment=()			# NAME=VALUE

# PostgreSQL does not run as root.
as_server()
{
	if [ "$(id -u)" -eq 0 ]; then
		exec setpriv --reuid=postgres --regid=postgres --init-groups "$@"
	else
		exec "$@"
	fi
}

# make in the copy of the checkout, for this server.  Bitcode is of no use to a
# cluster that lives for seconds.
make_extension()
{
	make -s -C "$work/src" -j "$(nproc)" PG_CONFIG="$pg_config" with_llvm=no "$@"
}

install_extension()
{
	make_extension all && make_extension install DESTDIR="$work/root"
}

init_cluster()
{
	(cd "$work/server" && as_server initdb -D "$work/server/$1" -U postgres \
		-A trust -N -E UTF8 --locale=C.UTF-8)
}

# Everybody who can reach the socket is superuser of the cluster: so only we and
# the server's user can.
make_cluster()
{
	mkdir "$work/server"
	if [ "$(id -u)" -eq 0 ]; then
		chown root:postgres "$work"
		chmod 750 "$work"
		chown postgres:postgres "$work/server"
	fi
	chmod 700 "$work/server"
	init_cluster data
}

# run_server DATA OPTION ...
run_server()
{
	local data=$work/server/$1
	shift
	cd "$work/server" || return 1
	as_server env "${server_environment[@]}" postgres -D "$data" -k "$work/server" -F \
		-c listen_addresses= -c max_prepared_transactions=2 -c timezone=UTC -c log_timezone=UTC \
		-c extension_destdir="$work/root" "${server_options[@]}" "$@"
}

# wait_for_server PID LOG PSQL_OPTION ...
wait_for_server()
{
	local pid=$1 log=$2 turn
	shift 2
	for ((turn = 0; turn < 300; turn++)); do
		if pg_isready -q -d postgres "$@"; then
			return 0
		fi
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.1
	done
	echo "${0##*/}: could not start PostgreSQL" >&2
	cat "$log" >&2
	return 1
}

# Makes and starts the cluster; psql and its like find it by PGHOST and PGUSER.
start_cluster()
{
	in_group make_cluster >"$work/log/initdb" 2>&1 || {
		cat "$work/log/initdb" >&2
		return 1
	}
	set -m
	run_server data >"$work/log/server" 2>&1 </dev/null &
	postmaster=$!
	set +m
	export PGHOST=$work/server PGUSER=postgres
	wait_for_server "$postmaster" "$work/log/server"
}

# A standby of the cluster, in the same directory.
standby_port=5433

copy_cluster()
{
	cd "$work/server" &&
		as_server pg_basebackup -D "$work/server/standby" -R -c fast -h "$work/server" -U postgres
}

start_standby()
{
	in_group copy_cluster >"$work/log/basebackup" 2>&1 || {
		cat "$work/log/basebackup" >&2
		return 1
	}
	set -m
	run_server standby -p "$standby_port" >"$work/log/standby" 2>&1 </dev/null &
	standby=$!
	set +m
	wait_for_server "$standby" "$work/log/standby" -p "$standby_port"
}

stop_standby()
{
	kill -INT "$standby" 2>/dev/null && wait "$standby"
}

# A second cluster in that directory, which may be killed: whenever it ends, it is
# started again.  It runs without fsync, like the others: what is lost with a crash
# of the server is tried, what is lost with the power is not.
victim_port=5434

keep_alive()
{
	while :; do
		(run_server victim -p "$victim_port")
		sleep 0.1
	done
}

start_victim()
{
	in_group init_cluster victim >"$work/log/initdb" 2>&1 || {
		cat "$work/log/initdb" >&2
		return 1
	}
	set -m
	keep_alive >"$work/log/victim" 2>&1 </dev/null &
	victim=$!
	set +m
	wait_for_server "$victim" "$work/log/victim" -p "$victim_port"
}

# Who keeps it alive first; the server is in the same process group.
stop_victim()
{
	local turn
	kill -TERM "$victim" 2>/dev/null && wait "$victim" 2>/dev/null || true
	for ((turn = 0; turn < 100; turn++)); do
		kill -QUIT -- "-$victim" 2>/dev/null || break
		sleep 0.1
	done
}
