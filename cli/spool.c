#include "cli/spool.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SPOOL_MEMORY ((size_t)1024 * 1024)
#define SPOOL_CHUNK ((size_t)256 * 1024)

void spool_init(struct spool *s)
{
	memset(s, 0, sizeof *s);
	buf_init(&s->mem);
	s->fd = -1;
}

void spool_release(struct spool *s)
{
	buf_release(&s->mem);
	if (s->fd >= 0)
		close(s->fd);
	spool_init(s);
}

static int fail(struct err *e, const char *what)
{
	return err_set(e, ERR_IO, SQLSTATE_INTERNAL,
	    "cannot %s a temporary file: %s", what, strerror(errno));
}

static int open_file(struct spool *s, struct err *e)
{
	const char *dir = getenv("TMPDIR");
	char path[4096];
	int n = snprintf(
	    path, sizeof path, "%s/fanout-XXXXXX", dir && *dir ? dir : "/tmp");

	if (n >= (int)sizeof path) {
		errno = ENAMETOOLONG;
		return fail(e, "create");
	}
	s->fd = mkstemp(path);
	if (s->fd < 0)
		return fail(e, "create");
	unlink(path);
	return 0;
}

/* Moves what is in memory into the file. */
static int spill(struct spool *s, struct err *e)
{
	size_t done = 0;

	if (s->fd < 0 && open_file(s, e))
		return ERR_IO;
	while (done < s->mem.len) {
		ssize_t n = write(s->fd, s->mem.data + done, s->mem.len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(e, "write");
		done += (size_t)n;
	}
	buf_clear(&s->mem);
	return 0;
}

int spool_append(struct spool *s, const void *data, size_t len, struct err *e)
{
	buf_append(&s->mem, data, len);
	if (s->mem.failed)
		return err_nomem(e);
	s->size += len;
	return s->mem.len >= SPOOL_MEMORY ? spill(s, e) : 0;
}

int spool_read(struct spool *s, struct spool_reader *r, struct err *e)
{
	memset(r, 0, sizeof *r);
	buf_init(&r->chunk);
	r->spool = s;
	return s->fd >= 0 ? spill(s, e) : 0;
}

void spool_reader_release(struct spool_reader *r)
{
	buf_release(&r->chunk);
}

uint64_t spool_left(const struct spool_reader *r)
{
	return r->spool->size - r->pos;
}

/* Makes chunk hold at least LEN bytes from pos on. */
static int fill(struct spool_reader *r, size_t len, struct err *e)
{
	size_t want = len > SPOOL_CHUNK ? len : SPOOL_CHUNK;
	char *p;

	buf_consume(&r->chunk, (size_t)(r->pos - r->chunk_at));
	r->chunk_at = r->pos;
	p = buf_reserve(&r->chunk, want);
	if (!p)
		return err_nomem(e);
	while (r->chunk.len < len) {
		ssize_t n = pread(r->spool->fd, r->chunk.data + r->chunk.len,
		    r->chunk.cap - r->chunk.len,
		    (off_t)(r->chunk_at + r->chunk.len));

		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			errno = EIO; /* somebody cut it */
		if (n <= 0)
			return fail(e, "read");
		r->chunk.len += (size_t)n;
	}
	return 0;
}

int spool_take(
    struct spool_reader *r, size_t len, const char **data, struct err *e)
{
	assert(len <= spool_left(r));
	if (r->spool->fd < 0) {
		*data = r->spool->mem.data + r->pos;
	} else {
		bool here = r->pos + len <= r->chunk_at + r->chunk.len;
		int rc = here ? 0 : fill(r, len, e);

		if (rc)
			return rc;
		*data = r->chunk.data + (r->pos - r->chunk_at);
	}
	r->pos += len;
	return 0;
}
