# shellcheck shell=bash
# The story of script/demo.sql.  To be sourced after cluster.sh.

# tell_story DATABASE: in an empty one, with the sample messages
tell_story()
{
	(cd "$work/src/test/corpus/messages" &&
		perl "$work/src/script/lib/mail_to_copy.pl" demo-*.eml neg-*.eml) >"$work/mail.copy" &&
		cd "$work" &&
		psql -X -q -v ON_ERROR_STOP=1 -d "$1" -f "$work/src/script/demo.sql"
}
