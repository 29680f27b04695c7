#include "pool/backend_sqlite_text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/macros.h"

/* A word of the text, not NUL-terminated. */
struct word {
	const char *at;
	size_t len;
};

static const char *skip_comment(const char *s)
{
	const char *end;

	if (s[0] == '-') {
		end = strchr(s, '\n');
		return end ? end + 1 : s + strlen(s);
	}
	end = strstr(s + 2, "*/");
	return end ? end + 2 : s + strlen(s);
}

static bool is_comment(const char *s)
{
	return (s[0] == '-' && s[1] == '-') || (s[0] == '/' && s[1] == '*');
}

static const char *skip_blank(const char *s)
{
	for (;;) {
		if (*s && strchr(" \t\n\f\r", *s))
			s++;
		else if (is_comment(s))
			s = skip_comment(s);
		else
			return s;
	}
}

const char *sqlite_text_skip(const char *sql)
{
	do
		sql = skip_blank(sql);
	while (*sql == ';' && sql++);
	return sql;
}

static bool is_word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (unsigned char)c > 127;
}

/* Takes the next word from *S; its length is 0 where none is next. */
static struct word next_word(const char **s)
{
	struct word w = {.at = skip_blank(*s)};

	while (is_word_char(w.at[w.len]))
		w.len++;
	*s = w.at + w.len;
	return w;
}

static bool word_is(struct word w, const char *keyword)
{
	return w.len == strlen(keyword) && !strncasecmp(w.at, keyword, w.len);
}

/* Past a quoted name or string that begins at S. */
static const char *skip_quoted(const char *s)
{
	char close = *s == '[' ? ']' : *s;

	for (s++; *s; s++) {
		if (*s != close)
			continue;
		if (close == ']' || s[1] != close)
			return s + 1;
		s++;
	}
	return s;
}

/* Past the parenthesis that begins at S. */
static const char *skip_parens(const char *s)
{
	int depth = 0;

	do {
		s = skip_blank(s);
		if (*s && strchr("'\"`[", *s)) {
			s = skip_quoted(s);
			continue;
		}
		depth += (*s == '(') - (*s == ')');
		if (*s)
			s++;
	} while (depth > 0 && *s);
	return s;
}

/*
 * The command that a WITH belongs to: the first word right behind a
 * parenthesis, other than the AS of a table with named columns.
 */
static struct word main_word(const char *s)
{
	while (*(s = skip_blank(s))) {
		struct word w;

		if (strchr("'\"`[", *s)) {
			s = skip_quoted(s);
		} else if (*s == '(') {
			s = skip_parens(s);
			w = next_word(&s);
			if (w.len && !word_is(w, "as"))
				return w;
		} else if (next_word(&s).len == 0) {
			s++;
		}
	}
	return (struct word){.at = s};
}

/* "CREATE UNIQUE INDEX" is tagged CREATE INDEX. */
static struct word object_word(const char *s)
{
	static const char *const fillers[] = {
	    "temp", "temporary", "unique", "virtual"};
	struct word w = next_word(&s);

	for (size_t i = 0; i < ARRAY_LEN(fillers); i++)
		if (word_is(w, fillers[i]))
			return next_word(&s);
	return w;
}

/* ROLLBACK [TRANSACTION] TO leaves the transaction open. */
static bool rolls_back_to(const char *s)
{
	struct word w = next_word(&s);

	if (word_is(w, "transaction"))
		w = next_word(&s);
	return word_is(w, "to");
}

static void put_tag(char tag[SQLITE_TAG_SIZE], struct word a, struct word b)
{
	int n = snprintf(tag, SQLITE_TAG_SIZE, "%.*s%s%.*s",
	    (int)(a.len < 20 ? a.len : 20), a.at, b.len ? " " : "",
	    (int)(b.len < 20 ? b.len : 20), b.at ? b.at : "");

	for (int i = 0; i < n; i++)
		tag[i] = (char)toupper((unsigned char)tag[i]);
}

static enum sqlite_verb other_verb(
    struct word w, const char *rest, char tag[SQLITE_TAG_SIZE])
{
	struct word object = {0};

	if (word_is(w, "create") || word_is(w, "drop") || word_is(w, "alter"))
		object = object_word(rest);
	put_tag(tag, w, object);
	if (word_is(w, "copy"))
		return SQLITE_VERB_COPY;
	if (word_is(w, "rollback") && !rolls_back_to(rest))
		return SQLITE_VERB_ROLLBACK;
	return SQLITE_VERB_OTHER;
}

enum sqlite_verb sqlite_text_verb(const char *sql, char tag[SQLITE_TAG_SIZE])
{
	static const struct {
		const char *keyword, *tag;
		enum sqlite_verb verb;
	} known[] = {
	    {"select", "SELECT", SQLITE_VERB_SELECT},
	    {"values", "SELECT", SQLITE_VERB_SELECT},
	    {"insert", "INSERT 0", SQLITE_VERB_CHANGE},
	    {"replace", "INSERT 0", SQLITE_VERB_CHANGE},
	    {"update", "UPDATE", SQLITE_VERB_CHANGE},
	    {"delete", "DELETE", SQLITE_VERB_CHANGE},
	    {"commit", "COMMIT", SQLITE_VERB_COMMIT},
	    {"end", "COMMIT", SQLITE_VERB_COMMIT},
	};
	const char *s = sqlite_text_skip(sql);
	struct word w = next_word(&s);

	tag[0] = '\0';
	if (!*w.at)
		return SQLITE_VERB_NONE;
	if (word_is(w, "with"))
		w = main_word(s);
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		if (!word_is(w, known[i].keyword))
			continue;
		strcpy(tag, known[i].tag);
		return known[i].verb;
	}
	return other_verb(w, s, tag);
}
