/*
 * Text for people: how wide it is on a terminal, how it is shown when it
 * holds control characters, numbers and times as one reads them.
 *
 * What comes from a server must pass through text_put_escaped() or
 * text_put_label() before a terminal sees it. All input is valid UTF-8.
 * Failures stick to the buf (see base/buf.h).
 */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define TEXT_DEFAULT_WIDTH 80

/* Makes widths right: any UTF-8 locale will do. Once, at the start. */
void text_init_locale(void);

/* Columns of the terminal on FD: COLUMNS, what it says, or 80. */
size_t text_terminal_width(int fd);

/* Columns that S takes; control characters count as nothing. */
size_t text_width(const char *s, size_t len);

/* The length of the longest beginning of S that is at most WIDTH wide. */
size_t text_fit(const char *s, size_t len, size_t width);

/* How long the control character at S is (C0, DEL, C1), or 0. */
size_t text_control_length(const char *s, size_t len);

/* "\n", "\t", "\u001b": the control character C as it is shown. */
void text_put_control(struct buf *out, unsigned c);

/* S with control characters shown, except those in KEEP. */
void text_put_escaped(
    struct buf *out, const char *s, size_t len, const char *keep);

/* S on one line: white space as one blank, cut with "…" at WIDTH. */
void text_put_label(struct buf *out, const char *s, size_t len, size_t width);

/* N blanks (none for a negative result of the caller's sum). */
void text_put_blanks(struct buf *out, size_t n);

/* "7,789,600" */
void text_put_count(struct buf *out, int64_t n);

/* "575,400 rows", "1 row" */
void text_put_quantity(struct buf *out, int64_t n, const char *noun);

/* "0.4 ms", "12 ms", "1.2 s", "2 min 5 s" */
#define TEXT_DURATION_SIZE 40
void text_format_duration(int64_t us, char out[TEXT_DURATION_SIZE]);

#endif
