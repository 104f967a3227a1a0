/*-------------------------------------------------------------------------
 *
 * random.h
 *	  Numbers that look random and are the same in every run.
 *
 * test/unit/random.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_TEST_RANDOM_H
#define BOUNCE_TEST_RANDOM_H

#include <stdint.h>

/* From 0 to n - 1. */
static unsigned
next_random(unsigned n)
{
	static uint32_t seed = 20260910;

	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

#endif							/* BOUNCE_TEST_RANDOM_H */
