/*
 * The formats: answers in, bytes on standard output out.
 *
 * A result that arrives alone is `direct` and goes out as it comes; results
 * that arrive interleaved are kept in their spools and each goes out whole
 * when it is done. Each format is one struct out_ops in a file of its own.
 *
 * Owned by the run (or by `show`); main thread. Failures of standard output
 * stick to the struct output; the functions fail only for what is local, or
 * what the server got wrong.
 */
#ifndef CLI_OUT_H
#define CLI_OUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/macros.h"
#include "cli/answer.h"
#include "cli/frames.h"
#include "cli/output.h"
#include "cli/source.h"

struct out;

/* Any may be NULL: nothing to do. */
struct out_ops {
	const char *name;
	bool machine; /* the closing line goes to standard error */
	bool streams; /* each line says whose it is: always direct */
	int (*columns)(struct out *o, struct answer *a, struct err *e);
	int (*row)(struct out *o, struct answer *a,
	    const struct frame_cells *cells, struct err *e);
	int (*copy)(struct out *o, struct answer *a, const char *data,
	    size_t len, struct err *e);
	int (*done)(struct out *o, struct answer *a, const struct verdict *v,
	    struct err *e);
	void (*end)(struct out *o);
};

extern const struct out_ops out_aligned, out_csv, out_json, out_ndjson,
    out_quiet;

struct out {
	const struct out_ops *ops;
	struct output *output;
	const struct source *source; /* for labels; may be NULL */
	bool direct; /* results do not interleave */
	bool many; /* more than one statement */
	bool bare; /* rows alone, without a word on statements */
	bool copied; /* raw COPY data went out */
	size_t n_statements;
	size_t width; /* of the terminal */
	size_t printed; /* results begun on standard output */
	struct answer *open; /* direct: the one being written, or NULL */
	struct buf line, text; /* scratch */
};

/* FORMAT is one of --format's values. */
void out_init(struct out *o, const char *format, struct output *output);
void out_release(struct out *o);

/* Before the first answer. SEQUENTIAL: they come one after another. */
void out_begin(struct out *o, size_t n_statements, bool sequential,
    const struct source *source);

int out_columns(struct out *o, struct answer *a, struct err *e) must_check;
int out_row(struct out *o, struct answer *a, const struct frame_cells *cells,
    struct err *e) must_check;
int out_copy(struct out *o, struct answer *a, const char *data, size_t len,
    struct err *e) must_check;
int out_done(struct out *o, struct answer *a, const struct verdict *v,
    struct err *e) must_check;
void out_end(struct out *o);

/* For the formats: */

/* B, emptied: to standard output when direct, else into A's spool. */
int out_emit(
    struct out *o, struct answer *a, struct buf *b, struct err *e) must_check;

/* All of A's spool to standard output. */
int out_replay(struct out *o, struct answer *a, struct err *e) must_check;

/* COPY data as it is, out or kept. */
int out_copy_raw(struct out *o, struct answer *a, const char *data, size_t len,
    struct err *e) must_check;

/* What CELL says, in o->text or in the frame; NULL and 0 for null. */
int out_cell_text(struct out *o, const struct jspan *cell, const char **text,
    size_t *len, struct err *e) must_check;

/* The statement's text on one line of at most WIDTH; nothing if unknown. */
void out_put_label(
    struct out *o, struct buf *b, const struct answer *a, size_t width);

#endif
