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
 * What people write beside a request, as it is folded: courtesies, and words that
 * belong to a sentence about a list.
 */
static const char *const courtesies[] =
{
	"asap", "aw", "bedankt", "best", "bitte", "bonjour", "buongiorno",
	"cette", "cordialement", "correo", "dalla", "dank", "danke", "de",
	"dear", "dekuji", "dziekuje", "emails", "este", "favor", "favore",
	"from", "fwd", "graag", "gracias", "grazie", "groet", "gruss", "grusse",
	"guten", "hallo", "hej", "hello", "hi", "hola", "i", "il", "immediately",
	"je", "kindly", "la", "lijst", "list", "lista", "liste", "lutfen",
	"madam", "mailing", "me", "merci", "mfg", "mich", "mvh", "newsletter",
	"nieuwsbrief", "now", "obrigada", "obrigado", "ola", "per", "plait",
	"please", "pls", "plz", "por", "prosim", "prosze", "questa", "quiero",
	"re", "regards", "s", "saludos", "sir", "sofort", "souhaite", "svp",
	"tack", "tag", "tak", "tesekkurler", "thank", "thanks", "the", "this",
	"thx", "u", "us", "van", "verteiler", "veux", "vielen", "vom", "von",
	"vos", "votre", "vous", "you", "your",
	"\320\267\320\264\321\200\320\260\320\262\321\201\321\202\320\262\321\203\320\271\321\202\320\265",
	"\320\274\320\265\320\275\321\217", "\320\276\321\202",
	"\320\277\320\276\320\266\320\260\320\273\321\203\320\271\321\201\321\202\320\260",
	"\321\200\320\260\321\201\321\201\321\213\320\273\320\272\320\270",
	"\321\201\320\277\320\260\321\201\320\270\320\261\320\276",
};

/* Longest text of which it is asked whether it says one thing only. */
#define MAX_CURT 256

static bool
is_courtesy(const unsigned char *word, size_t len)
{
	for (size_t i = 0; i < sizeof(courtesies) / sizeof(courtesies[0]); i++)
	{
		if (strlen(courtesies[i]) == len && memcmp(courtesies[i], word, len) == 0)
			return true;
	}
	return false;
}

/*
 * Does the text say that somebody wants no more mail, and nothing else?  Every
 * word of it must be of such a phrase, or a courtesy.
 */
static bool
says_only_unsubscribe(const BounceFolded *folded, const BounceHit *hits, unsigned nhits)
{
	bool		covered[MAX_CURT] = {false};
	bool		asked = false;

	if (folded->len > MAX_CURT)
		return false;
	for (unsigned i = 0; i < nhits; i++)
	{
		uint8_t		says = bounce_hit_rule(&hits[i])->stage;

		if (says != BOUNCE_SAYING_UNSUBSCRIBED)
			continue;
		asked = true;
		for (size_t at = hits[i].start; at < hits[i].end; at++)
			covered[at] = true;
	}
	for (size_t at = 0; asked && at < folded->len;)
	{
		size_t		word = at;

		while (at < folded->len && folded->text[at] != ' ')
			at++;
		if (at > word && !covered[word] && !is_courtesy(folded->text + word, at - word))
			return false;
		at++;
	}
	return asked;
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
	uint32_t	enough = 0;
	uint32_t	weight = 0;

	memset(said, 0, sizeof(*said));
	bounce_text_fold(text, &folded, NULL);
	nhits = bounce_match_find(bounce_builtin_rules(), &folded, &no_code, NULL, BOUNCE_WANT_NOTICES,
							  &enough, hits, BOUNCE_MAX_HITS);
	for (unsigned i = 0; i < nhits; i++)
	{
		const BounceRule *rule = bounce_hit_rule(&hits[i]);

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
					said->system = bounce_span_make(bounce_hit_id(&hits[i]),
													strlen(bounce_hit_id(&hits[i])));
				}
				break;
			case BOUNCE_SAYING_ANSWERED:
				said->answered |= begins(&folded, &hits[i]) || hits[i].end + 2U >= folded.len;
				break;
			case BOUNCE_SAYING_REQUESTED:
				said->requested = true;
				break;
			case BOUNCE_SAYING_LISTED:
				said->listed = true;
				break;
			case BOUNCE_SAYING_CHALLENGED:
				said->challenged = true;
				break;
			case BOUNCE_SAYING_UNSUBSCRIBED:
				if (!said->unsubscribed)
					said->unsubscribed = says_only_unsubscribe(&folded, hits, nhits);
				break;
		}
	}
}
