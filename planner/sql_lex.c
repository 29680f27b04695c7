#include "planner/sql_lex.h"

#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Bytes of characters beyond ASCII are letters, as in both engines. */
static bool is_word_start(char c)
{
	return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_' ||
	       (unsigned char)c >= 0x80;
}

static bool is_word_rest(char c)
{
	return is_word_start(c) || is_digit(c) || c == '$';
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The character N places on, or NUL past the end. */
static char peek(const struct sql_lex *lex, size_t n)
{
	return n < (size_t)(lex->end - lex->at) ? lex->at[n] : '\0';
}

static bool is_postgres(const struct sql_lex *lex)
{
	return lex->dialect == DIALECT_POSTGRES;
}

/* To PostgreSQL a carriage return ends a line too. */
static bool is_line_end(const struct sql_lex *lex, char c)
{
	return c == '\n' || (c == '\r' && is_postgres(lex));
}

void sql_lex_init(
    struct sql_lex *lex, enum sql_dialect dialect, const char *text, size_t len)
{
	*lex =
	    (struct sql_lex){.at = text, .end = text + len, .dialect = dialect};
}

static void skip_line_comment(struct sql_lex *lex)
{
	while (lex->at < lex->end && !is_line_end(lex, *lex->at))
		lex->at++;
}

/* PostgreSQL's comments nest; SQLite's may end with the text. */
static bool skip_block_comment(struct sql_lex *lex)
{
	const char *start = lex->at;
	size_t depth = 1;

	for (lex->at += 2; lex->at < lex->end; lex->at++) {
		if (*lex->at == '*' && peek(lex, 1) == '/') {
			lex->at++;
			if (--depth == 0) {
				lex->at++;
				return true;
			}
		} else if (is_postgres(lex) && *lex->at == '/' &&
		           peek(lex, 1) == '*') {
			lex->at++;
			depth++;
		}
	}
	if (!is_postgres(lex))
		return true;
	lex->at = start;
	lex->broken = "comment";
	return false;
}

/* SQLite takes a byte order mark for white space, wherever it stands. */
static bool is_mark(const struct sql_lex *lex)
{
	return !is_postgres(lex) && peek(lex, 0) == '\xEF' &&
	       peek(lex, 1) == '\xBB' && peek(lex, 2) == '\xBF';
}

/*
 * Up to the next token; *FROM is then where its block comments begin. False
 * when a comment never ends.
 */
static bool skip_space(struct sql_lex *lex, const char **from)
{
	*from = NULL;
	for (;;) {
		while (is_space(peek(lex, 0)))
			lex->at++;
		if (is_mark(lex)) {
			lex->at += 3;
		} else if (peek(lex, 0) == '-' && peek(lex, 1) == '-') {
			skip_line_comment(lex);
		} else if (peek(lex, 0) == '/' && peek(lex, 1) == '*') {
			if (!*from)
				*from = lex->at;
			if (!skip_block_comment(lex))
				return false;
		} else {
			break;
		}
	}
	if (!*from)
		*from = lex->at;
	return true;
}

/*
 * PostgreSQL joins string literals that have only white space with a line
 * break between them; with an E before the first, the backslash keeps its
 * meaning in the next. Moves to the quote that goes on, if there is one.
 */
static bool string_goes_on(struct sql_lex *lex)
{
	struct sql_lex ahead = *lex;
	bool line_break = false;

	for (;;) {
		if (is_space(peek(&ahead, 0))) {
			line_break |= is_line_end(&ahead, *ahead.at);
			ahead.at++;
		} else if (peek(&ahead, 0) == '-' && peek(&ahead, 1) == '-') {
			skip_line_comment(&ahead);
		} else {
			break;
		}
	}
	if (!line_break || peek(&ahead, 0) != '\'')
		return false;
	lex->at = ahead.at;
	return true;
}

/* From the opening quote to behind CLOSE, which doubled stands for itself. */
static bool skip_quoted(struct sql_lex *lex, char close, bool backslash)
{
	const char *start = lex->at;

	for (lex->at++; lex->at < lex->end; lex->at++) {
		if (*lex->at == '\\' && backslash && lex->end - lex->at > 1) {
			lex->at++;
		} else if (*lex->at == close) {
			lex->at++;
			if (close == ']' || peek(lex, 0) != close)
				return true;
		}
	}
	lex->at = start;
	return false;
}

static enum sql_token_kind lex_string(struct sql_lex *lex, bool backslash)
{
	do {
		if (!skip_quoted(lex, '\'', backslash)) {
			lex->broken = "quoted string";
			return TOKEN_BROKEN;
		}
	} while (backslash && string_goes_on(lex));
	return TOKEN_STRING;
}

static enum sql_token_kind lex_quoted(struct sql_lex *lex, char close)
{
	if (skip_quoted(lex, close, false))
		return TOKEN_QUOTED;
	lex->broken = "quoted identifier";
	return TOKEN_BROKEN;
}

static void skip_word(struct sql_lex *lex)
{
	while (is_word_rest(peek(lex, 0)))
		lex->at++;
}

/* The length of $tag$ at the cursor, or 0. */
static size_t dollar_tag(const struct sql_lex *lex)
{
	size_t n = 1;

	if (is_word_start(peek(lex, n)))
		while (is_word_rest(peek(lex, n)) && peek(lex, n) != '$')
			n++;
	return peek(lex, n) == '$' ? n + 1 : 0;
}

static enum sql_token_kind lex_dollar_quoted(struct sql_lex *lex, size_t tag)
{
	const char *body = lex->at + tag;
	const char *close =
	    memmem(body, (size_t)(lex->end - body), lex->at, tag);

	if (!close) {
		lex->broken = "dollar-quoted string";
		return TOKEN_BROKEN;
	}
	lex->at = close + tag;
	return TOKEN_STRING;
}

/* $1 or ?1 ends behind its digits: in `$1INTO`, older servers read INTO. */
static enum sql_token_kind lex_numbered_param(struct sql_lex *lex)
{
	lex->at++;
	if (!is_digit(peek(lex, 0)))
		return TOKEN_SYMBOL;
	while (is_digit(peek(lex, 0)))
		lex->at++;
	return TOKEN_PARAM;
}

static enum sql_token_kind lex_dollar(struct sql_lex *lex)
{
	size_t tag = dollar_tag(lex);

	return tag ? lex_dollar_quoted(lex, tag) : lex_numbered_param(lex);
}

/*
 * SQLite's :name, @name, #name and $name, also $name::name, with an odd
 * suffix: a parenthesis right behind the name belongs to it, with all that is
 * in it, quotes and semicolons too, up to its end or white space.
 */
static enum sql_token_kind lex_sqlite_name(struct sql_lex *lex)
{
	const char *start = lex->at++;

	skip_word(lex);
	while (peek(lex, 0) == ':' && peek(lex, 1) == ':') {
		lex->at += 2;
		skip_word(lex);
	}
	if (lex->at - start == 1)
		return TOKEN_SYMBOL;
	if (peek(lex, 0) == '(')
		while (lex->at < lex->end && !is_space(*lex->at))
			if (*lex->at++ == ')')
				break;
	return TOKEN_PARAM;
}

/*
 * Digits and points only. Letters right behind them become a word of their
 * own: in `1INTO`, older servers read INTO, and what a newer one reads as one
 * number (0x1F, 1_000) hides no word.
 */
static enum sql_token_kind lex_number(struct sql_lex *lex)
{
	while (is_digit(peek(lex, 0)) || peek(lex, 0) == '.')
		lex->at++;
	return TOKEN_NUMBER;
}

static enum sql_token_kind lex_word(struct sql_lex *lex)
{
	if (is_postgres(lex) && (*lex->at | 0x20) == 'e' &&
	    peek(lex, 1) == '\'') {
		lex->at++;
		return lex_string(lex, true);
	}
	skip_word(lex);
	return TOKEN_WORD;
}

static enum sql_token_kind lex_sqlite_only(struct sql_lex *lex, char c)
{
	switch (c) {
	case '`':
		return lex_quoted(lex, '`');
	case '[':
		return lex_quoted(lex, ']');
	case '$':
	case ':':
	case '@':
	case '#':
		return lex_sqlite_name(lex);
	case '?':
		return lex_numbered_param(lex);
	default:
		lex->at++;
		return TOKEN_SYMBOL;
	}
}

static enum sql_token_kind lex_token(struct sql_lex *lex)
{
	char c = *lex->at;

	if (is_word_start(c))
		return lex_word(lex);
	if (is_digit(c))
		return lex_number(lex);
	if (c == '\'')
		return lex_string(lex, false);
	if (c == '"')
		return lex_quoted(lex, '"');
	if (!is_postgres(lex))
		return lex_sqlite_only(lex, c);
	if (c == '$')
		return lex_dollar(lex);
	lex->at++;
	return TOKEN_SYMBOL;
}

void sql_lex_next(struct sql_lex *lex, struct sql_token *token)
{
	bool whole = !lex->broken && skip_space(lex, &token->from);

	token->at = lex->at;
	if (!whole)
		token->kind = TOKEN_BROKEN;
	else if (lex->at == lex->end)
		token->kind = TOKEN_END;
	else
		token->kind = lex_token(lex);
	if (token->kind == TOKEN_BROKEN)
		token->from = token->at;
	token->len = (size_t)(lex->at - token->at);
}

/* Does S begin with the small letters of WORD? */
static bool folds_to(const char *s, const char *word, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char c = s[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c | 0x20);
		if (c != word[i])
			return false;
	}
	return true;
}

bool sql_token_is(const struct sql_token *token, const char *word)
{
	return token->kind == TOKEN_WORD && token->len == strlen(word) &&
	       folds_to(token->at, word, token->len);
}

bool sql_token_is_symbol(const struct sql_token *token, char c)
{
	return token->kind == TOKEN_SYMBOL && *token->at == c;
}

bool sql_token_is_any(const struct sql_token *token, const char *const words[])
{
	for (; *words; words++)
		if (sql_token_is(token, *words))
			return true;
	return false;
}

void sql_reader_init(struct sql_reader *r, enum sql_dialect dialect,
    const char *text, size_t len)
{
	sql_lex_init(&r->lex, dialect, text, len);
	sql_lex_next(&r->lex, &r->t);
}

void sql_reader_next(struct sql_reader *r)
{
	sql_lex_next(&r->lex, &r->t);
}

bool sql_reader_accept(struct sql_reader *r, const char *word)
{
	if (!sql_token_is(&r->t, word))
		return false;
	sql_lex_next(&r->lex, &r->t);
	return true;
}

bool sql_reader_is_at_end(const struct sql_reader *r)
{
	return r->t.kind == TOKEN_END || r->t.kind == TOKEN_BROKEN;
}
