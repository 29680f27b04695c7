/* The addresses of `listen`. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "conf/conf_listen.h"

/* A list from TEXT, or NULL with E filled. */
static const struct conf_listen *read_list(
    const char *text, struct conf *conf, struct err *e)
{
	memset(conf, 0, sizeof *conf);
	arena_init(&conf->arena);
	if (conf_listen_read(text, &conf->arena, conf, e)) {
		assert_null(conf->listen);
		return NULL;
	}
	return conf->listen;
}

static void expect_tcp(const char *text, const char *host, const char *port)
{
	struct conf conf;
	struct err e;
	const struct conf_listen *l = read_list(text, &conf, &e);

	assert_non_null(l);
	assert_int_equal(conf.n_listen, 1);
	assert_int_equal(l->kind, CONF_LISTEN_TCP);
	assert_string_equal(l->host, host);
	assert_string_equal(l->port, port);
	assert_null(l->path);
	assert_string_equal(l->text, text);
	arena_release(&conf.arena);
}

static void expect_bad(const char *text, const char *message)
{
	struct conf conf;
	struct err e;

	assert_null(read_list(text, &conf, &e));
	assert_int_equal(e.code, ERR_INVALID);
	assert_string_equal(e.message, message);
	arena_release(&conf.arena);
}

static void test_loopback(void **state)
{
	(void)state;
	expect_tcp("127.0.0.1:7432", "127.0.0.1", "7432");
	expect_tcp("127.255.0.9:65535", "127.255.0.9", "65535");
	expect_tcp("localhost:0", "localhost", "0");
	expect_tcp("LocalHost:1", "LocalHost", "1");
	expect_tcp("[::1]:7432", "::1", "7432");
	expect_tcp("127.0.0.1:07", "127.0.0.1", "7");
}

static void test_anything_else_is_refused(void **state)
{
	static const char *const hosts[] = {"0.0.0.0", "192.168.1.2",
	    "126.255.255.255", "128.0.0.1", "example.org", "localhost.", "*",
	    "127.1", "2130706433", "127.0.0.1 ", "[::]", "[fe80::1]",
	    "[::ffff:127.0.0.1]", "[127.0.0.1]", "[localhost]",
	    "127.0.0.1.evil.example"};
	char text[64], message[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
		snprintf(text, sizeof text, "%s:7432", hosts[i]);
		snprintf(message, sizeof message,
		    "\"%s\" is not a loopback address, and others are refused "
		    "until there is authentication",
		    text);
		expect_bad(text, message);
	}
}

static void test_malformed(void **state)
{
	(void)state;
	expect_bad("7432", "\"7432\" has no port: write host:port, "
	                   "[::1]:port or unix:/path");
	expect_bad(":7432", "\":7432\" has no host before the port");
	expect_bad("[]:7432", "\"[]:7432\" has no host before the port");
	expect_bad("::1:7432", "\"::1:7432\" has an IPv6 address that needs "
	                       "brackets, as in [::1]:7432");
	expect_bad("[::1]7432", "\"[::1]7432\" is not [address]:port");
	expect_bad("[::1:7432", "\"[::1:7432\" is not [address]:port");
	expect_bad("[::1]", "\"[::1]\" is not [address]:port");
}

static void test_ports(void **state)
{
	static const char *const ports[] = {"", "65536", "-1", "+1", "http",
	    "1x", " 1", "99999999999999999999"};
	char text[64], message[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ports); i++) {
		snprintf(text, sizeof text, "localhost:%s", ports[i]);
		snprintf(message, sizeof message,
		    "\"%s\" has no port from 0 to 65535", text);
		expect_bad(text, message);
	}
}

static void test_unix(void **state)
{
	char text[256] = "unix:/", message[512];
	struct conf conf;
	struct err e;
	const struct conf_listen *l;

	(void)state;
	memset(text + 6, 'x', 106);
	l = read_list(text, &conf, &e);
	assert_non_null(l);
	assert_int_equal(l->kind, CONF_LISTEN_UNIX);
	assert_string_equal(l->path, text + 5);
	assert_int_equal(strlen(l->path), 107);
	assert_null(l->host);
	assert_null(l->port);
	arena_release(&conf.arena);
	text[112] = 'x';
	snprintf(message, sizeof message,
	    "\"%s\" is too long for a socket (a path has at most 107 bytes)",
	    text);
	expect_bad(text, message);
	expect_bad("unix:", "\"unix:\" needs an absolute path: unix:/path");
	expect_bad("unix:fanout.sock",
	    "\"unix:fanout.sock\" needs an absolute path: unix:/path");
}

static void test_lists(void **state)
{
	struct conf conf;
	struct err e;
	struct buf b;

	(void)state;
	assert_non_null(
	    read_list("127.0.0.1:1,[::1]:2 ,\tunix:/run/x y.sock", &conf, &e));
	assert_int_equal(conf.n_listen, 3);
	assert_string_equal(conf.listen[1].host, "::1");
	assert_string_equal(conf.listen[2].path, "/run/x y.sock");
	buf_init(&b);
	conf_listen_format(&conf, &b);
	assert_string_equal(
	    buf_cstr(&b), "127.0.0.1:1, [::1]:2, unix:/run/x y.sock");
	buf_release(&b);
	arena_release(&conf.arena);
	expect_bad("127.0.0.1:1,,127.0.0.1:2",
	    "\"\" is no address (a comma too many?)");
	expect_bad("127.0.0.1:1,", "\"\" is no address (a comma too many?)");
	expect_bad(
	    "127.0.0.1:1, 127.0.0.1:1", "\"127.0.0.1:1\" is listed twice");
}

/* What the default is with this runtime folder. */
static void expect_default(const char *runtime_dir, const char *text)
{
	struct conf conf = {0};
	struct err e;
	struct buf b;

	arena_init(&conf.arena);
	buf_init(&b);
	assert_int_equal(
	    conf_listen_default(runtime_dir, &conf.arena, &conf, &e), 0);
	conf_listen_format(&conf, &b);
	assert_string_equal(buf_cstr(&b), text);
	buf_release(&b);
	arena_release(&conf.arena);
}

static void test_default(void **state)
{
	char folder[128] = "/";
	struct conf conf = {0};
	struct err e;

	(void)state;
	expect_default(NULL, "127.0.0.1:7432");
	expect_default("", "127.0.0.1:7432");
	expect_default("relative", "127.0.0.1:7432");
	expect_default(
	    "/run/user/0", "127.0.0.1:7432, unix:/run/user/0/fanout.sock");
	memset(folder + 1, 'x', 100);
	arena_init(&conf.arena);
	assert_int_equal(
	    conf_listen_default(folder, &conf.arena, &conf, &e), ERR_INVALID);
	assert_non_null(strstr(e.message, "too long for a socket"));
	arena_release(&conf.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_loopback),
	    cmocka_unit_test(test_anything_else_is_refused),
	    cmocka_unit_test(test_malformed),
	    cmocka_unit_test(test_ports),
	    cmocka_unit_test(test_unix),
	    cmocka_unit_test(test_lists),
	    cmocka_unit_test(test_default),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
