/*
 * The syntax of an INI file: text in, sections and keys out, with the line
 * that each is on.
 *
 *     text ─► our line reader ─► inih ─► our handler ─► sink
 *             (tells of sections,  (splits  (takes what both
 *              refuses all that     a key)   split alike)
 *              could be misread)
 *
 * inih is lenient, in ways that depend on how it was built: it may cut at
 * " ;", take an indented key for more of the value above, cut long lines and
 * long section names, take ":" for "=". None of this may reach a setting, so
 * a key counts only when inih and we agree on it.
 *
 * Borrows the text; what the sink gets is valid until it returns. Main
 * thread.
 */
#ifndef CONF_CONF_INI_H
#define CONF_CONF_INI_H

#include <stddef.h>

#include "base/macros.h"

/* Every member must be set; what is not 0 ends the reading and is returned. */
struct conf_ini_sink {
	/* NAME is NULL below a header that was refused (see on_error). */
	int (*on_section)(void *ctx, unsigned line, const char *name);
	int (*on_key)(
	    void *ctx, unsigned line, const char *key, const char *value);
	/* WHAT never quotes a value. */
	int (*on_error)(void *ctx, unsigned line, const char *what);
};

/* Wrong input goes to on_error; fails with ERR_NOMEM or what the sink says. */
int conf_ini_parse(const char *text, size_t len,
    const struct conf_ini_sink *sink, void *ctx) must_check;

#endif
