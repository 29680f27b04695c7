/*
 * The table of commands and of options; only the args_*.c files look at it.
 */
#ifndef CLI_ARGS_OPTIONS_H
#define CLI_ARGS_OPTIONS_H

#include "cli/args.h"

#define ARGS_ON(command) (1u << (command))
#define ARGS_ANYWHERE (~0u)

enum args_group {
	ARGS_GROUP_INPUT,
	ARGS_GROUP_EXECUTION,
	ARGS_GROUP_OUTPUT,
	ARGS_GROUP_COMMON,
	ARGS_GROUPS,
};

/* What `offset` points at in struct args. */
enum args_type {
	ARGS_FLAG, /* bool, becomes true */
	ARGS_TEXT, /* const char * */
	ARGS_CHOICE, /* const char *, one of `choices` */
	ARGS_FIXED, /* const char *, becomes choices[0]; takes no value */
	ARGS_NUMBER, /* int64_t, from `least` on */
	ARGS_DURATION, /* int64_t, microseconds */
	ARGS_SQL, /* appended to sources; no offset */
	ARGS_FILE, /* likewise */
	ARGS_COPY, /* appended to copies */
};

#define ARGS_MAX_CHOICES 6

struct args_option {
	enum args_group group;
	const char *name;
	char letter; /* 0: none */
	enum args_type type;
	size_t offset;
	const char *value; /* its name in the help */
	unsigned commands; /* of ARGS_ON() */
	const char *help; /* lines, '\n' between them */
	const char *choices[ARGS_MAX_CHOICES];
	int64_t least;
};

struct args_command_info {
	const char *name;
	const char *synopsis; /* of its words */
	const char *summary;
	const char *text; /* more of it, for its own help */
	const char *examples;
	size_t min_words, max_words;
};

extern const struct args_option args_options[];
extern const size_t args_options_count;

/* By enum args_command; the first has no name. */
extern const struct args_command_info args_commands[];
extern const size_t args_commands_count;

bool args_takes_value(const struct args_option *option);

#endif
