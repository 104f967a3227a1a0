/*-------------------------------------------------------------------------
 *
 * stage.h
 *	  In which stage of the SMTP dialogue a server spoke.
 *
 * Part of the PostgreSQL-free core.
 *
 * src/core/stage.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_STAGE_H
#define BOUNCE_STAGE_H

#include "core/span.h"

/* SMTP stage in which the server spoke. */
typedef enum BounceStage
{
	BOUNCE_STAGE_UNKNOWN,
	BOUNCE_STAGE_CONNECT,
	BOUNCE_STAGE_HELO,
	BOUNCE_STAGE_STARTTLS,
	BOUNCE_STAGE_AUTH,
	BOUNCE_STAGE_MAIL,
	BOUNCE_STAGE_RCPT,
	BOUNCE_STAGE_DATA			/* and the end of the data */
} BounceStage;

extern BounceStage bounce_stage_parse(BounceSpan command);
extern BounceSpan bounce_stage_name(BounceStage stage);
extern BounceSpan bounce_stage_find(BounceSpan text);

#endif							/* BOUNCE_STAGE_H */
