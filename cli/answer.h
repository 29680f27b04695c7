/*
 * What is known of one statement's answer so far: its columns, its rows on
 * their way out, and in the end its verdict.
 *
 * Owned by the run; an answer's columns and spool are freed as soon as it has
 * been printed, the verdict stays for the waterfall and the closing line.
 */
#ifndef CLI_ANSWER_H
#define CLI_ANSWER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/macros.h"
#include "cli/frames.h"
#include "cli/spool.h"

struct answer_column {
	char *name; /* as the server says it */
	char *key; /* the same, made unique: "count", "count_2" */
	char *type;
	/* For the aligned format: */
	bool right; /* numbers are aligned to the right */
	bool guess; /* no type tells: right, as long as all are numbers */
	bool seen; /* a value that is not null */
	size_t width; /* of the widest value */
};

struct answer {
	size_t number; /* from 1 */
	bool has_columns, has_copy, has_verdict;
	bool is_begun; /* the format's own mark */
	struct answer_column *columns;
	size_t n_columns;
	int64_t rows; /* received so far */
	struct spool spool; /* what the format keeps until `done` */

	/* The verdict, as in frames.h, without what belongs to the frame. */
	enum status status;
	int64_t count, conn, queue_us, exec_us, total_us;
};

void answer_init(struct answer *a, size_t number);
void answer_release(struct answer *a);

/* COLUMNS: of strings, or of objects with name, type and oid. */
int answer_set_columns(
    struct answer *a, const json_t *columns, struct err *e) must_check;

void answer_set_verdict(struct answer *a, const struct verdict *v);

#endif
