/*
 * Cuts SQL text into tokens as the engine's own scanner would, as far as it
 * matters for where a statement ends and which words it has.
 *
 * A text in, one token a call out; nothing is allocated, copied or kept, and
 * the time is linear in the text. PostgreSQL's own scanner exists as a
 * library, but takes 70 bytes of memory for a byte of text, refuses a whole
 * script for one number that a newer server would understand, and knows
 * nothing of SQLite.
 *
 * Where engines or versions differ, it cuts so that no word stays hidden: in
 * `1INTO`, INTO is a word. Any thread.
 */
#ifndef PLANNER_SQL_LEX_H
#define PLANNER_SQL_LEX_H

#include <stdbool.h>
#include <stddef.h>

#include "planner/plan.h"

enum sql_token_kind {
	TOKEN_END, /* of the text */
	TOKEN_WORD, /* a keyword or a plain identifier */
	TOKEN_QUOTED, /* an identifier in quotes */
	TOKEN_STRING, /* of any form */
	TOKEN_NUMBER,
	TOKEN_PARAM, /* $1; SQLite: ?1, :name, @name, $name */
	TOKEN_SYMBOL, /* one character that is none of the above */
	TOKEN_BROKEN, /* something that never ends; `broken` names it */
};

struct sql_token {
	enum sql_token_kind kind;
	const char *at;
	size_t len;
	/* Where the first block comment right before it begins, else at. */
	const char *from;
};

struct sql_lex {
	const char *at, *end;
	enum sql_dialect dialect;
	const char *broken; /* "quoted string", "comment", … */
};

void sql_lex_init(struct sql_lex *lex, enum sql_dialect dialect,
    const char *text, size_t len);

/* The next token. After TOKEN_END or TOKEN_BROKEN the same comes again. */
void sql_lex_next(struct sql_lex *lex, struct sql_token *token);

/* Is it the plain word WORD (in small letters), whatever its case? */
bool sql_token_is(const struct sql_token *token, const char *word);

/* Is it the symbol C? */
bool sql_token_is_symbol(const struct sql_token *token, char c);

/* Is it one of WORDS (NULL-terminated)? */
bool sql_token_is_any(const struct sql_token *token, const char *const words[]);

/* A text with the token that is looked at. */
struct sql_reader {
	struct sql_lex lex;
	struct sql_token t;
};

void sql_reader_init(struct sql_reader *r, enum sql_dialect dialect,
    const char *text, size_t len);
void sql_reader_next(struct sql_reader *r);

/* Moves past WORD; false when it is not the one. */
bool sql_reader_accept(struct sql_reader *r, const char *word);

/* Nothing more can be read. */
bool sql_reader_is_at_end(const struct sql_reader *r);

#endif
