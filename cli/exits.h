/*
 * What `fanout` says with its exit code; docs/client.md lists them.
 */
#ifndef CLI_EXITS_H
#define CLI_EXITS_H

enum exits {
	EXITS_OK = 0,
	EXITS_USAGE = 1, /* the command line, or a local file */
	EXITS_LOST = 2, /* no connection, or it broke */
	EXITS_FAILED = 3, /* the answer is not what was asked for */
	EXITS_TIMEOUT = 4, /* a timeout or a cancel */
	EXITS_SIGNAL = 128, /* plus the signal: 130 for Ctrl-C */
};

#endif
