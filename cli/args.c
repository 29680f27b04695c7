#include "cli/args_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/units.h"

/* Where the reading of argv stands. */
struct reader {
	int argc, at; /* at: the next word */
	char *const *argv;
	struct args *args;
	bool *given; /* by index of args_options */
	struct err *e;
};

static int usage(struct reader *r, const char *what, const char *word,
    const char *nearest, const char *dashes)
{
	if (!nearest)
		return err_set(r->e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "%s \"%s\"; see fanout --help", what, word);
	return err_set(r->e, ERR_INVALID, SQLSTATE_PROTOCOL,
	    "%s \"%s\"; did you mean \"%s%s\"?", what, word, dashes, nearest);
}

static int read_choice(struct reader *r, const struct args_option *o,
    const char *value, const char **out)
{
	char what[64];

	for (size_t i = 0; i < ARGS_MAX_CHOICES && o->choices[i]; i++) {
		if (strcmp(o->choices[i], value) == 0) {
			*out = o->choices[i];
			return 0;
		}
	}
	snprintf(what, sizeof what, "unknown value of --%s", o->name);
	return usage(r, what, value,
	    nearest_word(value, o->choices, ARGS_MAX_CHOICES), "");
}

static int read_number(struct reader *r, const struct args_option *o,
    const char *value, int64_t *out)
{
	int rc = units_read_int(value, out, r->e);

	if (rc == 0 && (*out < o->least || *out > INT32_MAX))
		rc = err_set(r->e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "\"%.40s\" is out of range", value);
	if (rc)
		err_prefix(r->e, "--%s", o->name);
	return rc;
}

static int read_duration(struct reader *r, const struct args_option *o,
    const char *value, int64_t *out)
{
	int rc = units_read_duration(value, out, r->e);

	if (rc)
		err_prefix(r->e, "--%s", o->name);
	return rc;
}

static int read_copy(struct reader *r, const char *value)
{
	struct args_copy *c = &r->args->copies[r->args->n_copies];
	char *end;
	unsigned long n = strtoul(value, &end, 10);

	if (*value < '1' || *value > '9' || *end != '=' || end[1] == '\0' ||
	    n > INT32_MAX)
		return err_set(r->e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "--copy-data: \"%s\" is not ID=FILE, such as 2=cities.tsv",
		    value);
	for (size_t i = 0; i < r->args->n_copies; i++)
		if (r->args->copies[i].number == n)
			return err_set(r->e, ERR_INVALID, SQLSTATE_PROTOCOL,
			    "--copy-data: statement %lu is fed twice", n);
	c->number = n;
	c->file = end + 1;
	r->args->n_copies++;
	return 0;
}

static void add_source(struct args *args, bool is_file, const char *text)
{
	struct args_source *s = &args->sources[args->n_sources++];

	s->is_file = is_file;
	s->text = text;
}

static int apply(
    struct reader *r, const struct args_option *o, const char *value)
{
	void *at = (char *)r->args + o->offset;

	r->given[o - args_options] = true;
	switch (o->type) {
	case ARGS_FLAG:
		*(bool *)at = true;
		return 0;
	case ARGS_TEXT:
		*(const char **)at = value;
		return 0;
	case ARGS_CHOICE:
		return read_choice(r, o, value, at);
	case ARGS_FIXED:
		*(const char **)at = o->choices[0];
		return 0;
	case ARGS_NUMBER:
		return read_number(r, o, value, at);
	case ARGS_DURATION:
		return read_duration(r, o, value, at);
	case ARGS_COPY:
		return read_copy(r, value);
	case ARGS_SQL:
	case ARGS_FILE:
		add_source(r->args, o->type == ARGS_FILE, value);
	}
	return 0;
}

/* The option's value: INLINE_VALUE, or else the next word. */
static int apply_with_value(
    struct reader *r, const struct args_option *o, const char *inline_value)
{
	if (!inline_value && r->at < r->argc)
		inline_value = r->argv[r->at++];
	if (!inline_value)
		return err_set(r->e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "--%s wants a value (%s)", o->name, o->value);
	return apply(r, o, inline_value);
}

static int unknown_long(struct reader *r, const char *word, size_t len)
{
	const char **names = calloc(args_options_count, sizeof *names);
	char name[64];
	int rc;

	if (!names)
		return err_nomem(r->e);
	snprintf(name, sizeof name, "--%.*s", (int)len, word);
	for (size_t i = 0; i < args_options_count; i++)
		names[i] = args_options[i].name;
	rc = usage(r, "unknown option", name,
	    nearest_word(name + 2, names, args_options_count), "--");
	free(names);
	return rc;
}

/* WORD is what follows "--": a name, perhaps with "=VALUE". */
static int read_long(struct reader *r, const char *word)
{
	const char *equals = strchr(word, '=');
	size_t len = equals ? (size_t)(equals - word) : strlen(word);

	for (size_t i = 0; i < args_options_count; i++) {
		const struct args_option *o = &args_options[i];

		if (strlen(o->name) != len || memcmp(o->name, word, len) != 0)
			continue;
		if (args_takes_value(o))
			return apply_with_value(
			    r, o, equals ? equals + 1 : NULL);
		if (equals)
			return err_set(r->e, ERR_INVALID, SQLSTATE_PROTOCOL,
			    "--%s takes no value", o->name);
		return apply(r, o, NULL);
	}
	return unknown_long(r, word, len);
}

static const struct args_option *find_letter(char letter)
{
	for (size_t i = 0; i < args_options_count; i++)
		if (args_options[i].letter == letter)
			return &args_options[i];
	return NULL;
}

/* LETTERS follow one "-": flags, and at the end perhaps one with a value. */
static int read_short(struct reader *r, const char *letters)
{
	int rc = 0;

	for (; *letters && rc == 0; letters++) {
		const struct args_option *o = find_letter(*letters);
		const char name[] = {'-', *letters, '\0'};

		if (!o)
			return usage(r, "unknown option", name, NULL, "");
		if (args_takes_value(o))
			return apply_with_value(
			    r, o, letters[1] ? letters + 1 : NULL);
		rc = apply(r, o, NULL);
	}
	return rc;
}

static int read_command(struct reader *r, const char *word)
{
	const char *names[16] = {NULL};

	if (strcmp(word, "help") == 0) {
		r->args->help = true;
		return 0;
	}
	for (size_t i = ARGS_NONE + 1; i < args_commands_count; i++) {
		names[i] = args_commands[i].name;
		if (strcmp(word, names[i]) == 0) {
			r->args->command = (enum args_command)i;
			return 0;
		}
	}
	return usage(r, "unknown command", word,
	    nearest_word(word, names, args_commands_count), "");
}

static int read_word(struct reader *r, const char *word)
{
	struct args *a = r->args;

	if (a->command == ARGS_NONE)
		return read_command(r, word);
	if (a->command == ARGS_RUN && strcmp(word, "-") == 0) {
		add_source(a, true, word);
		return 0;
	}
	if (a->command == ARGS_RUN)
		return err_set(r->e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "what is \"%.80s\"? SQL is given with -c, a file with -f",
		    word);
	if (a->n_words == args_commands[a->command].max_words)
		return usage(r, "one word too many:", word, NULL, "");
	a->words[a->n_words++] = word;
	return 0;
}

static int read_all(struct reader *r)
{
	bool options = true;
	int rc = 0;

	while (rc == 0 && r->at < r->argc) {
		const char *word = r->argv[r->at++];

		if (!options || word[0] != '-' || word[1] == '\0')
			rc = read_word(r, word);
		else if (strcmp(word, "--") == 0)
			options = false;
		else if (word[1] == '-')
			rc = read_long(r, word + 2);
		else
			rc = read_short(r, word + 1);
	}
	return rc;
}

/* What only the whole line tells. */
static int check(struct reader *r)
{
	const struct args *a = r->args;
	const struct args_command_info *c = &args_commands[a->command];

	if (a->help || a->version)
		return 0;
	if (a->command == ARGS_NONE)
		return err_set(r->e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "a command is missing, such as run; see fanout --help");
	for (size_t i = 0; i < args_options_count; i++)
		if (r->given[i] &&
		    !(args_options[i].commands & ARGS_ON(a->command)))
			return err_set(r->e, ERR_INVALID, SQLSTATE_PROTOCOL,
			    "--%s is not for %s", args_options[i].name,
			    c->name);
	if (a->n_words < c->min_words)
		return err_set(r->e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "%s wants %s", c->name, c->synopsis);
	if (a->command != ARGS_RUN && strcmp(a->format, "quiet") == 0)
		return err_set(r->e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "--format quiet is not for %s", c->name);
	if (a->lines && a->params)
		return err_set(r->e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "--lines and --params do not go together");
	return address_choose(a->host, a->port, &r->args->address, r->e);
}

static const char *from_environment(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

int args_parse(int argc, char *const argv[], struct args *out, struct err *e)
{
	struct reader r = {argc, 1, argv, out, NULL, e};
	size_t most = argc > 0 ? (size_t)argc : 1;
	int rc;

	memset(out, 0, sizeof *out);
	out->host = from_environment("FANOUT_HOST");
	out->port = from_environment("FANOUT_PORT");
	out->db = from_environment("FANOUT_DB");
	out->format = "aligned";
	out->timeout_us = -1;
	out->sources = calloc(most, sizeof *out->sources);
	out->copies = calloc(most, sizeof *out->copies);
	r.given = calloc(args_options_count, sizeof *r.given);
	if (!out->sources || !out->copies || !r.given)
		rc = err_nomem(e);
	else
		rc = read_all(&r);
	if (rc == 0)
		rc = check(&r);
	free(r.given);
	if (rc)
		args_release(out);
	return rc;
}

void args_release(struct args *args)
{
	free(args->sources);
	free(args->copies);
	memset(args, 0, sizeof *args);
}
