/*
 * Pieces of text on their way from a file, a variable or an argument to a
 * setting. Pure; any thread; a span borrows what it points to.
 */
#ifndef CONF_CONF_TEXT_H
#define CONF_CONF_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* LEN bytes, with no NUL behind them. */
struct conf_span {
	const char *s;
	size_t len;
};

struct conf_span conf_span(const char *s, size_t len);
struct conf_span conf_span_trim(struct conf_span span);
bool conf_span_is(struct conf_span span, const char *s);
bool conf_span_starts_with(struct conf_span span, const char *s);

/*
 * Takes the next of a comma-separated list, trimmed, off the front of REST;
 * false when the list is at its end. An empty list has one empty item.
 */
bool conf_span_next(struct conf_span *rest, struct conf_span *item);

/* What makes it no text that we take, or NULL: NUL, control, bad UTF-8. */
const char *conf_text_fault(const char *s, size_t len);

/* Not empty, and nothing but ASCII letters, digits, "_", "-" and ".". */
bool conf_text_is_name(const char *s, size_t len);

#endif
