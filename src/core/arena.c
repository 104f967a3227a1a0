/*-------------------------------------------------------------------------
 *
 * arena.c
 *	  Copies of values that live as long as a report or a message.
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * src/core/arena.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/reader.h"

/* Begin with this buffer, empty. */
void
bounce_arena_open(BounceArena *arena, char *buf, size_t size)
{
	arena->buf = buf;
	arena->size = size;
	arena->used = 0;
	arena->overflow = false;
}

/* Copy bytes into the arena; what does not fit is clipped. */
BounceSpan
bounce_arena_add(BounceArena *arena, BounceSpan bytes)
{
	char	   *to = arena->buf + arena->used;
	size_t		room = arena->size - arena->used;

	if (bytes.len > room)
	{
		bytes.len = room;
		arena->overflow = true;
	}
	if (bytes.len > 0)
		memcpy(to, bytes.ptr, bytes.len);
	arena->used += bytes.len;
	return bounce_span_make(to, bytes.len);
}

/* The value unfolded: itself where it is one line, else a copy in the arena. */
BounceSpan
bounce_arena_unfold(BounceArena *arena, BounceSpan value)
{
	char	   *to = arena->buf + arena->used;
	size_t		room = arena->size - arena->used;
	size_t		n;

	if (value.len > BOUNCE_MAX_VALUE)
	{
		value.len = BOUNCE_MAX_VALUE;
		arena->overflow = true;
	}
	if (value.len == 0 || (memchr(value.ptr, '\n', value.len) == NULL &&
						   memchr(value.ptr, '\r', value.len) == NULL))
		return value;
	if (value.len > room)
		arena->overflow = true;
	n = bounce_header_unfold(value, to, room);
	arena->used += n;
	return bounce_span_make(to, n);
}

/*
 * A field's value without the folds that are within an address: itself where there
 * is none, or no room.
 */
BounceSpan
bounce_arena_join_addresses(BounceArena *arena, BounceSpan value)
{
	char	   *to = arena->buf + arena->used;
	const char *end = bounce_span_end(value);
	const char *from = value.ptr;
	const char *p = value.ptr;
	size_t		n = 0;

	while (p < end)
	{
		const char *fold = p;

		while (fold < end && *fold != '\n' && *fold != '\r')
			fold++;
		p = fold;
		while (p < end && bounce_ascii_is_space(*p))
			p++;
		if (p == fold || !bounce_address_goes_on(bounce_span_make(from, (size_t) (fold - from)),
												 bounce_span_make(p, (size_t) (end - p))))
			continue;
		if (n + (size_t) (end - from) > arena->size - arena->used)
			return value;
		memcpy(to + n, from, (size_t) (fold - from));
		n += (size_t) (fold - from);
		from = p;
	}
	if (n == 0)
		return value;
	memcpy(to + n, from, (size_t) (end - from));
	n += (size_t) (end - from);
	arena->used += n;
	return bounce_span_make(to, n);
}

/* The first address in the text, written plainly; NONE where there is none. */
BounceSpan
bounce_arena_address(BounceArena *arena, BounceSpan text)
{
	BounceAddress addr;
	char		plain[BOUNCE_MAX_ADDRESS];
	size_t		pos = 0;
	size_t		n;

	if (text.len > BOUNCE_MAX_VALUE)
	{
		/* at the end of a word: half of an address is somebody else's */
		text.len = BOUNCE_MAX_VALUE;
		while (text.len > 0 && !bounce_ascii_is_space(text.ptr[text.len - 1]))
			text.len--;
	}
	text = bounce_arena_join_addresses(arena, text);
	if (!bounce_address_find(text, &pos, &addr))
		return BOUNCE_SPAN_NONE;

	/* in front of an angle stands a display name, that may hold an @, too */
	if (text.ptr + text.len > addr.domain.ptr + addr.domain.len)
	{
		const char *angle = memchr(text.ptr, '<', text.len);

		if (angle != NULL && angle > addr.domain.ptr)
		{
			BounceAddress inner;

			pos = (size_t) (angle - text.ptr);
			if (bounce_address_find(text, &pos, &inner) && inner.local.ptr <= angle + 2)
				addr = inner;
		}
	}
	n = bounce_address_write(&addr, plain, sizeof(plain));
	if (n == 0)
		return BOUNCE_SPAN_NONE;
	if (!addr.quoted)
		return bounce_span_make(addr.local.ptr, n);
	if (n > arena->size - arena->used)
	{
		arena->overflow = true;
		return BOUNCE_SPAN_NONE;
	}
	return bounce_arena_add(arena, bounce_span_make(plain, n));
}
