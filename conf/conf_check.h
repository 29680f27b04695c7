/*
 * What no value can tell alone: whether the settings of a finished draft fit
 * together. Also gives default_database its value and takes away what has no
 * meaning for a database's engine. Main thread.
 */
#ifndef CONF_CONF_CHECK_H
#define CONF_CONF_CHECK_H

#include "conf/conf_draft.h"

void conf_check(struct conf_draft *d);

#endif
