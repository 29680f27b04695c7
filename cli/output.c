#include "cli/output.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "cli/text.h"

#define OUTPUT_BUFFER ((size_t)64 * 1024)

void output_init(struct output *o, int fd, int wake_fd)
{
	memset(o, 0, sizeof *o);
	o->fd = fd;
	o->wake_fd = wake_fd;
	o->escape = isatty(fd) == 1;
	buf_init(&o->buf);
}

void output_release(struct output *o)
{
	buf_release(&o->buf);
}

static void fail(struct output *o, int error)
{
	o->state = error == EPIPE ? OUTPUT_BROKEN : OUTPUT_FAILED;
	o->error = error;
}

/*
 * False when nothing can be written any more. A signal ends a wait; without
 * one, what is on its way still goes out, but not a long result.
 */
static bool wait_writable(struct output *o)
{
	struct pollfd p[2] = {
	    {.fd = o->fd, .events = POLLOUT},
	    {.fd = o->wake_fd, .events = POLLIN},
	};

	while (poll(p, 2, -1) < 0) {
		if (errno != EINTR) {
			fail(o, errno);
			return false;
		}
	}
	if (!p[1].revents)
		o->since_wake = 0;
	else if (!p[0].revents || o->since_wake > OUTPUT_BUFFER)
		o->state = OUTPUT_INTERRUPTED;
	return o->state == OUTPUT_OPEN;
}

/*
 * PIPE_BUF at a time: so much never blocks once poll() said that there is
 * room, and a blocked write would not notice a signal.
 */
static void write_all(struct output *o, const char *data, size_t len)
{
	if (len > 0 && o->before_write)
		o->before_write(o->ctx);
	while (len > 0 && o->state == OUTPUT_OPEN && wait_writable(o)) {
		ssize_t n = write(o->fd, data, len < PIPE_BUF ? len : PIPE_BUF);

		if (n >= 0) {
			data += n;
			len -= (size_t)n;
			o->since_wake += (size_t)n;
		} else if (errno != EINTR && errno != EAGAIN) {
			fail(o, errno);
		}
	}
}

void output_flush(struct output *o)
{
	if (o->buf.failed)
		fail(o, ENOMEM);
	write_all(o, o->buf.data, o->buf.len);
	buf_clear(&o->buf);
}

static void put_raw(struct output *o, const char *data, size_t len)
{
	if (len >= OUTPUT_BUFFER) {
		output_flush(o);
		write_all(o, data, len);
		return;
	}
	buf_append(&o->buf, data, len);
	if (o->buf.len >= OUTPUT_BUFFER)
		output_flush(o);
}

static void put_shown(struct output *o, const char *data, size_t len)
{
	struct buf shown;

	buf_init(&shown);
	text_put_escaped(&shown, data, len, "\n\t");
	if (shown.failed)
		fail(o, ENOMEM);
	else
		put_raw(o, shown.data, shown.len);
	buf_release(&shown);
}

void output_put(struct output *o, const char *data, size_t len)
{
	if (o->state != OUTPUT_OPEN || len == 0)
		return;
	if (o->escape)
		put_shown(o, data, len);
	else
		put_raw(o, data, len);
}

void output_put_str(struct output *o, const char *s)
{
	output_put(o, s, strlen(s));
}

void output_take(struct output *o, struct buf *b)
{
	if (b->failed)
		fail(o, ENOMEM);
	else
		output_put(o, b->data, b->len);
	buf_clear(b);
}
