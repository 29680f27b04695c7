#include "proxy/batch.h"

#include <stdlib.h>

struct batch *batch_new(void)
{
	struct batch *b = calloc(1, sizeof *b);

	if (b)
		arena_init(&b->arena);
	return b;
}

void batch_free(struct batch **bp)
{
	if (!*bp)
		return;
	arena_release(&(*bp)->arena);
	free(*bp);
	*bp = NULL;
}

const struct batch_stmt *batch_stmt_at(const struct batch *b, unsigned i)
{
	return b->stmts ? &b->stmts[i] : &b->defaults;
}
