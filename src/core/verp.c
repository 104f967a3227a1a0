/*-------------------------------------------------------------------------
 *
 * verp.c
 *	  Whom we mailed, by the address that the bounce was sent to.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * Variable envelope return paths carry the recipient in the sender's local
 * part, with "=" for "@": bounces+jane=example.com@sender.example.  No server
 * on the way can lose or change it, so it goes before all that a bounce says.
 *
 * src/core/verp.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/verp.h"

/*
 * Read the address behind the first "+".  False when there is none, or when it
 * cannot be told where it begins or ends: a hyphen may be a part of it or stand
 * between it and a token, and of two "=" only one stands for "@".
 */
bool
bounce_verp_read(BounceSpan return_path, BounceAddress *mailed)
{
	const char *at = return_path.len > 0 ? memchr(return_path.ptr, '@', return_path.len) : NULL;
	const char *plus;
	const char *equal;
	const char *dot;
	BounceSpan	domain;

	if (at == NULL || return_path.ptr[0] == '"')
		return false;
	plus = memchr(return_path.ptr, '+', (size_t) (at - return_path.ptr));
	if (plus == NULL || plus == return_path.ptr)
		return false;
	mailed->quoted = false;
	equal = memchr(plus, '=', (size_t) (at - plus));
	if (equal == NULL || memchr(equal + 1, '=', (size_t) (at - equal - 1)) != NULL)
		return false;
	mailed->local = bounce_span_make(plus + 1, (size_t) (equal - plus - 1));
	if (mailed->local.len == 0 || memchr(mailed->local.ptr, '-', mailed->local.len) != NULL)
		return false;
	domain = bounce_span_make(equal + 1, (size_t) (at - equal - 1));
	dot = domain.len > 0 ? memchr(domain.ptr, '.', domain.len) : NULL;
	if (dot == NULL || dot == domain.ptr || domain.ptr[domain.len - 1] == '.')
		return false;
	for (size_t i = 0; i < domain.len; i++)
	{
		if (!bounce_ascii_is_alnum(domain.ptr[i]) && domain.ptr[i] != '.' && domain.ptr[i] != '-')
			return false;
	}
	mailed->domain = domain;
	return true;
}
