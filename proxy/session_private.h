/*
 * The requests of a session among their files: each handler does what one
 * JSON object asks for, or says in E why not.
 */
#ifndef PROXY_SESSION_PRIVATE_H
#define PROXY_SESSION_PRIVATE_H

#include "proxy/request_json.h"
#include "proxy/session.h"

/* Puts one frame into the outbox and releases FRAME. */
void session_send(struct session *s, struct buf *frame);

/* session_batch.c: */
void session_handle_batch(struct session *s, const json_t *object);
void session_reject(struct session *s, const char *id, const struct err *e);

/* session_target.c: */
int session_handle_cancel(struct session *s, struct arena *arena,
    const json_t *object, struct err *e) must_check;
int session_handle_copy_data(struct session *s, struct arena *arena,
    const json_t *object, struct err *e) must_check;
int session_handle_copy_end(struct session *s, struct arena *arena,
    const json_t *object, struct err *e) must_check;

/* A COPY of this session (CTX) that runs waits for data. */
void session_feed_hungry(void *ctx);

/* A reader for fields that were looked at already. */
int session_ignore_field(const struct fields *f, const char *key,
    const json_t *value, struct err *e) must_check;
int session_need_field(
    const char *value, const char *key, struct err *e) must_check;

#endif
