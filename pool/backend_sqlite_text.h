/*
 * The little that the SQLite engine reads from a statement's text: which
 * command it is. SQLite's own parser decides everything else. Pure.
 */
#ifndef POOL_BACKEND_SQLITE_TEXT_H
#define POOL_BACKEND_SQLITE_TEXT_H

#include <stdbool.h>

enum sqlite_verb {
	SQLITE_VERB_NONE, /* no text but blanks */
	SQLITE_VERB_SELECT, /* counts rows */
	SQLITE_VERB_CHANGE, /* INSERT, UPDATE, DELETE, REPLACE */
	SQLITE_VERB_COMMIT,
	SQLITE_VERB_ROLLBACK, /* the whole transaction */
	SQLITE_VERB_COPY,
	SQLITE_VERB_OTHER,
};

#define SQLITE_TAG_SIZE 48

/* Past blanks, comments and semicolons. */
const char *sqlite_text_skip(const char *sql);

/*
 * What kind of command SQL is, and PostgreSQL's tag for it without a count:
 * "INSERT 0", "CREATE TABLE".
 */
enum sqlite_verb sqlite_text_verb(const char *sql, char tag[SQLITE_TAG_SIZE]);

#endif
