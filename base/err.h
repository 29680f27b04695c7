/*
 * What went wrong: a code for the program, an SQLSTATE and a message for the
 * user.
 *
 * Filled by functions that return 0 or a negative ERR_ code (the same as
 * err.code); owned by the caller; a value, so nothing is to be freed. Any
 * thread.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stddef.h>

#include "base/macros.h"

enum err_code {
	ERR_NONE = 0,
	ERR_NOMEM = -1, /* memory ran out */
	ERR_INVALID = -2, /* the input is wrong; the message says where */
	ERR_LIMIT = -3, /* a configured bound; the message names the key */
	ERR_IO = -4, /* a system call or the network failed */
	ERR_ENGINE = -5, /* the database refused */
	ERR_TIMEOUT = -6, /* a deadline passed */
	ERR_CANCELLED = -7, /* somebody asked to stop */
};

/* SQLSTATEs that the proxy itself answers with. */
#define SQLSTATE_PROTOCOL "08P01" /* a request that breaks the protocol */
#define SQLSTATE_CONNECTION "08006" /* the connection failed */
#define SQLSTATE_CANNOT_CONNECT "08001" /* no connection could be made */
#define SQLSTATE_UNSUPPORTED "0A000"
#define SQLSTATE_SYNTAX "42601"
#define SQLSTATE_IN_FAILED_TX "25P02"
#define SQLSTATE_UNKNOWN_DATABASE "3D000"
#define SQLSTATE_LIMIT "54000" /* program_limit_exceeded */
#define SQLSTATE_NOMEM "53200"
#define SQLSTATE_TOO_MANY "53300" /* too_many_connections, a full queue */
#define SQLSTATE_CONFIG_LIMIT "53400"
#define SQLSTATE_CANCELED "57014" /* query_canceled, deadlines too */
#define SQLSTATE_SHUTDOWN "57P01"
#define SQLSTATE_IDLE "57P05" /* idle_session_timeout */
#define SQLSTATE_INTERNAL "XX000"

struct err {
	int code;
	char sqlstate[6];
	char message[506];
};

/*
 * Fills E (which may be NULL) and returns CODE, so that a function can end
 * with `return err_set(e, ...)`. The message is UTF-8, whole characters only,
 * also where it had to be cut.
 */
int err_set(struct err *e, int code, const char *sqlstate, const char *fmt, ...)
    printf_like(4, 5);

/* err_set() for memory that ran out; never allocates. */
int err_nomem(struct err *e);

/* Puts "PREFIX: " in front of E's message, to say where it happened. */
void err_prefix(struct err *e, const char *fmt, ...) printf_like(2, 3);

#endif
