/*
 * An engine whose server is a script: what each statement and each connection
 * does, and when, is written in its own text. For tests of the contract and
 * of what stands on it, without a database and without chance.
 *
 * A script is steps with ";" between them, carried out in order, each on a
 * turn of the loop of its own. A statement's text is its script:
 *
 *     columns A B …       a result set with these columns, of type text
 *     rows N              N rows; column C of row R is "R.C", both from 0
 *     notice TEXT
 *     wait MS             nothing for so long (a cancel cuts it short)
 *     hang                nothing more, until it is cancelled
 *     deaf                cancels do nothing from here on
 *     begin, commit       a transaction is open, or not; so is "rollback"
 *     touch               session state has changed, until reset
 *     touched             ends with the count 1 if it has, else 0
 *     copy_out N          N times the line "0"
 *     copy_in             takes data; the count is the number of its lines
 *     settle MS           on_ready comes so long after on_done
 *     settle_lost         on_lost comes instead of on_ready
 *     tag N TEXT          the tag is TEXT and the count N (-1: none)
 *     error SQLSTATE TEXT ends the statement; so does the script's end
 *     lose                the connection is lost
 *     refuse              start() fails
 *
 * The conninfo is the script of each connection:
 *
 *     wait MS, hang, error SQLSTATE TEXT    of connect()
 *     idle MS             it is lost when it was idle for so long
 *     closing MS          the server goes so long after close()
 *     resetting MS        reset() takes so long
 *     reset_lost          reset() ends with on_lost
 *     limit N             more connections get 53300
 *
 * The strings of a conf, and of engine_scripted_say(), must outlive the
 * engine. On the loop's thread. The executor is not used.
 */
#ifndef TESTS_SUPPORT_ENGINE_SCRIPTED_H
#define TESTS_SUPPORT_ENGINE_SCRIPTED_H

#include "pool/backend.h"

/* What the server has seen; a connection lives until on_closed. */
struct scripted_stats {
	unsigned live, peak; /* connections, now and at most */
	unsigned running, running_peak; /* statements */
	unsigned connects, starts, resets, cancels, closes;
};

extern const struct engine_ops engine_scripted;

const struct scripted_stats *engine_scripted_stats(const struct engine *engine);

/* Connections that are made from now on follow this script. */
void engine_scripted_say(struct engine *engine, const char *conninfo);

#endif
