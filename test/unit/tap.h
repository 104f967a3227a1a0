/*-------------------------------------------------------------------------
 *
 * tap.h
 *	  The smallest harness that prints TAP: include it in one test program.
 *
 * No plan is needed: done_testing() prints it last.  A test is one call of
 * ok() with a name that says the behaviour; a failed one prints where it is.
 *
 *		int main(void)
 *		{
 *			ok(1 + 1 == 2, "one and one is %d", 2);
 *			return done_testing();
 *		}
 *
 * test/unit/tap.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BOUNCE_TEST_TAP_H
#define BOUNCE_TEST_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static int	tap_run = 0;
static int	tap_failed = 0;

/* A comment line, for what a person wants to see next to a failure. */
__attribute__((format(printf, 1, 2), unused))
static void
diag(const char *format, ...)
{
	va_list		args;

	printf("# ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
}

__attribute__((format(printf, 4, 5), unused))
static bool
tap_result(bool good, const char *file, int line, const char *format, ...)
{
	va_list		args;

	tap_run++;
	printf("%sok %d - ", good ? "" : "not ", tap_run);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	if (!good)
	{
		tap_failed++;
		printf("#   failed at %s:%d\n", file, line);
	}
	return good;
}

/* One test: a condition, then its name as printf takes it. */
#define ok(cond, ...) \
	tap_result((cond), __FILE__, __LINE__, __VA_ARGS__)

/* Print the plan; what main() returns. */
__attribute__((unused))
static int
done_testing(void)
{
	printf("1..%d\n", tap_run);
	if (tap_failed > 0)
		diag("failed %d of %d tests", tap_failed, tap_run);
	return tap_failed == 0 ? 0 : 1;
}

#endif							/* BOUNCE_TEST_TAP_H */
