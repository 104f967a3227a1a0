# shellcheck shell=bash
# Debian packages that a script needs.  To be sourced.

# The PostgreSQL that is built and tested against.
pg_major=15

# What building and running the extension takes.
build_packages=(gcc libc6-dev make perl libidn2-dev
	"postgresql-$pg_major" "postgresql-server-dev-$pg_major")

# As root, by whatever way there is.
as_root()
{
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

package_is_installed()
{
	[ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Installing the server on Debian makes a cluster "main" and starts it.  Nobody
# has asked us for that, so a setting says no to it while we install.
setting=/etc/postgresql-common/createcluster.d/bounce-setup.conf

forbid_main_cluster()
{
	at_exit+=(allow_main_cluster)
	as_root mkdir -p "${setting%/*}"
	echo 'create_main_cluster = false' | as_root tee "$setting" >/dev/null
}

allow_main_cluster()
{
	if [ -e "$setting" ]; then
		as_root rm -f "$setting"
		as_root rmdir --ignore-fail-on-non-empty "${setting%/*}"
	fi
}

# Install or say why not; an installation that was interrupted goes on.
run_apt()
{
	as_root apt-get -q update &&
		as_root env DEBIAN_FRONTEND=noninteractive \
			dpkg --force-confold --configure -a &&
		as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
			--no-install-recommends -o Dpkg::Use-Pty=0 \
			-o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=300 \
			install "$@"
}

# install_packages PACKAGE ...: installs those that are missing, asks nothing.
install_packages()
{
	local package missing=() status=0

	if ! command -v dpkg-query >/dev/null; then
		echo "${0##*/}: needs Debian 12 (there is no dpkg here)" >&2
		return 1
	fi
	for package; do
		package_is_installed "$package" || missing+=("$package")
	done
	[ "${#missing[@]}" -gt 0 ] || return 0

	if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
		echo "${0##*/}: these packages are missing; have them installed with" >&2
		echo "    apt-get install ${missing[*]}" >&2
		return 1
	fi

	echo "Installing ${missing[*]} ..."
	if [[ " ${missing[*]} " == *" postgresql-$pg_major "* ]]; then
		forbid_main_cluster
	fi
	run_apt "${missing[@]}" >"$work/log/apt" 2>&1 </dev/null || status=$?
	allow_main_cluster
	if [ "$status" -ne 0 ]; then
		tail -n 40 "$work/log/apt" >&2
		echo "${0##*/}: could not install ${missing[*]}" >&2
	fi
	return "$status"
}
