/*
 * Standard output, buffered: bytes in, write() out.
 *
 * A failure sticks: afterwards everything is dropped, so a writer checks the
 * state now and then instead of at every call. Once wake_fd is readable (a
 * signal), the rest is dropped where the reader is slow or the result long.
 * On a terminal control characters other than newline and tab are shown as
 * \u001b, which keeps what is JSON valid JSON.
 *
 * Owned by whoever embeds it; the fds stay the caller's.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum output_state {
	OUTPUT_OPEN,
	OUTPUT_BROKEN, /* the reader went away */
	OUTPUT_INTERRUPTED, /* a signal came while the reader was slow */
	OUTPUT_FAILED, /* see error */
};

struct output {
	int fd, wake_fd; /* wake_fd -1: none */
	bool escape;
	enum output_state state;
	int error; /* errno of OUTPUT_FAILED */
	size_t since_wake; /* bytes written since wake_fd was found readable */
	struct buf buf;
	/* May be NULL; clears what else stands on the same terminal. */
	void (*before_write)(void *ctx);
	void *ctx;
};

void output_init(struct output *o, int fd, int wake_fd);
void output_release(struct output *o); /* does not flush */

void output_put(struct output *o, const char *data, size_t len);
void output_put_str(struct output *o, const char *s);

/* What B holds, which is emptied; its failure becomes the output's. */
void output_take(struct output *o, struct buf *b);

void output_flush(struct output *o);

#endif
