/*
 * Bytes kept for later, in order: the first megabyte in memory, everything
 * once it is more in a temporary file without a name. This is how results
 * that arrive interleaved are each printed whole in bounded memory.
 *
 * Owned by whoever embeds it. First everything is appended, then everything
 * is read.
 */
#ifndef CLI_SPOOL_H
#define CLI_SPOOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/macros.h"

struct spool {
	struct buf mem; /* what is not in the file yet */
	int fd; /* -1: all is in mem */
	uint64_t size; /* of both together */
};

void spool_init(struct spool *s);
void spool_release(struct spool *s);

int spool_append(
    struct spool *s, const void *data, size_t len, struct err *e) must_check;

struct spool_reader {
	struct spool *spool;
	uint64_t pos; /* of what comes next */
	struct buf chunk; /* a part of the file */
	uint64_t chunk_at; /* where in the file it begins */
};

int spool_read(
    struct spool *s, struct spool_reader *r, struct err *e) must_check;
void spool_reader_release(struct spool_reader *r);

/* Bytes not taken yet. */
uint64_t spool_left(const struct spool_reader *r);

/* The next LEN bytes, at most what is left; valid until the next call. */
int spool_take(struct spool_reader *r, size_t len, const char **data,
    struct err *e) must_check;

#endif
