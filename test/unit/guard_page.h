/*-------------------------------------------------------------------------
 *
 * guard_page.h
 *	  Put an input against an inaccessible page, so that one byte read past
 *	  its end is a crash and not luck.
 *
 *		GuardPage	guard;
 *
 *		guard_page_open(&guard, BIGGEST_INPUT);
 *		p = guard_page_put(&guard, input, len);		as often as needed
 *		guard_page_close(&guard);
 *
 * Two pages at least: the last one is unreadable, the input is copied so that
 * it ends exactly where that page begins.  Exits when memory cannot be had.
 *
 * test/unit/guard_page.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_TEST_GUARD_PAGE_H
#define BOUNCE_TEST_GUARD_PAGE_H

#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE			/* MAP_ANONYMOUS under -std=c99 */
#endif
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct GuardPage
{
	char	   *map;
	size_t		readable;		/* bytes before the inaccessible page */
	size_t		page;
} GuardPage;

__attribute__((unused))
static void
guard_page_open(GuardPage *guard, size_t max_len)
{
	guard->page = (size_t) sysconf(_SC_PAGESIZE);
	guard->readable = (max_len / guard->page + 1) * guard->page;
	guard->map = mmap(NULL, guard->readable + guard->page,
					  PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
					  -1, 0);
	if (guard->map == MAP_FAILED ||
		mprotect(guard->map + guard->readable, guard->page, PROT_NONE) != 0)
	{
		perror("guard_page_open");
		exit(2);
	}
}

/* Copy the input to the edge; valid until the next put or close. */
__attribute__((unused))
static const char *
guard_page_put(GuardPage *guard, const char *input, size_t len)
{
	char	   *at;

	if (len > guard->readable)
	{
		fprintf(stderr, "guard_page_put: input larger than the guard page\n");
		exit(2);
	}
	at = guard->map + guard->readable - len;
	if (len > 0)
		memcpy(at, input, len);
	return at;
}

__attribute__((unused))
static void
guard_page_close(GuardPage *guard)
{
	munmap(guard->map, guard->readable + guard->page);
}

#endif							/* BOUNCE_TEST_GUARD_PAGE_H */
