#include "proxy/request_read.h"

#include <string.h>

#define READ_SIZE ((size_t)64 * 1024)
#define KEEP_SIZE ((size_t)64 * 1024) /* what an idle client may keep */

void line_reader_init(struct line_reader *r)
{
	memset(r, 0, sizeof *r);
	buf_init(&r->in);
}

void line_reader_release(struct line_reader *r)
{
	buf_release(&r->in);
	line_reader_init(r);
}

char *line_reader_room(struct line_reader *r, size_t *room)
{
	/* Lines that were taken make room first. */
	if (r->start) {
		buf_consume(&r->in, r->start);
		r->scanned -= r->start;
		r->start = 0;
	}
	if (r->in.len == 0 && r->in.cap > KEEP_SIZE)
		buf_release(&r->in);
	*room = READ_SIZE;
	return buf_reserve(&r->in, READ_SIZE);
}

void line_reader_added(struct line_reader *r, size_t n)
{
	r->in.len += n;
}

static void drop_all(struct line_reader *r)
{
	r->in.len = r->start = r->scanned = 0;
}

/* [start, END) is a line; the next begins at NEXT. */
static enum line_result take(struct line_reader *r, size_t end, size_t next,
    size_t max, const char **line, size_t *len)
{
	bool skipped = r->skipping;

	*line = r->in.data + r->start;
	*len = end - r->start;
	r->start = r->scanned = next;
	r->skipping = false;
	if (skipped)
		return LINE_NONE;
	return *len > max ? LINE_TOO_LONG : LINE_WHOLE;
}

/* No newline in what is there: is it too much for one line already? */
static enum line_result unfinished(struct line_reader *r, size_t max)
{
	bool first = !r->skipping;

	r->scanned = r->in.len;
	if (!r->skipping && r->in.len - r->start <= max)
		return LINE_NONE;
	r->skipping = true;
	drop_all(r);
	return first ? LINE_TOO_LONG : LINE_NONE;
}

enum line_result line_reader_next(struct line_reader *r, size_t max, bool ended,
    const char **line, size_t *len)
{
	for (;;) {
		size_t left = r->in.len - r->scanned;
		char *nl =
		    left ? memchr(r->in.data + r->scanned, '\n', left) : NULL;
		bool skipped = r->skipping;
		enum line_result result;
		size_t at;

		if (!nl && ended && r->in.len > r->start)
			return take(r, r->in.len, r->in.len, max, line, len);
		if (!nl)
			return unfinished(r, max);
		at = (size_t)(nl - r->in.data);
		result = take(r, at, at + 1, max, line, len);
		if (!skipped)
			return result;
	}
}
