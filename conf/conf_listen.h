/*
 * The value of `listen`: a comma-separated list of addresses.
 *
 *     127.0.0.1:7432   localhost:7432   [::1]:7432   unix:/run/fanout.sock
 *
 * Whoever reaches a listener may run anything, so a TCP address must be
 * loopback until there is authentication. Nothing is looked up or opened
 * here. The list is in the caller's arena. Any thread.
 */
#ifndef CONF_CONF_LISTEN_H
#define CONF_CONF_LISTEN_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "conf/conf.h"

/* Sets conf->listen and n_listen; leaves both alone when it fails. */
int conf_listen_read(const char *text, struct arena *arena, struct conf *conf,
    struct err *e) must_check;

/*
 * The default: 127.0.0.1:7432, and fanout.sock in RUNTIME_DIR
 * ($XDG_RUNTIME_DIR, or NULL), which counts only where it is absolute.
 */
int conf_listen_default(const char *runtime_dir, struct arena *arena,
    struct conf *conf, struct err *e) must_check;

/* As conf_listen_read() takes it. */
void conf_listen_format(const struct conf *conf, struct buf *out);

#endif
