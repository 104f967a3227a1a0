/*-------------------------------------------------------------------------
 *
 * utf8.c
 *	  Write characters as UTF-8.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * src/core/utf8.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/utf8.h"

/*
 * Write one character into buf, which has room for BOUNCE_UTF8_SIZE octets.
 * Returns how many there are: none for NUL, a surrogate, or what is beyond
 * U+10FFFF.
 */
size_t
bounce_utf8_write(unsigned int c, char *buf)
{
	if (c < 0x80)
	{
		buf[0] = (char) c;
		return c > 0 ? 1 : 0;
	}
	if (c < 0x800)
	{
		buf[0] = (char) (0xC0 | (c >> 6));
		buf[1] = (char) (0x80 | (c & 0x3F));
		return 2;
	}
	if (c < 0x10000)
	{
		if (c >= 0xD800 && c < 0xE000)
			return 0;
		buf[0] = (char) (0xE0 | (c >> 12));
		buf[1] = (char) (0x80 | ((c >> 6) & 0x3F));
		buf[2] = (char) (0x80 | (c & 0x3F));
		return 3;
	}
	if (c > 0x10FFFF)
		return 0;
	buf[0] = (char) (0xF0 | (c >> 18));
	buf[1] = (char) (0x80 | ((c >> 12) & 0x3F));
	buf[2] = (char) (0x80 | ((c >> 6) & 0x3F));
	buf[3] = (char) (0x80 | (c & 0x3F));
	return 4;
}
