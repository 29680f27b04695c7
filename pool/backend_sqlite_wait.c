/*
 * Waiting on the thread, always ended by cancel and close: for another
 * process that holds the file, for a statement that runs long, and in
 * sleep().
 */
#include "base/clock.h"
#include "pool/backend_sqlite.h"

/* How long another process may be in the way before a statement fails. */
#define BUSY_LIMIT_US (5 * US_PER_S)
#define BUSY_STEP_US (10 * US_PER_MS)
#define PROGRESS_OPS 1000
/* Rows do not wait longer for their chunk to fill. */
#define CHUNK_AGE_US (20 * US_PER_MS)
#define MAX_SLEEP_S 1e8

/*
 * Called again and again; N counts the calls. SQLite's own busy_timeout would
 * sleep through a cancel.
 */
static int on_busy(void *arg, int n)
{
	struct backend *b = arg;
	int64_t now = clock_now_us();

	if (n == 0)
		b->busy_us = now;
	if (now - b->busy_us >= BUSY_LIMIT_US)
		return 0;
	return chan_sleep(&b->chan, n < 10 ? US_PER_MS : BUSY_STEP_US);
}

/* Every PROGRESS_OPS operations of a statement, across its rows. */
static int on_progress(void *arg)
{
	struct backend *b = arg;

	if (chan_is_stopped(&b->chan))
		return 1;
	if (b->chunk && b->chunk->rows.len &&
	    clock_now_us() - b->chunk_us >= CHUNK_AGE_US &&
	    chan_has_room(&b->chan))
		sqlite_post_chunk(b);
	return 0;
}

/* sleep(SECONDS), pg_sleep(SECONDS): an empty text, as PostgreSQL's void. */
static void sql_sleep(sqlite3_context *ctx, int n, sqlite3_value **args)
{
	struct backend *b = sqlite3_user_data(ctx);
	double seconds = sqlite3_value_double(args[0]);

	(void)n;
	if (sqlite3_value_type(args[0]) == SQLITE_NULL)
		return; /* the result is NULL */
	if (seconds > MAX_SLEEP_S)
		seconds = MAX_SLEEP_S;
	if (b->chunk && b->chunk->rows.len && chan_has_room(&b->chan))
		sqlite_post_chunk(b);
	if (seconds > 0 &&
	    !chan_sleep(&b->chan, (int64_t)(seconds * (double)US_PER_S))) {
		sqlite3_result_error_code(ctx, SQLITE_INTERRUPT);
		return;
	}
	sqlite3_result_text(ctx, "", 0, SQLITE_STATIC);
}

static int add_sleep(struct backend *b, const char *name)
{
	/* Not for views and triggers: a reader must not be put to sleep. */
	return sqlite3_create_function_v2(b->db, name, 1,
	    SQLITE_UTF8 | SQLITE_DIRECTONLY, b, sql_sleep, NULL, NULL, NULL);
}

int sqlite_wait_install(struct backend *b)
{
	int rc = sqlite3_busy_handler(b->db, on_busy, b);

	sqlite3_progress_handler(b->db, PROGRESS_OPS, on_progress, b);
	if (!rc)
		rc = add_sleep(b, "sleep");
	return rc ? rc : add_sleep(b, "pg_sleep");
}
