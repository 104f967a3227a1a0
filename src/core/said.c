/*-------------------------------------------------------------------------
 *
 * said.c
 *	  What a notice says as a whole: failed, delayed, delivered; and who wrote it.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * src/core/said.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/match.h"
#include "core/said.h"

/*
 * Read a notice, or its subject: UTF-8, RFC 2047 undone.
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
		}
	}
}
