/* `fanout`: argv in, exit code out; the work is in the files beside it. */
#include <signal.h>
#include <stdio.h>

#include "cli/admin.h"
#include "cli/args.h"
#include "cli/exits.h"
#include "cli/run.h"
#include "cli/text.h"

static int dispatch(const struct args *args)
{
	switch (args->command) {
	case ARGS_RUN:
		return run_command(args);
	case ARGS_SHOW:
		return admin_show(args);
	case ARGS_PING:
		return admin_ping(args);
	case ARGS_CANCEL:
		return admin_cancel(args);
	case ARGS_RELOAD:
		return admin_reload(args);
	case ARGS_PAUSE:
		return admin_pause(args);
	case ARGS_RESUME:
		return admin_resume(args);
	case ARGS_RECONNECT:
		return admin_reconnect(args);
	case ARGS_HELLO:
		return admin_hello(args);
	case ARGS_NONE:
		break;
	}
	return EXITS_USAGE;
}

int main(int argc, char *argv[])
{
	struct args args;
	struct err e;
	int code = EXITS_OK;

	signal(SIGPIPE, SIG_IGN);
	text_init_locale();
	if (args_parse(argc, argv, &args, &e)) {
		fprintf(stderr, "fanout: %s\n", e.message);
		return EXITS_USAGE;
	}
	if (args.version)
		printf("fanout %s\n", FANOUT_VERSION);
	else if (args.help)
		args_print_help(args.command);
	else
		code = dispatch(&args);
	args_release(&args);
	return code;
}
