/*-------------------------------------------------------------------------
 *
 * said.c
 *	  What a mail says as a whole: failed, delayed, answered ...; and who wrote it.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * src/core/said.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/match.h"
#include "core/said.h"

/* Does what was found begin in the first word? */
static bool
begins(const BounceFolded *folded, const BounceHit *hit)
{
	return memchr(folded->text + 1, ' ', hit->start - (hit->start > 0 ? 1 : 0)) == NULL;
}

/*
 * Is there nothing but what was found, and perhaps a token or an address behind
 * it, by which a program knows who it is?
 */
static bool
is_all(const BounceFolded *folded, const BounceHit *hit)
{
	size_t		at = hit->end;
	size_t		word;

	if (!begins(folded, hit))
		return false;
	while (at < folded->len && folded->text[at] == ' ')
		at++;
	word = at;
	while (at < folded->len && folded->text[at] != ' ')
		at++;
	if (at + 1 < folded->len)
		return false;
	for (size_t i = word; i < at; i++)
	{
		if (bounce_ascii_is_digit((char) folded->text[i]) || folded->text[i] == '@')
			return true;
	}
	return word == at;
}

/*
 * Read a mail, or its subject: UTF-8, RFC 2047 undone.
 *
 * Looks at BOUNCE_FOLD_LOOK octets: mail systems say it at the beginning.
 */
void
bounce_said_read(BounceSpan text, BounceSaid *said)
{
	static const BounceCode no_code;
	BounceFolded folded;
	BounceHit	hits[BOUNCE_MAX_HITS];
	unsigned	nhits;
	uint32_t	weight = 0;

	memset(said, 0, sizeof(*said));
	bounce_text_fold(text, &folded, NULL);
	nhits = bounce_match_find(&folded, &no_code, BOUNCE_WANT_NOTICES, hits, BOUNCE_MAX_HITS);
	for (unsigned i = 0; i < nhits; i++)
	{
		const BounceRule *rule = &bounce_rules[bounce_phrases[hits[i].phrase].rule];

		switch ((BounceSaying) rule->stage)
		{
			case BOUNCE_SAYING_NONE:
				break;
			case BOUNCE_SAYING_FAILED:
				said->failed = true;
				break;
			case BOUNCE_SAYING_DELAYED:
				said->delayed = true;
				break;
			case BOUNCE_SAYING_FINAL:
				said->final = true;
				break;
			case BOUNCE_SAYING_DELIVERED:
				said->delivered = true;
				break;
			case BOUNCE_SAYING_FROM:
				/* the longer phrase knows better */
				if (hits[i].weight > weight)
				{
					weight = hits[i].weight;
					said->system = bounce_span_make(bounce_rule_pool + rule->id,
													strlen(bounce_rule_pool + rule->id));
				}
				break;
			case BOUNCE_SAYING_ANSWERED:
				said->answered |= begins(&folded, &hits[i]) || hits[i].end + 2U >= folded.len;
				break;
			case BOUNCE_SAYING_LISTED:
				said->listed = true;
				break;
			case BOUNCE_SAYING_CHALLENGED:
				said->challenged = true;
				break;
			case BOUNCE_SAYING_UNSUBSCRIBED:
				said->unsubscribed |= is_all(&folded, &hits[i]);
				break;
		}
	}
}
