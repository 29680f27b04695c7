#include "cli/trace.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/json_out.h"
#include "base/utf8.h"

#define MOST_SQL_CHARS 200

enum trace_group { GROUP_CONNECTIONS = 1, GROUP_QUEUE = 2 };

static int fail(struct trace *t, int why, struct err *e)
{
	return err_set(e, ERR_IO, SQLSTATE_INTERNAL, "cannot write %s: %s",
	    t->path, strerror(why));
}

int trace_open(struct trace *t, const char *path, struct err *e)
{
	memset(t, 0, sizeof *t);
	t->path = path;
	if (!path)
		return 0;
	t->file = fopen(path, "we");
	if (!t->file)
		return fail(t, errno, e);
	fprintf(t->file,
	    "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n"
	    "{\"ph\":\"M\",\"pid\":%d,\"name\":\"process_name\","
	    "\"args\":{\"name\":\"connections\"}},\n"
	    "{\"ph\":\"M\",\"pid\":%d,\"name\":\"process_name\","
	    "\"args\":{\"name\":\"queue\"}}",
	    GROUP_CONNECTIONS, GROUP_QUEUE);
	return 0;
}

static void put_args(
    struct buf *b, const struct answer *a, const char *sql, size_t len)
{
	buf_appendf(b,
	    "\"args\":{\"id\":\"%zu\",\"status\":\"%s\",\"count\":", a->number,
	    status_text(a->status));
	if (a->count >= 0)
		buf_append_i64(b, a->count);
	else
		buf_append_str(b, "null");
	if (sql) {
		buf_append_str(b, ",\"sql\":");
		json_put_string(b, sql, utf8_offset(sql, len, MOST_SQL_CHARS));
	}
	buf_append_char(b, '}');
}

/* One complete event ("X"): a bar from START for DURATION. */
static void put_event(struct trace *t, const char *category,
    enum trace_group group, int64_t lane, int64_t start, int64_t duration,
    struct buf *args)
{
	struct buf b;

	buf_init(&b);
	buf_appendf(&b,
	    ",\n{\"ph\":\"X\",\"cat\":\"%s\",\"name\":\"%s\",\"pid\":%d,"
	    "\"tid\":%" PRId64 ",\"ts\":%" PRId64 ",\"dur\":%" PRId64 ",",
	    category, category, group, lane, start > 0 ? start : 0, duration);
	buf_append(&b, args->data, args->len);
	buf_append_char(&b, '}');
	if (!b.failed)
		fwrite(b.data, 1, b.len, t->file);
	buf_release(&b);
}

void trace_add(
    struct trace *t, const struct answer *a, const char *sql, size_t len)
{
	int64_t exec = a->exec_us > 0 ? a->exec_us : 0;
	struct buf args;

	if (!t->file || a->total_us < 0)
		return;
	buf_init(&args);
	put_args(&args, a, sql, len);
	if (args.failed)
		goto out;
	if (a->queue_us > 0)
		put_event(t, "queue", GROUP_QUEUE, (int64_t)a->number,
		    a->total_us - exec - a->queue_us, a->queue_us, &args);
	if (a->conn >= 0)
		put_event(t, "exec", GROUP_CONNECTIONS, a->conn,
		    a->total_us - exec, exec, &args);
out:
	buf_release(&args);
}

int trace_close(struct trace *t, struct err *e)
{
	bool failed;

	if (!t->file)
		return 0;
	fputs("\n]}\n", t->file);
	failed = ferror(t->file) != 0;
	failed |= fclose(t->file) != 0;
	t->file = NULL;
	return failed ? fail(t, errno, e) : 0;
}
