/*
 * Where the statements of a script are, for people to recognize them by.
 *
 * The daemon splits what it runs, by its engine's own rules; this splitter
 * knows quotes, dollar quotes and comments, which is enough to label answers.
 * Whoever uses it compares the number found with the daemon's, and labels
 * nothing where they differ. Pure.
 */
#ifndef CLI_SPLIT_H
#define CLI_SPLIT_H

#include <stdbool.h>
#include <stddef.h>

struct split_span {
	size_t start, len; /* from the first token to the last */
};

/*
 * The next statement of TEXT from *POS on, which moves behind its semicolon;
 * false when only white space and comments are left. *CLOSED: it ended with
 * a semicolon.
 */
bool split_next(const char *text, size_t len, size_t *pos,
    struct split_span *out, bool *closed);

#endif
