/*-------------------------------------------------------------------------
 *
 * judged.c
 *	  Verdicts that this backend has given, for the next time.
 *
 * A server says the same words to everybody, so who judges a table of replies
 * judges many of them over and over.  A verdict is a function of the evidence and
 * of the rules: what was decided for the same bytes, under the same rules, need
 * not be decided again.
 *
 * src/pg/judged.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "pg/judged.h"
#include "pg/own_rules.h"
#include "utils/memutils.h"

/* Longer evidence is not kept: hardly two are alike, for they name their mail. */
#define MAX_KEY_BYTES 512

/* When there are more, it begins anew; together they take up to 0.7 MB. */
#define MAX_JUDGED 1000

/* All that a verdict depends on, the rules aside. */
typedef struct JudgedKey
{
	const unsigned char *bytes;
	size_t		len;
} JudgedKey;

typedef struct JudgedEntry
{
	JudgedKey	key;
	uint32		hash;
	char		status;
	BounceVerdict verdict;
} JudgedEntry;

#define SH_PREFIX judged
#define SH_ELEMENT_TYPE JudgedEntry
#define SH_KEY_TYPE JudgedKey
#define SH_KEY key
#define SH_HASH_KEY(table, key) hash_bytes((key).bytes, (int) (key).len)
#define SH_EQUAL(table, a, b) ((a).len == (b).len && memcmp((a).bytes, (b).bytes, (a).len) == 0)
#define SH_STORE_HASH
#define SH_GET_HASH(table, entry) (entry)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

static MemoryContext context = NULL;
static judged_hash *judged = NULL;
static uint64 generation;		/* of the user's rules that they were judged by */

/* Forget all verdicts; there are none at first. */
static void
begin_anew(void)
{
	judged = NULL;
	if (context == NULL)
		context = AllocSetContextCreate(CacheMemoryContext, "bounce verdicts",
										ALLOCSET_DEFAULT_SIZES);
	else
		MemoryContextReset(context);
	judged = judged_create(context, 64, NULL);
	generation = bounce_own_rules_generation();
}

/* Write all that a verdict depends on into buf, which is MAX_KEY_BYTES; false: no room. */
static bool
write_key(const BounceEvidence *evidence, bool given_up, unsigned char *buf, size_t *len)
{
	const BounceSpan *const spans[] = {
		&evidence->code, &evidence->text, &evidence->host, &evidence->command, &evidence->domain
	};
	size_t		n = 0;

	buf[n++] = given_up;
	for (size_t i = 0; i < lengthof(spans); i++)
	{
		uint16		size = (uint16) spans[i]->len;

		if (spans[i]->len > MAX_KEY_BYTES - n ||
			spans[i]->len + sizeof(size) > MAX_KEY_BYTES - n)
			return false;
		memcpy(buf + n, &size, sizeof(size));
		n += sizeof(size);
		if (size > 0)
			memcpy(buf + n, spans[i]->ptr, size);
		n += size;
	}
	*len = n;
	return true;
}

static void
decide(const BounceEvidence *evidence, bool given_up, BounceVerdict *verdict)
{
	if (given_up)
		bounce_verdict_decide_failed(evidence, verdict);
	else
		bounce_verdict_decide(evidence, verdict);
}

/*
 * bounce_verdict_decide(), or bounce_verdict_decide_failed() when given_up; the
 * user's rules in the evidence are those that bounce_own_rules() has just given.
 */
void
bounce_judge_evidence(const BounceEvidence *evidence, bool given_up, BounceVerdict *verdict)
{
	unsigned char buf[MAX_KEY_BYTES];
	JudgedKey	key = {buf, 0};
	JudgedEntry *entry;
	uint32		hash;
	bool		found;

	if (!write_key(evidence, given_up, buf, &key.len))
	{
		decide(evidence, given_up, verdict);
		return;
	}
	if (judged == NULL || judged->members >= MAX_JUDGED ||
		generation != bounce_own_rules_generation())
		begin_anew();
	hash = hash_bytes(key.bytes, (int) key.len);
	entry = judged_lookup_hash(judged, key, hash);
	if (entry != NULL)
	{
		*verdict = entry->verdict;
		return;
	}
	decide(evidence, given_up, verdict);
	key.bytes = memcpy(MemoryContextAlloc(context, key.len), buf, key.len);
	entry = judged_insert_hash(judged, key, hash, &found);
	entry->verdict = *verdict;
}
