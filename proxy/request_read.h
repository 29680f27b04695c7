/*
 * From the socket's bytes to lines: NDJSON's framing and its bound.
 *
 * Owned by its session, on the loop's thread.
 *
 *     read() ─► line_reader_room/added ─► line_reader_next ─► one line a call
 *
 * Invariant: start <= scanned <= in.len; no newline in [start, scanned).
 */
#ifndef PROXY_REQUEST_READ_H
#define PROXY_REQUEST_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/macros.h"

struct line_reader {
	struct buf in;
	size_t start; /* of the line that is being read */
	size_t scanned; /* no newline before */
	bool skipping; /* the rest of a line that was too long */
};

enum line_result {
	LINE_NONE, /* none is whole yet */
	LINE_WHOLE, /* LINE and LEN are set */
	LINE_TOO_LONG, /* told once for each; its rest is passed over */
};

void line_reader_init(struct line_reader *r);
void line_reader_release(struct line_reader *r);

/* Where to read up to *ROOM bytes to; NULL: out of memory. */
char *line_reader_room(struct line_reader *r, size_t *room);
void line_reader_added(struct line_reader *r, size_t n);

/*
 * The next line without its end; it stays valid until the reader is called
 * again. A line of more than MAX bytes is LINE_TOO_LONG. With ENDED what is
 * left is a line, too.
 */
enum line_result line_reader_next(struct line_reader *r, size_t max, bool ended,
    const char **line, size_t *len);

#endif
