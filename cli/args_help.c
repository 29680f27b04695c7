#include "cli/args_options.h"

#include <stdio.h>
#include <string.h>

#define HELP_COLUMN 25

static const char *const titles[ARGS_GROUPS] = {
    [ARGS_GROUP_INPUT] = "What to run",
    [ARGS_GROUP_EXECUTION] = "How",
    [ARGS_GROUP_OUTPUT] = "Output",
    [ARGS_GROUP_COMMON] = "Connection and the rest",
};

/* TEXT from column HELP_COLUMN on, after COLUMN that are used. */
static void print_indented(size_t column, const char *text)
{
	const char *end;

	if (column + 1 >= HELP_COLUMN) {
		putchar('\n');
		column = 0;
	}
	for (;;) {
		end = strchrnul(text, '\n');
		printf("%*s%.*s\n", (int)(HELP_COLUMN - column), "",
		    (int)(end - text), text);
		if (*end == '\0')
			return;
		text = end + 1;
		column = 0;
	}
}

static void print_option(const struct args_option *o)
{
	int n;

	if (o->letter)
		n = printf("  -%c, --%s", o->letter, o->name);
	else
		n = printf("      --%s", o->name);
	if (o->value)
		n += printf(" %s", o->value);
	print_indented((size_t)n, o->help);
}

static void print_group(enum args_group group, enum args_command command)
{
	bool titled = false;

	for (size_t i = 0; i < args_options_count; i++) {
		const struct args_option *o = &args_options[i];

		if (o->group != group || !(o->commands & ARGS_ON(command)))
			continue;
		if (!titled)
			printf("\n%s:\n", titles[group]);
		titled = true;
		print_option(o);
	}
}

static void print_command_help(enum args_command command)
{
	const struct args_command_info *c = &args_commands[command];

	printf("Usage: fanout %s%s%s [options]\n"
	       "\n%s%s",
	    c->name, *c->synopsis ? " " : "", c->synopsis, c->text,
	    *c->text ? "" : c->summary);
	if (!*c->text)
		putchar('\n');
	for (int g = 0; g < ARGS_GROUPS; g++)
		print_group((enum args_group)g, command);
	printf("\nExamples:\n%s", c->examples);
}

static void print_overview(void)
{
	printf("Usage: fanout [-h HOST|SOCKET] [-p PORT] [-d DB] COMMAND …\n"
	       "\n"
	       "Runs many SQL statements at once through a fanoutd.\n"
	       "\nCommands:\n");
	for (size_t i = ARGS_NONE + 1; i < args_commands_count; i++) {
		const struct args_command_info *c = &args_commands[i];
		int n = printf("  %s", c->name);

		print_indented((size_t)n, c->summary);
	}
	print_group(ARGS_GROUP_COMMON, ARGS_NONE);
	printf("\n"
	       "Without a host it is $XDG_RUNTIME_DIR/fanout.sock where that\n"
	       "exists, else 127.0.0.1. `fanout COMMAND --help` says more.\n");
}

void args_print_help(enum args_command command)
{
	if (command == ARGS_NONE)
		print_overview();
	else
		print_command_help(command);
}
