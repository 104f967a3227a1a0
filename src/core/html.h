/*-------------------------------------------------------------------------
 *
 * html.h
 *	  The text of HTML, for reading what a mail system says in it.
 *
 * Part of the PostgreSQL-free core.
 *
 * src/core/html.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_HTML_H
#define BOUNCE_HTML_H

#include "core/span.h"

extern size_t bounce_html_strip(BounceSpan *html, char *out, size_t size);

#endif							/* BOUNCE_HTML_H */
