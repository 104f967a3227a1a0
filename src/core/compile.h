/*-------------------------------------------------------------------------
 *
 * compile.h
 *	  Rules as they are written into rules as they are searched for.
 *
 * Part of the PostgreSQL-free core.
 *
 * src/core/compile.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_COMPILE_H
#define BOUNCE_COMPILE_H

#include "core/rules.h"

/*
 * Where memory is from.  get() never returns NULL: it leaves when there is none.
 * Nothing is given back; the owner of state does that with all of it at once.
 */
typedef struct BounceMemory
{
	void	   *(*get) (void *state, size_t size);
	void	   *state;
} BounceMemory;

/* An array that grows. */
#define BOUNCE_LIST(type) \
	struct \
	{ \
		type	   *at; \
		size_t		n; \
		size_t		room; \
	}

/* Make room for one more, and count it; gives the new last. */
#define bounce_list_add(memory, list) \
	((list)->n < (list)->room ? (void) 0 : \
	 (void) ((list)->at = bounce_list_grow((memory), (list)->at, (list)->n, &(list)->room, \
										   sizeof(*(list)->at))), \
	 &(list)->at[(list)->n++])

/* What is wrong with a rule. */
typedef enum BounceRuleField
{
	BOUNCE_FIELD_PATTERN,
	BOUNCE_FIELD_CODE,
	BOUNCE_FIELD_HOST,
	BOUNCE_FIELD_COMMAND
} BounceRuleField;

typedef struct BounceRuleError
{
	const char *message;		/* lower case, no period, static */
	BounceRuleField field;
	size_t		at;				/* offset in it, in bytes */
} BounceRuleError;

/* Limits of one pattern: beyond them it is an error. */
#define BOUNCE_MAX_PATTERN 2000 /* bytes */
#define BOUNCE_MAX_BRACKETS 8	/* inside each other */
#define BOUNCE_MAX_READINGS 2000	/* ways to read a bracket, or the elements */
#define BOUNCE_MAX_PIECE 255	/* bytes */
#define BOUNCE_MAX_ELEMENTS 100
#define BOUNCE_MAX_PIECES 20000 /* of all its readings together */

/* Limits of one set. */
#define BOUNCE_MAX_RULES 60000
#define BOUNCE_MAX_PHRASES 65000
#define BOUNCE_MAX_SET_PIECES 400000

/* A phrase as it is written, cut up.  Pieces are folded and bounded by blanks. */
typedef struct BounceElementText
{
	BounceSpan *pieces;			/* the longest first */
	size_t		npieces;
	BounceGap	gap;			/* before it */
	bool		optional;
} BounceElementText;

typedef struct BouncePhraseText
{
	BounceElementText *elements;
	size_t		nelements;
} BouncePhraseText;

/* A rule as it is written. */
typedef struct BounceRuleText
{
	BounceSpan	id;
	BounceSpan	pattern;		/* none: any text */
	BounceSpan	code;
	BounceSpan	host;
	BounceSpan	command;
	int			reason;			/* BounceReason, BOUNCE_RULE_STAGE or _NOTICE */
	int			saying;			/* BounceSaying, for BOUNCE_RULE_NOTICE */
	int			priority;
	bool		not_instant;
	bool		own;
} BounceRuleText;

typedef struct BounceCompiler BounceCompiler;

extern void *bounce_list_grow(const BounceMemory *memory, void *at, size_t n, size_t *room,
							  size_t size);
extern bool bounce_phrase_read(const BounceMemory *memory, BounceSpan pattern,
							   BouncePhraseText **phrases, size_t *nphrases,
							   BounceRuleError *error);
extern BounceCompiler *bounce_compile_begin(const BounceMemory *memory);
extern bool bounce_compile_rule(BounceCompiler *compiler, const BounceRuleText *text,
								BounceRuleError *error);
extern const BounceRuleSet *bounce_compile_end(BounceCompiler *compiler);

/* What trie.c makes of the anchors of a set. */
typedef struct BounceAnchor
{
	BounceSpan	text;
	uint32_t	pool;			/* where the text is there */
	uint16_t	phrase;
	uint8_t		group;			/* BounceGroup */
} BounceAnchor;

extern void bounce_trie_build(const BounceMemory *memory, BounceAnchor *anchors, size_t nanchors,
							  BounceRuleSet *set);

#endif							/* BOUNCE_COMPILE_H */
