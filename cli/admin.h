/*
 * The commands that ask one thing and print the answer: show, ping, cancel,
 * reload, pause, resume, reconnect, hello.
 */
#ifndef CLI_ADMIN_H
#define CLI_ADMIN_H

#include "cli/args.h"

/* Each returns the exit code. */
int admin_show(const struct args *args);
int admin_ping(const struct args *args);
int admin_cancel(const struct args *args);
int admin_reload(const struct args *args);
int admin_pause(const struct args *args);
int admin_resume(const struct args *args);
int admin_reconnect(const struct args *args);
int admin_hello(const struct args *args);

#endif
