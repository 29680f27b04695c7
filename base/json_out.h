/*
 * JSON as it is written: strings escaped straight into a buf.
 *
 * Failures stick to the buf (see buf.h). Pure; any thread.
 */
#ifndef BASE_JSON_OUT_H
#define BASE_JSON_OUT_H

#include <stddef.h>

#include "base/buf.h"

/*
 * S in quotes. Bytes that are not UTF-8 become U+FFFD, since a line that a
 * strict reader refuses would lose everything else on it.
 */
void json_put_string(struct buf *out, const char *s, size_t len);
void json_put_cstr(struct buf *out, const char *s);

/* S, or null where it is NULL. */
void json_put_cstr_or_null(struct buf *out, const char *s);

/*
 * A JSON text as another program wrote it: line breaks, which JSON allows
 * only between tokens, become spaces, so that it stays on one line. What is
 * not UTF-8 is no JSON and written as a string.
 */
void json_put_raw(struct buf *out, const char *s, size_t len);

#endif
