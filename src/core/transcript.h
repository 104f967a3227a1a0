/*-------------------------------------------------------------------------
 *
 * transcript.h
 *	  Transcripts of SMTP sessions, as Sendmail and its kin quote them.
 *
 * Part of the PostgreSQL-free core.
 *
 * src/core/transcript.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_TRANSCRIPT_H
#define BOUNCE_TRANSCRIPT_H

#include "core/line.h"

extern bool bounce_transcript_find(BounceSpan text, BounceLineEnd line_end,
								   BounceSpan recipient, bool named,
								   BounceSpan *reply, BounceSpan *command);

#endif							/* BOUNCE_TRANSCRIPT_H */
