#include "cli/copy_feed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"
#include "cli/request.h"

#define FEED_CHUNK ((size_t)64 * 1024)
#define LONGEST_CHAR 4

static int feed_open(
    struct copy_feed *feed, const struct args_copy *from, struct err *e)
{
	feed->number = from->number;
	feed->file = from->file;
	buf_init(&feed->held);
	if (strcmp(from->file, "-") == 0)
		feed->fd = STDIN_FILENO;
	else
		feed->fd = open(from->file, O_RDONLY | O_CLOEXEC);
	if (feed->fd < 0)
		return err_set(e, ERR_IO, SQLSTATE_INTERNAL,
		    "cannot read %s: %s", from->file, strerror(errno));
	return 0;
}

static void feed_close(struct copy_feed *feed)
{
	if (feed->fd > STDIN_FILENO)
		close(feed->fd);
	feed->fd = -1;
	feed->running = false;
	buf_release(&feed->held);
}

int copy_feeds_open(
    struct copy_feeds *f, const struct args *args, struct err *e)
{
	int rc = 0;

	memset(f, 0, sizeof *f);
	if (args->n_copies == 0)
		return 0;
	f->feeds = calloc(args->n_copies, sizeof *f->feeds);
	if (!f->feeds)
		return err_nomem(e);
	for (; rc == 0 && f->n < args->n_copies; f->n++)
		rc = feed_open(&f->feeds[f->n], &args->copies[f->n], e);
	return rc;
}

void copy_feeds_close(struct copy_feeds *f)
{
	for (size_t i = 0; i < f->n; i++)
		feed_close(&f->feeds[i]);
	free(f->feeds);
	memset(f, 0, sizeof *f);
}

static struct copy_feed *find(struct copy_feeds *f, size_t number)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->feeds[i].number == number)
			return &f->feeds[i];
	return NULL;
}

void copy_feeds_start(struct copy_feeds *f, size_t number)
{
	struct copy_feed *feed = find(f, number);

	if (feed && feed->fd >= 0)
		feed->running = true;
}

void copy_feeds_stop(struct copy_feeds *f, size_t number)
{
	struct copy_feed *feed = find(f, number);

	if (feed)
		feed_close(feed);
}

int copy_feeds_fd(struct copy_feeds *f)
{
	for (size_t i = 0; i < f->n; i++) {
		size_t k = (f->turn + i) % f->n;

		if (f->feeds[k].running) {
			f->turn = k;
			return f->feeds[k].fd;
		}
	}
	return -1;
}

/* Sends what of HELD is whole characters. */
static int send_held(struct copy_feed *feed, bool at_end, const char *batch,
    struct buf *out, struct err *e)
{
	size_t whole = utf8_valid_prefix(feed->held.data, feed->held.len);
	size_t rest = feed->held.len - whole;

	if (rest >= LONGEST_CHAR || (at_end && rest > 0))
		return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "%s: byte %llu is not UTF-8", feed->file,
		    feed->sent + whole + 1);
	if (whole > 0)
		request_put_copy_data(
		    out, batch, feed->number, feed->held.data, whole);
	feed->sent += whole;
	buf_consume(&feed->held, whole);
	return 0;
}

/* *AT_END: all of the file was sent. */
static int send_chunk(struct copy_feed *feed, const char *batch,
    struct buf *out, bool *at_end, struct err *e)
{
	char *p = buf_reserve(&feed->held, FEED_CHUNK);
	ssize_t n;

	*at_end = false;
	if (!p)
		return err_nomem(e);
	n = read(feed->fd, p, FEED_CHUNK);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	if (n < 0)
		return err_set(e, ERR_IO, SQLSTATE_INTERNAL,
		    "cannot read %s: %s", feed->file, strerror(errno));
	*at_end = n == 0;
	feed->held.len += (size_t)n;
	return send_held(feed, n == 0, batch, out, e);
}

int copy_feeds_pump(
    struct copy_feeds *f, const char *batch, struct buf *out, struct err *e)
{
	struct copy_feed *feed = &f->feeds[f->turn];
	bool at_end;
	int rc = send_chunk(feed, batch, out, &at_end, e);

	/* What cannot be read must not look like the end of the data. */
	if (rc || at_end) {
		request_put_copy_end(
		    out, batch, feed->number, rc ? e->message : NULL);
		feed_close(feed);
	}
	f->turn++;
	return rc;
}
