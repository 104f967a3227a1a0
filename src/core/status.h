/*-------------------------------------------------------------------------
 *
 * status.h
 *	  Reply codes (RFC 5321) and enhanced status codes (RFC 3463) in text.
 *
 * Part of the PostgreSQL-free core.
 *
 * src/core/status.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_STATUS_H
#define BOUNCE_STATUS_H

#include "core/span.h"

/*
 * The two codes of one reply.  Zero is "not known": no reply code is below
 * 200, no enhanced code has class 0.
 */
typedef struct BounceCode
{
	int			reply;			/* 200 to 599, or 0 */
	int			enhanced_class; /* 2, 4, 5, or 0 */
	int			subject;		/* 0 to 999 */
	int			detail;			/* 0 to 999 */
} BounceCode;

extern void bounce_code_parse(BounceSpan code, BounceCode *out);
extern void bounce_code_find(BounceSpan text, BounceCode *out);
extern int	bounce_code_digit(const BounceCode *code);
extern bool bounce_code_is_vague(const BounceCode *code);
extern void bounce_code_complete(BounceCode *code, const BounceCode *said);

/* Longest enhanced code as text, "5.999.999", with its terminator. */
#define BOUNCE_ENHANCED_TEXT_SIZE 10
extern size_t bounce_enhanced_write(const BounceCode *code, char *buf);

#endif							/* BOUNCE_STATUS_H */
