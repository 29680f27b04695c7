/*
 * fanoutd: reads its arguments and the configuration, then runs the server.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "conf/conf.h"
#include "proxy/server.h"

#define EXIT_USAGE 1
#define EXIT_CONFIG 1
#define EXIT_START 1

static const char usage[] =
    "Usage: fanoutd [-c FILE] [--set SECTION.KEY=VALUE]... [-t]\n"
    "\n"
    "Takes batches of SQL statements over a socket, runs them at once over\n"
    "a bounded pool of connections and answers as they complete.\n"
    "\n"
    "  -c, --config FILE            the configuration (an INI file)\n"
    "      --set SECTION.KEY=VALUE  overrides one setting, such as\n"
    "                               --set fanoutd.listen=127.0.0.1:7432\n"
    "                               --set 'database brazil.pool_size=20'\n"
    "  -t, --test                   checks the configuration and exits\n"
    "      --sample-config          prints a commented sample and exits\n"
    "  -V, --version                prints the version and exits\n"
    "      --help                   prints this and exits\n"
    "\n"
    "Without a configuration it listens on 127.0.0.1:7432 (and on\n"
    "$XDG_RUNTIME_DIR/fanout.sock where that is set) and serves one SQLite\n"
    "database, fanout.db in the current folder.\n"
    "\n"
    "SIGHUP reloads the configuration; SIGTERM finishes what is open, for\n"
    "shutdown_timeout, and ends; a second one ends at once.\n";

enum { OPT_SET = 256, OPT_SAMPLE, OPT_HELP };

static const struct option options[] = {
    {"config", required_argument, NULL, 'c'},
    {"set", required_argument, NULL, OPT_SET},
    {"test", no_argument, NULL, 't'},
    {"sample-config", no_argument, NULL, OPT_SAMPLE},
    {"version", no_argument, NULL, 'V'},
    {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0},
};

struct args {
	struct conf_source source;
	const char **set;
	bool test;
};

static void print_sample(void)
{
	struct buf text;

	buf_init(&text);
	conf_write_sample(&text);
	fwrite(text.data, 1, text.len, stdout);
	buf_release(&text);
}

/* 0: go on; otherwise the process ends with *STATUS. */
static int read_args(int argc, char **argv, struct args *a, int *status)
{
	int opt;

	*status = 0;
	while ((opt = getopt_long(argc, argv, "c:tV", options, NULL)) != -1) {
		switch (opt) {
		case 'c':
			a->source.file = optarg;
			break;
		case OPT_SET:
			a->set[a->source.n_set++] = optarg;
			break;
		case 't':
			a->test = true;
			break;
		case OPT_SAMPLE:
			print_sample();
			return 1;
		case 'V':
			puts("fanoutd " FANOUT_VERSION);
			return 1;
		case OPT_HELP:
			fputs(usage, stdout);
			return 1;
		default:
			fputs("Try fanoutd --help.\n", stderr);
			*status = EXIT_USAGE;
			return 1;
		}
	}
	if (optind == argc)
		return 0;
	fprintf(stderr,
	    "fanoutd: unexpected argument \"%s\"\n"
	    "Try fanoutd --help.\n",
	    argv[optind]);
	*status = EXIT_USAGE;
	return 1;
}

/* Every error there is, at once. */
static struct conf *load(const struct conf_source *source)
{
	struct conf *conf = NULL;
	struct buf errors;
	int rc;

	buf_init(&errors);
	rc = conf_load(source, &conf, &errors);
	if (rc == 0)
		rc = server_check_conf(conf, &errors);
	if (rc) {
		fwrite(errors.data, 1, errors.len, stderr);
		if (errors.len == 0)
			fputs("fanoutd: out of memory\n", stderr);
		conf_free(&conf);
	}
	buf_release(&errors);
	return conf;
}

static int run(const struct conf_source *source, struct conf *conf)
{
	struct server *server;
	struct err e;
	int status;

	if (server_new(source, conf, &server, &e)) {
		fprintf(stderr, "fanoutd: %s\n", e.message);
		return EXIT_START;
	}
	status = server_run(server);
	server_free(&server);
	return status;
}

int main(int argc, char **argv)
{
	struct args a = {.source = {.environ = environ}};
	struct conf *conf;
	int status;

	a.set = calloc((size_t)argc + 1, sizeof *a.set);
	if (!a.set)
		return EXIT_START;
	a.source.set = a.set;
	if (read_args(argc, argv, &a, &status))
		goto out;
	conf = load(&a.source);
	if (!conf) {
		status = EXIT_CONFIG;
	} else if (a.test) {
		puts("the configuration is good");
		conf_free(&conf);
	} else {
		engine_postgres_forget_environment();
		status = run(&a.source, conf);
	}
out:
	free(a.set);
	return status;
}
