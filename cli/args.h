/*
 * The command line, understood: argv in, struct args out.
 *
 * Strings belong to argv or the environment; lists to the struct, until
 * args_release(). args_options.c holds the table of every option, from which
 * the reading, the help text and "did you mean" come.
 */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/macros.h"
#include "cli/address.h"

enum args_command {
	ARGS_NONE,
	ARGS_RUN,
	ARGS_SHOW,
	ARGS_PING,
	ARGS_CANCEL,
	ARGS_RELOAD,
	ARGS_PAUSE,
	ARGS_RESUME,
	ARGS_RECONNECT,
	ARGS_HELLO,
};

/* -c SQL or -f FILE, in the order given. */
struct args_source {
	bool is_file;
	const char *text; /* the SQL, or the file's name; "-" is stdin */
};

/* --copy-data ID=FILE */
struct args_copy {
	size_t number;
	const char *file;
};

#define ARGS_MAX_WORDS 2

struct args {
	enum args_command command;
	bool help, version;
	const char *words[ARGS_MAX_WORDS]; /* show WHAT, cancel BATCH [ID] */
	size_t n_words;

	const char *host, *port, *db;
	struct address address; /* what host and port come to */

	struct args_source *sources;
	size_t n_sources;
	struct args_copy *copies;
	size_t n_copies;
	bool lines;
	const char *params; /* a JSON list */

	/* NULL: left to the server */
	const char *want, *order, *dispatch, *on_error, *until, *types, *id;
	bool transaction;
	int64_t jobs, priority; /* 0: left to the server */
	int64_t timeout_us; /* -1: not given */
	int64_t client; /* cancel: of that client; 0: not given */

	const char *format; /* never NULL */
	bool waterfall, no_summary;
	const char *trace;
};

/* Fails with ERR_INVALID and a message for the user, or ERR_NOMEM. */
int args_parse(
    int argc, char *const argv[], struct args *out, struct err *e) must_check;
void args_release(struct args *args);

/* The options of one command or, for ARGS_NONE, the commands. */
void args_print_help(enum args_command command);

#endif
