/*
 * What went wrong, as psql shows it: severity and message, the line with the
 * place marked, detail, hint, context. Error objects of the protocol in, text
 * out, control characters shown as escapes.
 */
#ifndef CLI_ERRORS_H
#define CLI_ERRORS_H

#include <jansson.h>
#include <stddef.h>

#include "base/buf.h"
#include "cli/source.h"

struct errors_context {
	const struct source *source; /* NULL: positions are not shown */
	size_t number; /* of the statement; 0: the batch as a whole */
	bool many; /* say which statement */
	size_t width; /* of the terminal */
};

void errors_put(
    struct buf *out, const struct errors_context *c, const json_t *error);

/* "2: NOTICE:  message" */
void errors_put_notice(struct buf *out, const struct errors_context *c,
    const char *severity, const char *message);

#endif
