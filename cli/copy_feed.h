/*
 * Files that COPY … FROM STDIN statements read: bytes of a file in,
 * copy_data and copy_end requests out, a chunk at a time, from the moment a
 * statement has started until it is done.
 *
 * Owned by the run. Several that run at once take turns, so none can starve
 * another that the daemon may be waiting for.
 */
#ifndef CLI_COPY_FEED_H
#define CLI_COPY_FEED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/macros.h"
#include "cli/args.h"

struct copy_feed {
	size_t number; /* of the statement */
	const char *file;
	int fd; /* -1: at its end, or not needed any more */
	bool running;
	struct buf held; /* the beginning of a character */
	unsigned long long sent; /* bytes, for messages */
};

struct copy_feeds {
	struct copy_feed *feeds;
	size_t n, turn;
};

/* Opens every file, so that a missing one fails before anything ran. */
int copy_feeds_open(
    struct copy_feeds *f, const struct args *args, struct err *e) must_check;
void copy_feeds_close(struct copy_feeds *f);

void copy_feeds_start(struct copy_feeds *f, size_t number);
void copy_feeds_stop(struct copy_feeds *f, size_t number);

/* Whose turn it is: a file to wait for until it is readable, or -1. */
int copy_feeds_fd(struct copy_feeds *f);

/*
 * Reads from that file and appends requests to OUT. When it fails, the
 * statement has been told so, and the other files go on.
 */
int copy_feeds_pump(struct copy_feeds *f, const char *batch, struct buf *out,
    struct err *e) must_check;

#endif
