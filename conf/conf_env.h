/*
 * The layer of the environment: FANOUT_FANOUTD_<KEY> and
 * FANOUT_DATABASE_<NAME>_<KEY>, in capitals, with "_" for whatever in the
 * name is no letter or digit.
 *
 * It changes databases that are declared and declares none. Other variables
 * that begin with FANOUT_ are somebody else's. Main thread.
 */
#ifndef CONF_CONF_ENV_H
#define CONF_CONF_ENV_H

#include "conf/conf_draft.h"

/* ENVIRON may be NULL: nothing is set. */
int conf_env_apply(struct conf_draft *d, char *const *environ) must_check;

/* The value of NAME, or NULL. */
const char *conf_env_find(char *const *environ, const char *name);

#endif
