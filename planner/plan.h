/*
 * From a batch as it was asked for to a plan: which statements it has, which
 * of them share a connection (a unit), and which unit waits for which.
 *
 *     script or list ─► split ─► classify ─► units ─► edges ─► checks ─► plan
 *
 * The planner has no loop, socket, clock, file or log: the same request gives
 * the same plan. Everything it makes is in the caller's arena; it keeps
 * pointers into the request's texts, which must live as long as the plan. Any
 * thread; parsing may take up to a few megabytes of stack.
 *
 * Invariants of a plan:
 *  1. The statements of unit u are first … first + count - 1; the units cover
 *     all statements, in order, without a gap.
 *  2. The edges among units have no cycle.
 *  3. From one unit to another there is at most one edge that is not
 *     PLAN_AFTER, and one PLAN_AFTER edge for each pair (stmt, on_stmt).
 *  4. Of a unit's edges, those that are PLAN_AFTER come first.
 *  5. The edges of a plan that are not PLAN_AFTER are O(statements).
 *  6. A unit that is not reads_only begins with a statement that is no plain
 *     read, except where `transaction` is asked for.
 *
 * How statements come to share a unit:
 *  - BEGIN … COMMIT or ROLLBACK is one unit, under every dispatch; so is, in
 *    SQLite, an outermost SAVEPOINT … RELEASE.
 *  - transaction: everything is one unit.
 *  - auto, serial: from the first statement that leaves session state behind,
 *    all the rest is one unit, so that a script means what it means when run
 *    top to bottom on one connection. That includes statements which only may
 *    leave such state: DO, CALL, EXECUTE, a call of a function that is not
 *    known to be harmless, and text that could not be parsed. When a statement
 *    needs session state, the unit begins at the first one that is no plain
 *    read, since that is the earliest that can have made the state.
 *  - independent: nothing else; the caller vouches for it.
 *
 * What "provably" trusts, since the text does not show it: that no view,
 * operator, cast, trigger, rule or policy of the database, no function that
 * hides a harmless built-in one of the same name, and none that is written as
 * a column (t.f for f(t)) writes or changes the session. And that
 * standard_conforming_strings is on, as it is by default.
 */
#ifndef PLANNER_PLAN_H
#define PLANNER_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/macros.h"

enum sql_dialect { DIALECT_POSTGRES, DIALECT_SQLITE };

/* What running a statement means to others of its batch. */
enum stmt_kind {
	STMT_READ, /* provably changes nothing, may run beside reads */
	STMT_WRITE, /* anything else that is not one of those below */
	STMT_BEGIN, /* opens a transaction block */
	STMT_COMMIT, /* COMMIT, END, PREPARE TRANSACTION */
	STMT_ROLLBACK, /* the whole block */
	STMT_SAVEPOINT, /* SAVEPOINT, RELEASE */
	STMT_ROLLBACK_TO, /* back to a savepoint: heals a failed block */
};

struct plan_stmt {
	const char *id;
	const char *sql; /* NUL-terminated, one statement, no ";" behind it */
	size_t len;
	/* Characters of the caller's text before sql (0 in list form). */
	size_t char_offset;
	enum stmt_kind kind;
	bool copy_in; /* COPY … FROM STDIN */
	bool copy_out; /* COPY … TO STDOUT */
	bool leaves_session; /* session state may differ afterwards */
	bool needs_session; /* reads state that earlier statements left */
	bool
	    keeps_block; /* COMMIT or ROLLBACK … AND CHAIN: a new block opens */
	unsigned unit; /* index of its unit */
	/*
	 * The caller's `after` as indexes of statements, each once. Those in
	 * other units are PLAN_AFTER edges as well; those in the same unit
	 * come earlier in it, and this one is skipped unless they ended ok.
	 */
	const unsigned *after;
	unsigned n_after;
};

/* Why a unit waits. */
enum plan_reason {
	PLAN_AFTER, /* the caller's `after`: needs it to end ok */
	PLAN_SERIAL, /* dispatch: serial */
	PLAN_WAITER_WRITES, /* the waiter is not a plain read */
	PLAN_TARGET_WRITES, /* what it waits for is not a plain read */
};

struct plan_edge {
	unsigned on_unit; /* waits until that unit has ended */
	unsigned stmt, on_stmt; /* the pair of statements it is about */
	enum plan_reason reason; /* PLAN_AFTER: on_stmt must have ended ok */
};

struct plan_unit {
	unsigned first, count; /* of plan.stmts */
	bool reads_only; /* all are STMT_READ */
	bool leaves_session; /* to be reset before anyone else uses it */
	bool unclosed; /* a BEGIN in it has no end */
	const struct plan_edge *edges;
	unsigned n_edges;
};

struct plan {
	struct plan_stmt *stmts;
	unsigned n_stmts;
	struct plan_unit *units;
	unsigned n_units;
};

enum plan_dispatch { PLAN_AUTO, PLAN_INDEPENDENT, PLAN_SERIALLY };

/* One entry of the list form. */
struct plan_item {
	const char *id; /* NULL: its place, from "1" */
	const char *sql;
	size_t len;
	const char *const *after; /* ids */
	unsigned n_after;
};

struct plan_request {
	enum sql_dialect dialect;
	enum plan_dispatch dispatch;
	bool transaction; /* one unit; the caller adds BEGIN and COMMIT */
	bool statement_order; /* answers are wanted in statement order */
	unsigned max_stmts;
	/* Either a script … */
	const char *script;
	size_t script_len;
	/* … or a list. */
	const struct plan_item *items;
	unsigned n_items;
};

/*
 * Fails with ERR_INVALID (the message says which statement and, within a
 * script, which line and character, both from 1; in list form the place as a
 * JSON path from 0, such as "statements[3].after"), ERR_LIMIT (more than
 * max_stmts; names the key max_statements) or ERR_NOMEM. The texts must be
 * valid UTF-8 without NUL, NUL-terminated. Takes time linear in the texts,
 * apart from sorting the ids of a list.
 */
int plan_build(const struct plan_request *request, struct arena *arena,
    struct plan **out, struct err *e) must_check;

/* "waits for 3: 3 is not a plain read", for people. */
const char *plan_reason_text(enum plan_reason reason);

#endif
