/*
 * One client: its socket, its lines in, its frames out, its open batches.
 *
 *     socket ─► line_reader ─► session_requests ─► responses ─► outbox ─► socket
 *
 *             accept
 *               │
 *               ▼         end of stream       all delivered
 *             OPEN ───────────────────► ENDED ───────────► CLOSED
 *               └── reset, error, write timeout, draining ──▲
 *
 * Made by the listener, known to the server by its list, freed at the end of
 * the turn in which it closed. On the loop's thread.
 *
 * Invariants: 1. fd is open until CLOSED. 2. Every response on `responses`
 * writes to this session's outbox.
 */
#ifndef PROXY_SESSION_H
#define PROXY_SESSION_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"
#include "base/list.h"
#include "base/macros.h"
#include "base/turn.h"
#include "proxy/outbox.h"
#include "proxy/request_read.h"
#include "proxy/response_merge.h"

struct server;

enum session_state { SESSION_OPEN, SESSION_ENDED, SESSION_CLOSED };

struct session {
	struct server *server;
	struct list link; /* server.sessions */
	uint64_t id;
	int fd;
	enum session_state state;
	struct ev_io readable, writable;
	struct ev_timer write_timer; /* client_write_timeout */
	struct ev_timer idle_timer; /* client_idle_timeout; when ENDED:
					looks whether the peer is gone */
	struct line_reader lines;
	struct outbox out;
	struct turn_task flush, reap, unstuff;
	struct list responses;
	unsigned n_responses;
	bool opened_batches; /* ever */
	uint64_t next_batch; /* for ids that the server gives */
	int unsent; /* in the kernel, when write_timer was started */
	bool was_full; /* responses stand still for the outbox */
	/* A COPY that holds as much data as it may: no reading meanwhile. */
	struct response *stuffed;
	unsigned stuffed_stmt;
	bool choked; /* no reading: it does not take what it asked for */
	/* For people: */
	const char *kind; /* "tcp" or "unix" */
	char addr[64], local[128];
	int port;
	int64_t connected_wall_us, last_request_us, last_request_wall_us;
	uint64_t bytes_in, bytes_out, requests;
};

/* Takes FD. Fails only when memory runs out; FD is then closed. */
int session_new(struct server *server, int fd, struct session **out,
    struct err *e) must_check;

/* Closes it now; what runs for it is cancelled. Frees it later. */
void session_close(struct session *s);

/* The server stops: closes as soon as nothing is open and all is sent. */
void session_drain(struct session *s);

/* An open batch by its id, or NULL. */
struct response *session_find(const struct session *s, const char *batch);

/*
 * At the end of the turn: goes on with the lines that waited for the COPY
 * that was stuffed.
 */
void session_unstuff(struct session *s);

/* Every COPY of it that is still fed by lines gives up, for REASON. */
void session_give_up_copies(struct session *s, const char *reason);

/* session_requests.c: does what one line asks for. */
void session_handle_line(struct session *s, const char *line, size_t len);
void session_refuse_line(struct session *s, const struct err *e);

/*
 * The same for a line that may have held COPY data: a COPY with a hole must
 * not end well.
 */
void session_refuse_data(struct session *s, const struct err *e);

#endif
