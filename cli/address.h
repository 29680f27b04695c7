/*
 * Where the daemon is: chosen from -h and -p, else the default socket.
 *
 * A value; nothing to free.
 */
#ifndef CLI_ADDRESS_H
#define CLI_ADDRESS_H

#include <stdbool.h>
#include <sys/un.h>

#include "base/err.h"
#include "base/macros.h"

struct address {
	bool is_unix;
	struct sockaddr_un un; /* is_unix */
	char host[256], port[8]; /* otherwise */
	char text[300]; /* for messages */
};

/*
 * HOST and PORT may be NULL. A HOST with a slash in it is a Unix socket;
 * without a HOST and a PORT it is $XDG_RUNTIME_DIR/fanout.sock where that
 * exists, else 127.0.0.1:7432.
 */
int address_choose(const char *host, const char *port, struct address *out,
    struct err *e) must_check;

#endif
