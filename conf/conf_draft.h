/*
 * A configuration in the making: what the layers (defaults, file, includes,
 * environment, --set) write to one after another, and the list of everything
 * that is wrong with it.
 *
 * A value is read and checked when it is set, so that messages come in the
 * order of the lines; a later layer simply sets the member again. Functions
 * here fail only with ERR_NOMEM: what is wrong with the input goes to the
 * errors, and the work goes on, since all of it is to be told at once.
 *
 * Owned by conf_load(). What only the making needs is in `scratch`; what the
 * conf keeps is in the conf's own arena. Main thread.
 */
#ifndef CONF_CONF_DRAFT_H
#define CONF_CONF_DRAFT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/list.h"
#include "conf/conf_keys.h"

/* Who says something. */
struct conf_origin {
	const char *where; /* "fanoutd.ini:4"; lives as long as the draft */
	unsigned file; /* the number of that file, or 0 where it is none */
};

struct conf_setting {
	struct conf_origin origin; /* of its value; no `where`: the default */
	bool bad; /* its last value was refused */
};

struct conf_draft_section {
	struct list link; /* a database's, in draft.databases */
	enum conf_section kind;
	const char *title; /* "fanoutd" or "database brazil" */
	const char *name; /* of the database */
	struct conf_origin origin; /* of its last header; the caller sets it */
	void *members; /* struct conf or conf_database */
	struct conf_setting settings[CONF_N_KEYS]; /* by enum conf_key_id */
};

struct conf_draft {
	struct conf *conf;
	struct arena scratch;
	struct buf *errors; /* the caller's */
	size_t n_errors;
	/*
	 * Something could not be read whole, so that a name that is missing
	 * may be no second mistake.
	 */
	bool incomplete;
	struct conf_draft_section fanoutd;
	struct list databases; /* in order of declaration */
};

int conf_draft_init(struct conf_draft *d, struct buf *errors) must_check;
void conf_draft_release(struct conf_draft *d);

/* Adds "WHERE: what" (WHERE may be NULL) to the errors. */
void conf_draft_error(struct conf_draft *d, const char *where, const char *fmt,
    ...) printf_like(3, 4);

struct conf_draft_section *conf_draft_find_database(
    const struct conf_draft *d, const char *name);
const char *conf_draft_nearest_database(
    const struct conf_draft *d, const char *name);
int conf_draft_add_database(struct conf_draft *d, const char *name,
    struct conf_draft_section **out) must_check;

/*
 * The section that TITLE ("fanoutd", "database brazil") names, a database
 * being added where it is new. *OUT is NULL when it was refused (and told)
 * and not even a guess can be made at what was meant.
 */
int conf_draft_open(struct conf_draft *d, const char *title,
    struct conf_origin origin, struct conf_draft_section **out) must_check;

int conf_draft_set(struct conf_draft *d, struct conf_draft_section *section,
    const struct conf_key *key, const char *text,
    struct conf_origin origin) must_check;

/* As conf_draft_set(), by the key's name, which may be unknown. */
int conf_draft_set_named(struct conf_draft *d,
    struct conf_draft_section *section, const char *name, const char *text,
    struct conf_origin origin) must_check;

/* Hands the finished conf over. */
int conf_draft_finish(struct conf_draft *d, struct conf **out) must_check;

#endif
