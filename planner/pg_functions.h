/*
 * What a call of one of PostgreSQL's built-in functions does, by name.
 *
 * Static tables; pure; any thread. A name that is not in them does anything.
 */
#ifndef PLANNER_PG_FUNCTIONS_H
#define PLANNER_PG_FUNCTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum pg_call {
	PG_CALL_ANY, /* not known: it may write, and leave session state */
	PG_CALL_HARMLESS, /* changes nothing */
	PG_CALL_WRITES, /* changes something, but not the session */
	PG_CALL_NEEDS_SESSION, /* reads what the session did before */
};

/* NAME as written without quotes: its case does not matter. */
enum pg_call pg_function_call(const char *name, size_t len);

/*
 * A keyword that, without quotes, no function can have as its name, such as
 * IN or VARCHAR: what looks like a call of it is none.
 */
bool pg_keyword_is_no_function(const char *name, size_t len);

/* Are the tables in the order that the look-ups count on? */
bool pg_functions_check(void);

#endif
