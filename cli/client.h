/*
 * One connection to the daemon: lines out, lines in, nothing in between
 * blocks longer than its deadline.
 *
 * Owned by whoever embeds it. Deadlines are clock_now_us() times; 0: none.
 * A wake_fd (signals) ends every wait when it becomes readable.
 */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/macros.h"
#include "cli/address.h"

struct client {
	int fd;
	int wake_fd; /* the caller's; -1: none */
	struct buf out; /* to be sent; append whole lines */
	struct buf in; /* received */
	size_t taken; /* of in: lines given out */
	size_t searched; /* of in: known to hold no further newline */
};

/* What ended a wait; several at once. */
#define CLIENT_GOT_DATA 1u /* look for lines */
#define CLIENT_SENT_ALL 2u /* out is empty */
#define CLIENT_WOKEN 4u /* wake_fd is readable */
#define CLIENT_EXTRA 8u /* extra_fd is readable */
#define CLIENT_LATE 16u /* the deadline has passed */

/* Before anything else; makes client_close() safe. */
void client_init(struct client *c, int wake_fd);

/*
 * Fails with ERR_IO, ERR_TIMEOUT or, woken, ERR_CANCELLED; the message names
 * the address.
 */
int client_connect(struct client *c, const struct address *address,
    int64_t deadline, struct err *e) must_check;
void client_close(struct client *c);

/*
 * Sends and receives until something happened; *EVENTS says what. EXTRA_FD
 * is waited for too, where it is not -1. ERR_IO: the connection is gone.
 */
int client_wait(struct client *c, int extra_fd, int64_t deadline,
    unsigned *events, struct err *e) must_check;

/* The next whole line without its newline; valid until the next wait. */
bool client_next_line(struct client *c, const char **line, size_t *len);

#endif
