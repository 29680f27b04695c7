/*
 * What holds of every plan: the invariants of planner/plan.h, and that no
 * part of the request was lost, moved or made up. Aborts where it does not.
 */
#ifndef TESTS_FUZZ_PLAN_INVARIANTS_H
#define TESTS_FUZZ_PLAN_INVARIANTS_H

#include "planner/plan.h"

/* So many statements can be checked: what max_stmts must be at most. */
#define PLAN_CHECK_MOST 128

void plan_must_hold(const struct plan_request *ask, const struct plan *p);

/* Both plans say the same. */
void plan_must_equal(const struct plan *a, const struct plan *b);

#endif
