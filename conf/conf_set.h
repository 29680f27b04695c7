/*
 * The layer of the command line: --set SECTION.KEY=VALUE, where SECTION is
 * "fanoutd", "database NAME" or "database.NAME".
 *
 * In two steps, since --set may declare a database, which the environment
 * may then change, and yet --set has the last word. Main thread.
 */
#ifndef CONF_CONF_SET_H
#define CONF_CONF_SET_H

#include "conf/conf_draft.h"

/* One --set, understood. */
struct conf_set_item {
	struct conf_draft_section *section; /* NULL: refused */
	const char *key, *value;
	struct conf_origin origin;
};

struct conf_set {
	struct conf_set_item *items; /* in the draft's scratch arena */
	size_t n;
};

/* Understands all of them and declares what they name. */
int conf_set_declare(struct conf_draft *d, const char *const *args, size_t n,
    struct conf_set *out) must_check;

/* Sets the values, in order. */
int conf_set_apply(struct conf_draft *d, const struct conf_set *set) must_check;

#endif
