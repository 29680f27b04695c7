/*
 * One JSON object a line, as things come: {"id","row"}, {"id","copy"} and, as
 * the last of each statement, {"id","done"}. Rows are provisional until then.
 */
#include "cli/out.h"

#include "base/json_out.h"
#include "cli/out_jsonrow.h"

static void begin(struct out *o, const struct answer *a, const char *key)
{
	buf_appendf(&o->line, "{\"id\":\"%zu\",\"%s\":", a->number, key);
}

static int ndjson_row(struct out *o, struct answer *a,
    const struct frame_cells *cells, struct err *e)
{
	if (!o->bare)
		begin(o, a, "row");
	out_put_json_row(&o->line, a, cells);
	buf_append_str(&o->line, o->bare ? "\n" : "}\n");
	return out_emit(o, a, &o->line, e);
}

static int ndjson_copy(struct out *o, struct answer *a, const char *data,
    size_t len, struct err *e)
{
	begin(o, a, "copy");
	json_put_string(&o->line, data, len);
	buf_append_str(&o->line, "}\n");
	return out_emit(o, a, &o->line, e);
}

static int ndjson_done(
    struct out *o, struct answer *a, const struct verdict *v, struct err *e)
{
	if (o->bare)
		return 0;
	begin(o, a, "done");
	buf_append_char(&o->line, '{');
	out_put_json_verdict(&o->line, v);
	buf_append_str(&o->line, "}}\n");
	return out_emit(o, a, &o->line, e);
}

const struct out_ops out_ndjson = {
    .name = "ndjson",
    .machine = true,
    .streams = true,
    .row = ndjson_row,
    .copy = ndjson_copy,
    .done = ndjson_done,
};
