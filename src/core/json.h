/*-------------------------------------------------------------------------
 *
 * json.h
 *	  Find values in JSON text (RFC 8259) without building anything.
 *
 * Part of the PostgreSQL-free core.
 *
 * src/core/json.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_JSON_H
#define BOUNCE_JSON_H

#include "core/span.h"

extern BounceSpan bounce_json_value(BounceSpan text);
extern BounceSpan bounce_json_member(BounceSpan object, BounceSpan name);
extern bool bounce_json_element(BounceSpan *rest, BounceSpan *value);
extern size_t bounce_json_string(BounceSpan value, char *buf, size_t size);

#endif							/* BOUNCE_JSON_H */
