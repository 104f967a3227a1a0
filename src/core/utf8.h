/*-------------------------------------------------------------------------
 *
 * utf8.h
 *	  Write characters as UTF-8.
 *
 * Part of the PostgreSQL-free core.
 *
 * src/core/utf8.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_UTF8_H
#define BOUNCE_UTF8_H

#include <stddef.h>

/* Most octets of one character. */
#define BOUNCE_UTF8_SIZE 4

extern size_t bounce_utf8_write(unsigned int c, char *buf);

#endif							/* BOUNCE_UTF8_H */
