/*
 * The SQL to run, from -c, -f and standard input: one text, and where in it
 * the statements are.
 *
 * In script form the text is sent as it is and the spans are labels; in list
 * form each span is one statement of the request. Answers' ids count the
 * statements from 1 either way. Owned by whoever embeds it.
 */
#ifndef CLI_SOURCE_H
#define CLI_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/macros.h"
#include "cli/args.h"
#include "cli/split.h"

/* One -c or -f. */
struct source_piece {
	const char *file; /* NULL: -c */
	size_t start; /* in text */
};

struct source {
	bool is_list;
	struct buf text; /* UTF-8 */
	struct source_piece *pieces;
	size_t n_pieces;
	struct split_span *spans;
	size_t n_spans, cap_spans;
};

/* Reads everything; ERR_INVALID or ERR_IO with a message for the user. */
int source_load(
    struct source *s, const struct args *args, struct err *e) must_check;
void source_release(struct source *s);

/*
 * The daemon found N statements: where that is another number, the labels
 * would be wrong and are forgotten.
 */
void source_confirm(struct source *s, size_t n);

/* The text of statement NUMBER (from 1), or false where it is not known. */
bool source_statement(
    const struct source *s, size_t number, const char **text, size_t *len);

/* The number of a COPY … FROM STDIN that --copy-data does not feed, or 0. */
size_t source_find_unfed(const struct source *s, const struct args *args);

/* A place in the user's own text. */
struct source_place {
	const char *file; /* NULL: -c */
	size_t line; /* from 1, within its piece */
	const char *text; /* of that line */
	size_t len;
	size_t column; /* bytes of the line before the place */
};

/*
 * Where character POSITION (from 1) is, as an error about statement NUMBER
 * counts it; false where there is no such place.
 */
bool source_find(const struct source *s, size_t number, int64_t position,
    struct source_place *out);

#endif
