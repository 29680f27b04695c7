/*
 * One address that clients connect to: a TCP port or a Unix socket.
 *
 * Opened before the server runs; hands each new connection to its owner. On
 * the loop's thread.
 */
#ifndef PROXY_LISTENER_H
#define PROXY_LISTENER_H

#include <ev.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/macros.h"
#include "conf/conf.h"

struct listener {
	struct ev_loop *loop;
	struct ev_io acceptable;
	struct ev_timer retry; /* after running out of descriptors */
	const struct conf_listen *conf; /* NULL: adopted */
	int fd;
	int spare; /* given up to turn a client away when none is left */
	void (*on_client)(void *ctx, int fd);
	void *ctx;
};

/*
 * A Unix socket that nobody listens on any more is replaced; one that
 * somebody does is an error. CONF must outlive the listener.
 */
int listener_open(struct listener *l, struct ev_loop *loop,
    const struct conf_listen *conf, void (*on_client)(void *ctx, int fd),
    void *ctx, struct err *e) must_check;

/*
 * Takes FD, which listens already and which somebody else made (and, where
 * it is a file, removes).
 */
void listener_adopt(struct listener *l, struct ev_loop *loop, int fd,
    void (*on_client)(void *ctx, int fd), void *ctx);

/* Also removes a Unix socket's file. */
void listener_close(struct listener *l);

#endif
