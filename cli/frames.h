/*
 * What the server says: one line in, one understood frame out.
 *
 * Rows stay in the line and are walked with frame_each_row();
 * everything else is a jansson value. A frame is valid as long as its line;
 * whoever read it releases it. Members that are missing or of another type
 * count as null: a client takes what it knows.
 */
#ifndef CLI_FRAMES_H
#define CLI_FRAMES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/macros.h"
#include "cli/jscan.h"

enum frame_kind {
	FRAME_ACCEPTED,
	FRAME_REJECTED,
	FRAME_STARTED,
	FRAME_COLUMNS,
	FRAME_ROWS,
	FRAME_COPY,
	FRAME_NOTICE,
	FRAME_DONE,
	FRAME_END,
	FRAME_ERROR,
	FRAME_TABLE,
	FRAME_HELLO,
	FRAME_PONG,
	FRAME_CANCELLING,
	FRAME_RELOADED,
	FRAME_PAUSED,
	FRAME_RESUMED,
	FRAME_RECONNECTING,
	FRAME_OTHER, /* newer than this client */
};

struct frame {
	enum frame_kind kind;
	size_t number; /* the statement's id, which counts from 1; else 0 */
	json_t *json; /* NULL for FRAME_ROWS */
	struct jspan rows; /* FRAME_ROWS and FRAME_TABLE */
};

int frame_read(
    const char *line, size_t len, struct frame *f, struct err *e) must_check;
void frame_release(struct frame *f);

/* Members of the frame or of an object in it. */
const char *frame_string(const json_t *object, const char *name); /* or NULL */
int64_t frame_int(const json_t *object, const char *name, int64_t otherwise);

/* "accepted": how many statements there are. */
size_t frame_count_statements(const struct frame *f);

enum status {
	STATUS_OK,
	STATUS_ERROR,
	STATUS_SKIPPED,
	STATUS_NOT_SENT,
	STATUS_CANCELLED,
	STATUS_UNKNOWN,
};
#define STATUS_COUNT 6

const char *status_text(enum status status);

/* "done"; strings belong to the frame. Numbers that are null are -1. */
struct verdict {
	enum status status;
	const char *tag; /* or NULL */
	int64_t count, conn, queue_us, exec_us, total_us;
	const json_t *error; /* an object, or NULL */
};

void frame_get_verdict(const struct frame *f, struct verdict *out);

/* Calls ROW for each row with its cells; stops when it returns non-zero. */
#define FRAME_MAX_CELLS 65536
struct frame_cells {
	struct jspan *cells; /* grown as needed; free() it at the end */
	size_t n, cap;
};
int frame_each_row(const struct frame *f, struct frame_cells *cells,
    int (*row)(void *ctx, const struct frame_cells *cells, struct err *e),
    void *ctx, struct err *e) must_check;

#endif
