/*
 * `fanout run`: SQL from the command line to the daemon, answers to standard
 * output, as docs/client.md tells.
 */
#ifndef CLI_RUN_H
#define CLI_RUN_H

#include "cli/args.h"

/* Returns the exit code. */
int run_command(const struct args *args);

#endif
