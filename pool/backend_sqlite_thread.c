/* The thread of one backend: takes a command, does it, says how it ended. */
#include "pool/backend_sqlite.h"

/*
 * A file that was deleted or replaced lives on without a name for as long as
 * it is open: what is written to it would vanish.
 */
static bool file_is_gone(struct backend *b)
{
	int moved = 0;

	if (!sqlite3_get_autocommit(b->db))
		return false; /* first let the transaction end */
	if (sqlite3_file_control(b->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved))
		return false;
	return moved != 0;
}

static void run(struct backend *b)
{
	if (!file_is_gone(b)) {
		sqlite_run(b);
		return;
	}
	b->outcome = (struct sqlite_outcome){.count = -1};
	sqlite_outcome_refuse(&b->outcome, SQLSTATE_CONNECTION,
	    "database file \"%s\" was moved or deleted", b->engine->conf.path);
	b->outcome.error.code = ERR_IO; /* a new connection may find one */
	b->outcome.verdict = BACKEND_NOT_SENT;
	b->outcome.lost = true;
}

static void open_connection(struct backend *b)
{
	b->outcome = (struct sqlite_outcome){.count = -1};
	sqlite_connection_close(b);
	b->outcome.lost = sqlite_connection_open(b, &b->outcome.error) != 0;
}

void *sqlite_thread_main(void *arg)
{
	struct backend *b = arg;
	enum chan_command command;

	while ((command = chan_next(&b->chan)) != CHAN_CLOSE) {
		if (command == CHAN_RUN)
			run(b);
		else /* CHAN_RESET: a new connection has nothing left over */
			open_connection(b);
		chan_post(&b->chan, &b->chan.end);
	}
	sqlite_connection_close(b);
	chan_post(&b->chan, &b->chan.gone);
	return NULL;
}
