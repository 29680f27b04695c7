/* What a plan, and a request that gives none, say to people. */
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "planner/plan_private.h"

const char *plan_reason_text(enum plan_reason reason)
{
	switch (reason) {
	case PLAN_AFTER:
		return "its after says so";
	case PLAN_SERIAL:
		return "dispatch is serial";
	case PLAN_WAITER_WRITES:
		return "the one that waits is not a plain read";
	case PLAN_TARGET_WRITES:
		return "what it waits for is not a plain read";
	}
	return "";
}

void plan_place(const char *text, size_t at, char out[PLAN_WHERE_SIZE])
{
	size_t line = 1, start = 0;
	const char *end;

	while ((end = memchr(text + start, '\n', at - start)) != NULL) {
		start = (size_t)(end - text) + 1;
		line++;
	}
	snprintf(out, PLAN_WHERE_SIZE, "line %zu, character %zu", line,
	    utf8_count(text + start, at - start) + 1);
}

void plan_where(
    const struct plan_work *w, unsigned i, char out[PLAN_WHERE_SIZE])
{
	char place[PLAN_WHERE_SIZE];

	if (!w->request->script) {
		snprintf(out, PLAN_WHERE_SIZE, "statements[%u]", i);
		return;
	}
	plan_place(w->request->script,
	    (size_t)(w->plan->stmts[i].sql - w->text), place);
	snprintf(out, PLAN_WHERE_SIZE, "statement %u (%.70s)", i + 1, place);
}

const char *plan_short_id(const char *id, char out[PLAN_ID_SIZE])
{
	static const char dots[] = "…";
	size_t len = strnlen(id, PLAN_ID_SIZE), room;

	if (len < PLAN_ID_SIZE)
		return id;
	room = utf8_valid_prefix(id, PLAN_ID_SIZE - sizeof dots);
	memcpy(out, id, room);
	memcpy(out + room, dots, sizeof dots);
	return out;
}
