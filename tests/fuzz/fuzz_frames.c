/*
 * What a client sends: bytes in pieces of any size to lines, a line to a
 * request, a batch to a plan, in both dialects.
 *
 * The first line's length decides where the stream is cut into pieces; the
 * rest is the stream. A line is at most MAX_LINE bytes.
 */
#include <jansson.h>
#include <string.h>

#include "base/utf8.h"
#include "proxy/request_batch.h"
#include "proxy/request_json.h"
#include "proxy/request_read.h"
#include "proxy/response_write.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/plan_invariants.h"

#define MAX_LINE 1000

/* A refusal says why, and can be sent: one line of JSON. */
static void check_refusal(int rc, const char *id, const struct err *e)
{
	struct buf frame;
	json_t *sent;

	must(rc < 0 && rc != ERR_NOMEM && e->code == rc);
	must(e->message[0] && strlen(e->sqlstate) == 5);
	must(utf8_valid_prefix(e->message, strlen(e->message)) ==
	     strlen(e->message));
	buf_init(&frame);
	if (id)
		write_rejected(&frame, id, e);
	else
		write_error(&frame, e);
	must(!frame.failed && frame.data[frame.len - 1] == '\n');
	must(memchr(frame.data, '\n', frame.len) == frame.data + frame.len - 1);
	sent = json_loadb(frame.data, frame.len, 0, NULL);
	must(sent);
	json_decref(sent);
	buf_release(&frame);
}

static void check_batch(const json_t *object, enum sql_dialect dialect)
{
	struct batch *b = batch_new();
	struct err e;
	int rc;

	must(b);
	rc = request_batch_read(object, b, &e);
	must(!b->id || (b->id[0] && strlen(b->id) <= 256));
	if (rc == 0) {
		must(!b->ask.script != !b->ask.items);
		b->ask.dialect = dialect;
		b->ask.max_stmts = PLAN_CHECK_MOST;
		rc = plan_build(&b->ask, &b->arena, &b->plan, &e);
	}
	if (rc == 0) {
		plan_must_hold(&b->ask, b->plan);
		rc = request_batch_check_plan(b, &e);
	}
	if (rc)
		check_refusal(rc, b->id ? b->id : "b1", &e);
	batch_free(&b);
}

static void check_line(const char *line, size_t len)
{
	json_t *object = NULL;
	struct err e = {0};
	int rc = request_parse(line, len, &object, &e);

	if (rc) {
		check_refusal(rc, NULL, &e);
	} else {
		must(json_is_object(object));
		check_batch(object, DIALECT_POSTGRES);
		check_batch(object, DIALECT_SQLITE);
	}
	json_decref(object);
}

/* ---- the stream ---- */

/* The next line as the plain meaning of NDJSON has it. */
struct plain {
	const char *at, *end;
};

static bool plain_next(struct plain *p, const char **line, size_t *len)
{
	const char *nl;

	if (p->at == p->end)
		return false;
	nl = memchr(p->at, '\n', (size_t)(p->end - p->at));
	*line = p->at;
	*len = (size_t)((nl ? nl : p->end) - p->at);
	p->at = nl ? nl + 1 : p->end;
	return true;
}

static void take_lines(struct line_reader *r, bool ended, struct plain *plain)
{
	const char *line, *expected;
	size_t len, expected_len;
	enum line_result result;

	while ((result = line_reader_next(r, MAX_LINE, ended, &line, &len)) !=
	       LINE_NONE) {
		must(plain_next(plain, &expected, &expected_len));
		if (expected_len > MAX_LINE) {
			must(result == LINE_TOO_LONG);
			continue;
		}
		must(result == LINE_WHOLE && len == expected_len);
		must(memcmp(line, expected, len) == 0);
		check_line(line, len);
	}
	must(r->start <= r->scanned && r->scanned <= r->in.len);
	must(r->in.len - r->start <= MAX_LINE);
}

static void read_stream(const char *stream, size_t len, unsigned seed)
{
	struct plain plain = {stream, stream + len};
	struct line_reader r;
	size_t at = 0, room;

	line_reader_init(&r);
	while (at < len) {
		char *to = line_reader_room(&r, &room);
		size_t n = 1 + (seed >> 16) % 700;

		must(to && room > 0);
		seed = seed * 1103515245 + 12345;
		n = n < len - at ? n : len - at;
		n = n < room ? n : room;
		memcpy(to, stream + at, n);
		line_reader_added(&r, n);
		at += n;
		take_lines(&r, false, &plain);
	}
	take_lines(&r, true, &plain);
	must(plain.at == plain.end);
	line_reader_release(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = fuzz_copy(data, size), *stream = copy;
	size_t first = size;

	fuzz_take_line(&stream, &size);
	read_stream(stream, size, (unsigned)(first - size) * 2654435761u);
	free(copy);
	return 0;
}
