#include "planner/plan.h"

#include "planner/plan_private.h"

int plan_build(const struct plan_request *request, struct arena *arena,
    struct plan **out, struct err *e)
{
	static int (*const stages[])(struct plan_work * w) = {plan_read,
	    plan_resolve_ids, plan_check_after, plan_make_units,
	    plan_make_edges, plan_check_units};
	struct err unread;
	struct plan_work w = {.request = request,
	    .arena = arena,
	    .e = e ? e : &unread,
	    .plan = arena_alloc(arena, sizeof *w.plan)};
	int rc;

	*out = NULL;
	if (!w.plan)
		return err_nomem(w.e);
	for (size_t i = 0; i < ARRAY_LEN(stages); i++) {
		rc = stages[i](&w);
		if (rc)
			return rc;
	}
	*out = w.plan;
	return 0;
}
