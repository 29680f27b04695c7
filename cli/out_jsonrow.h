/*
 * What the two JSON formats share: a row, a verdict.
 *
 * Values are copied as the server wrote them, so nothing is lost on the way.
 */
#ifndef CLI_OUT_JSONROW_H
#define CLI_OUT_JSONROW_H

#include "cli/out.h"

/* {"name":"Olinda","state":"PE"} */
void out_put_json_row(
    struct buf *b, const struct answer *a, const struct frame_cells *cells);

/* "status":…,"tag":…, without braces */
void out_put_json_verdict(struct buf *b, const struct verdict *v);

#endif
