/*
 * What the two parts of the scripted engine share: engine_scripted.c (the
 * connection and the contract) and engine_scripted_run.c (a statement).
 * Everything that happens, happens in the timer's callback.
 */
#ifndef TESTS_SUPPORT_ENGINE_SCRIPTED_PRIVATE_H
#define TESTS_SUPPORT_ENGINE_SCRIPTED_PRIVATE_H

#include "tests/support/engine_scripted.h"

#define SCRIPTED_MAX_COLUMNS 8
#define SCRIPTED_STEP_SIZE 256

enum scripted_phase {
	OPENING,
	IDLE,
	RUNNING,
	SETTLING,
	RESETTING,
	LOST,
	CLOSING
};

struct engine {
	const char *conninfo;
	struct ev_loop *loop;
	struct scripted_stats stats;
};

/* What the connection's script says of later. */
struct scripted_habits {
	int idle_ms, closing_ms, resetting_ms; /* idle_ms 0: for ever */
	bool reset_lost;
};

struct scripted_statement {
	const struct statement_sink *sink;
	void *ctx;
	char *script;
	const char *at; /* the next step */
	bool want_rows, unflushed, cancelled, deaf, hangs;
	char names[SCRIPTED_MAX_COLUMNS][32];
	unsigned n_columns;
	long rows_left, row, copy_left;
	bool copying, copy_ended, copy_wanted;
	char copy_reason[64];
	int settle_ms;
	bool settle_lost;
	char tag[64];
	int64_t count;
};

struct backend {
	struct engine *engine;
	const struct backend_link *link;
	void *ctx;
	enum scripted_phase phase;
	struct ev_timer timer; /* the next step */
	const char *opening; /* the connection's script, from here on */
	struct scripted_habits habits;
	bool paused, touched;
	enum backend_tx tx;
	struct scripted_statement st;
};

/* The timer fires MS from now, and not when it was to before. */
void scripted_later(struct backend *b, int ms);

/* The next step of *AT into STEP, and past it; false at the end. */
bool scripted_next_step(const char **at, char step[SCRIPTED_STEP_SIZE]);
/* Is STEP about WORD? Then what follows the word. */
const char *scripted_said(const char *step, const char *word);
void scripted_unknown_step(const char *step);
/* "SQLSTATE TEXT" */
void scripted_read_error(const char *text, struct err *e);

void scripted_become_ready(struct backend *b);
void scripted_lose(struct backend *b);

/* The statement's next step. */
void scripted_run_more(struct backend *b);

#endif
