/*
 * Walks over JSON in place: no tree, no copies, every number and string as
 * it was written. For frames of rows, of which there are millions.
 *
 * Input: one line from the server, checked to be UTF-8. Spans point into it.
 * After the first mistake `bad` is set and every function says "no more".
 */
#ifndef CLI_JSCAN_H
#define CLI_JSCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum jscan_kind {
	JSCAN_NULL,
	JSCAN_BOOL,
	JSCAN_NUMBER,
	JSCAN_STRING,
	JSCAN_ARRAY,
	JSCAN_OBJECT,
};

/* One whole value as it is written, with its quotes or brackets. */
struct jspan {
	enum jscan_kind kind;
	bool escaped; /* a string with a backslash in it */
	const char *text;
	size_t len;
};

struct jscan {
	const char *p, *end;
	bool bad;
	bool fresh; /* right behind an opening bracket */
};

void jscan_init(struct jscan *s, const char *text, size_t len);

/* Steps over one value, which *OUT then is. */
bool jscan_value(struct jscan *s, struct jspan *out);

/* Steps into '[' or '{'. */
bool jscan_open(struct jscan *s, char bracket);

/* True: the array's next value follows. False: stepped out of it, or bad. */
bool jscan_element(struct jscan *s);

/* Likewise for an object, whose next key is *KEY. */
bool jscan_member(struct jscan *s, struct jspan *key);

/* Nothing but white space is left. */
bool jscan_at_end(struct jscan *s);

/* A string without escapes is exactly WORD. */
bool jspan_is(const struct jspan *span, const char *word);

/*
 * What a string says, or another value's own text. *TEXT points into the
 * span, or into SCRATCH, which is overwritten. Half surrogates become U+FFFD.
 */
void jspan_text(const struct jspan *span, struct buf *scratch,
    const char **text, size_t *len);

#endif
