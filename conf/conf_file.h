/*
 * The layer of files: the one named with -c and what it includes, each read
 * whole and put into the draft.
 *
 * A file's includes are read after it, wherever in it they are named, so they
 * override it; a file among them does the same with its own. The same file
 * twice is refused, which also ends circles. Main thread.
 */
#ifndef CONF_CONF_FILE_H
#define CONF_CONF_FILE_H

#include "conf/conf_draft.h"

int conf_file_read(struct conf_draft *d, const char *path) must_check;

#endif
