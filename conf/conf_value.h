/*
 * A setting's value: from text to the member of struct conf or conf_database
 * that its key stands for, and back.
 *
 * MEMBERS is the struct that holds the member. Texts are copied into the
 * arena. Any thread.
 */
#ifndef CONF_CONF_VALUE_H
#define CONF_CONF_VALUE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "conf/conf_keys.h"

/*
 * Fails with ERR_INVALID, the member left as it was, and a message that says
 * what is wrong with TEXT (never quoting a secret one) but not of which key.
 */
int conf_value_read(const struct conf_key *key, const char *text,
    struct arena *arena, void *members, struct err *e) must_check;

/* As conf_value_read() takes it; nothing where it is not set. */
void conf_value_format(
    const struct conf_key *key, const void *members, struct buf *out);

/* What it may be, for people: "0 to 10000", "postgres, sqlite". */
void conf_value_format_domain(const struct conf_key *key, struct buf *out);

#endif
