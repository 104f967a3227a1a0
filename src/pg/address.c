/*-------------------------------------------------------------------------
 *
 * address.c
 *	  bounce_address(): the key under which the state of a mailbox is kept.
 *
 * src/pg/address.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <idn2.h>

#include "core/address.h"
#include "core/limits.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "pg/address.h"
#include "pg/compat.h"
#include "pg/convert.h"
#include "utils/builtins.h"

static bool
has_high_octet(BounceSpan s)
{
	for (size_t i = 0; i < s.len; i++)
	{
		if (IS_HIGHBIT_SET(s.ptr[i]))
			return true;
	}
	return false;
}

/*
 * The A-labels of a U-label domain (RFC 5891, with the mapping of UTS 46), so
 * that both spellings give one key.  Returns false when it is no domain name.
 */
static bool
to_ascii_domain(BounceSpan domain, char *buf, size_t size, size_t *len)
{
	char	   *copy = pnstrdup(domain.ptr, domain.len);
	char	   *ascii = NULL;
	bool		good = false;

	if (idn2_to_ascii_8z(copy, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK)
	{
		*len = strlen(ascii);
		good = *len > 0 && *len <= Min(size, BOUNCE_MAX_DOMAIN);
		if (good)
			memcpy(buf, ascii, *len);
	}
	if (ascii != NULL)
		idn2_free(ascii);
	pfree(copy);
	return good;
}

/*
 * The key of an address in the server encoding; NULL when it is no valid one.
 *
 * ASCII letters of the local part are lowered, others stay: what case means
 * there is the other server's affair, and no two of them agree.
 */
text *
bounce_address_key(const text *input)
{
	BounceSpan	s = bounce_span_make(VARDATA_ANY(input), VARSIZE_ANY_EXHDR(input));
	BounceAddress addr;
	char		domain[BOUNCE_MAX_DOMAIN];
	char		plain[BOUNCE_MAX_ADDRESS];
	size_t		len;

	/* display name and comments included, no address is as long as that */
	if (s.len > 4 * BOUNCE_MAX_ADDRESS)
		return NULL;
	if (has_high_octet(s))
	{
		s = bounce_server_to_utf8(s);
		if (!pg_verify_mbstr(PG_UTF8, s.ptr, (int) s.len, true))
			return NULL;
	}
	if (!bounce_address_parse(s, &addr))
		return NULL;
	if (has_high_octet(addr.domain))
	{
		if (!to_ascii_domain(addr.domain, domain, sizeof(domain), &len))
			return NULL;
		addr.domain = bounce_span_make(domain, len);
	}
	len = bounce_address_write(&addr, plain, sizeof(plain));
	for (size_t i = 0; i < len; i++)
		plain[i] = bounce_ascii_lower(plain[i]);
	return len == 0 ? NULL : bounce_address_to_text(bounce_span_make(plain, len));
}

/*
 * A domain as it stands in the key of an address; NULL when it is no valid one.
 */
text *
bounce_domain_key(const text *input)
{
	static const char local[] = "a@";
	size_t		len = VARSIZE_ANY_EXHDR(input);
	text	   *address;
	text	   *key;

	/* ours is the only address in it */
	if (len > BOUNCE_MAX_ADDRESS || memchr(VARDATA_ANY(input), '@', len) != NULL)
		return NULL;
	address = cstring_to_text(psprintf("%s%s", local, text_to_cstring(input)));
	key = bounce_address_key(address);
	if (key == NULL)
		return NULL;
	return cstring_to_text_with_len((char *) VARDATA_ANY(key) + strlen(local),
									(int) (VARSIZE_ANY_EXHDR(key) - strlen(local)));
}

/* bounce_address(text) */
PG_FUNCTION_INFO_V1(bounce_address);
Datum
bounce_address(PG_FUNCTION_ARGS)
{
	text	   *key = bounce_address_key(PG_GETARG_TEXT_PP(0));

	if (key == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(key);
}
