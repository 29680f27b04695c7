/*
 * A database over the scripted engine: loop, turn, engine and pool, for tests
 * of the pool and of what stands on it. What a connection does is the conninfo
 * that scene_init() is given, what a statement does is its text (see
 * engine_scripted.h). The statements of the proxy's own, BEGIN and its like,
 * do what `begin`, `commit` and `rollback` say.
 *
 * Each wait is bounded: what would hang fails.
 */
#ifndef TESTS_SUPPORT_SCENE_H
#define TESTS_SUPPORT_SCENE_H

#include "base/turn.h"
#include "conf/conf.h"
#include "proxy/batch.h"
#include "proxy/database.h"
#include "tests/support/engine_scripted.h"
#include "tests/support/witness.h"

struct scene {
	struct stage stage; /* loop and engine */
	struct turn turn;
	struct engine_ops ops; /* the scripted engine's, but for start */
	const char *begin, *commit, *rollback;
	unsigned refusals; /* so many statements fail to start */
	unsigned losses; /* so many lose their connection instead */
	struct conf_database conf;
	struct database db;
	bool closing, empty;
};

/* Opens no connection yet; the first turn may. */
void scene_init(struct scene *s, const char *conninfo, int pool_size);

/* Closes the pool; every connection must be back, or come back. */
void scene_release(struct scene *s);

/* Puts what was changed in s->conf into force. */
void scene_configure(struct scene *s);

const struct scripted_stats *scene_stats(const struct scene *s);
struct pool_stats scene_pool_stats(const struct scene *s);

/* The pool is empty when s->empty. */
void scene_close_pool(struct scene *s);

/* One turn of the loop; does not sleep after what tasks of the turn did. */
void scene_turn(struct scene *s);

#define SCENE_UNTIL(s, condition)      \
	do {                           \
		while (!(condition))   \
			scene_turn(s); \
	} while (0)

/* What is due at once, or in 20 ms, is over when this has returned. */
void scene_settle(struct scene *s);

/* One statement of a plan that is made by hand. */
struct scene_stmt {
	const char *sql;
	unsigned after[4]; /* the numbers of statements, from 1 */
	bool joins; /* the unit of the one before */
	enum stmt_kind kind;
	bool leaves_session, copy_in;
};

/*
 * A planned batch: statements with the ids "1", "2" …, and no order among
 * them but that of `after` and units.
 */
struct batch *scene_batch(const struct scene_stmt *stmts, unsigned n);

/* The settings of statement I (from 0), to be changed before it starts. */
struct batch_stmt *scene_ask(struct batch *b, unsigned i);

#endif
