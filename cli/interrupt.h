/*
 * Ctrl-C and SIGTERM as something to poll for, so that they are noticed
 * between two frames and never in the middle of one.
 */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include "base/err.h"
#include "base/macros.h"

/*
 * From now on the two signals only make *FD readable; the caller closes it.
 */
int interrupt_open(int *fd, struct err *e) must_check;

/* The signal that arrived, or 0. */
int interrupt_take(int fd);

#endif
