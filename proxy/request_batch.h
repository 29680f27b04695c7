/*
 * The `batch` request: from its JSON object to a struct batch, checked field
 * by field.
 *
 * Everything is copied into the batch's arena. Pure; any thread.
 */
#ifndef PROXY_REQUEST_BATCH_H
#define PROXY_REQUEST_BATCH_H

#include <jansson.h>

#include "base/err.h"
#include "base/macros.h"
#include "proxy/batch.h"

/*
 * Fills B (fresh from batch_new()); b->id and b->db stay NULL where they are
 * not given. Even when it fails, b->id is set if the request has a usable
 * one, so that the refusal can name it. The dialect, the bound on statements
 * and the plan are the caller's to add.
 */
int request_batch_read(
    const json_t *object, struct batch *b, struct err *e) must_check;

/*
 * What only the plan can tell: `data` and `params` where they have no place.
 */
int request_batch_check_plan(const struct batch *b, struct err *e) must_check;

#endif
