/*
 * The service manager (systemd), where there is one: sockets that it opened
 * for us, and what it wants to be told. Without one every call does nothing.
 * Main thread.
 */
#ifndef PROXY_SERVICE_H
#define PROXY_SERVICE_H

#include "base/err.h"
#include "base/macros.h"

/*
 * How many listening sockets were passed to us; FDS then are FIRST … FIRST +
 * n - 1. They are refused as configured ones would be: a TCP socket has to
 * be bound to a loopback address.
 */
int service_sockets(int *first, struct err *e) must_check;

void service_ready(void);
void service_reloading(void);
void service_stopping(void);

#endif
