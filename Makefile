# Fanout: `make` builds build/fanoutd and build/fanout; `make help` lists the rest.

CC ?= gcc
BUILD ?= build
PREFIX ?= /usr/local
PYTHON ?= /usr/bin/python3
VERSION := 0.1.0

# Sources, in the order of the data's way through them.
BASE := err arena list heap buf bufq clock log utf8 json_out units nearest \
	turn timer executor
CONF := conf_keys conf_text conf_ini conf_include conf_file conf_env conf_set \
	conf_listen conf_value conf_draft conf_check conf conf_show conf_doc
PLANNER := plan plan_read stmt_split sql_lex stmt_classify_pg pg_facts \
	pg_functions pg_parse stmt_classify_sqlite plan_ids plan_units \
	tx_block plan_edges stmt_conflict plan_check plan_cycle plan_explain
POOL := pool pool_age conn \
	backend_pg backend_pg_conninfo backend_pg_lookup backend_pg_connect \
	backend_pg_socket backend_pg_step backend_pg_run \
	backend_pg_result backend_pg_type \
	backend_pg_copy backend_pg_error backend_pg_cancel backend_pg_reset \
	backend_pg_close \
	backend_sqlite backend_sqlite_chan backend_sqlite_thread \
	backend_sqlite_open backend_sqlite_guard backend_sqlite_lock \
	backend_sqlite_run backend_sqlite_params backend_sqlite_rows \
	backend_sqlite_text backend_sqlite_wait backend_sqlite_tell \
	backend_sqlite_error
PROXY := listener session request_read session_requests request_json \
	session_batch session_target request_batch batch database \
	fanout_start fanout fanout_deadline fanout_run fanout_copy response_merge response_write show \
	server server_reload service
CLI := args_options args args_help split source address client interrupt \
	request jscan frames text output spool answer out out_aligned out_csv \
	out_jsonrow out_json out_ndjson out_quiet errors progress waterfall \
	trace copy_feed run run_frames run_report exchange hello admin

src = $(wildcard $(foreach f,$($(1)),$(2)/$(f).c))
BASE_SRC := $(call src,BASE,base)
DAEMON_SRC := $(call src,PROXY,proxy) $(call src,PLANNER,planner) \
	$(call src,POOL,pool) $(call src,CONF,conf)
CLI_SRC := $(call src,CLI,cli)

WARN := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wcast-qual \
	-Wmissing-prototypes -Wvla -Wformat=2
# CI sets WERROR=1: a warning is an error there.
ifdef WERROR
WARN += -Werror
endif
OPT ?= -O2 -g
ALL_CPPFLAGS := -I. -D_GNU_SOURCE -DFANOUT_VERSION='"$(VERSION)"' \
	-I$(shell pg_config --includedir 2>/dev/null || echo /usr/include/postgresql) \
	$(CPPFLAGS)
ALL_CFLAGS := -std=gnu11 $(OPT) $(WARN) -pthread -fno-strict-aliasing \
	-MMD -MP $(SANITIZE) $(CFLAGS)
ALL_LDFLAGS := -pthread $(SANITIZE) $(LDFLAGS)
DAEMON_LIBS := -lpq -lsqlite3 -lpg_query -linih -ljansson -lev -lsystemd -lm
CLI_LIBS := -ljansson -lev -lm
TEST_LIBS := -lcmocka $(DAEMON_LIBS)

# V=1 shows whole commands.
ifdef V
Q :=
say := @:
else
Q := @
say := @printf '  %-4s %s\n'
endif

obj = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
BASE_OBJ := $(call obj,$(BASE_SRC))
DAEMON_OBJ := $(call obj,$(DAEMON_SRC))
CLI_OBJ := $(call obj,$(CLI_SRC))
UNIT_SRC := $(wildcard tests/unit/test_*.c tests/conformance/test_*.c)
UNIT := $(patsubst tests/%.c,$(BUILD)/tests/%,$(UNIT_SRC))
SUPPORT_OBJ := $(call obj,$(wildcard tests/support/*.c))

.PHONY: all
all: $(BUILD)/fanoutd $(BUILD)/fanout

$(BUILD)/fanoutd: $(BUILD)/obj/proxy/main.o $(DAEMON_OBJ) $(BASE_OBJ)
	$(say) LINK $@
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(DAEMON_LIBS)

$(BUILD)/fanout: $(BUILD)/obj/cli/main.o $(CLI_OBJ) $(BASE_OBJ)
	$(say) LINK $@
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(CLI_LIBS)

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(say) CC $<
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

$(BUILD)/tests/%: $(BUILD)/obj/tests/%.o $(SUPPORT_OBJ) $(DAEMON_OBJ) $(CLI_OBJ) $(BASE_OBJ)
	@mkdir -p $(@D)
	$(say) LINK $@
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(TEST_LIBS)

# It fails the allocations of the objects that it is linked with, one by one.
$(BUILD)/tests/unit/test_plan_nomem: ALL_LDFLAGS += -Wl,--wrap=arena_alloc \
	-Wl,--wrap=arena_alloc_n -Wl,--wrap=arena_strndup \
	-Wl,--wrap=realloc -Wl,--wrap=strndup

.PHONY: unit
unit: $(UNIT)

# ---- tests ----

# Every test there is: units, the engines' contract, the daemon end to end.
.PHONY: test
test: all unit lint
	tests/run $(BUILD)

.PHONY: check-asan
check-asan:
	$(MAKE) BUILD=build/asan OPT='-O1 -g -fno-omit-frame-pointer' \
		SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=all' \
		all unit
	tests/run build/asan

.PHONY: check-tsan
check-tsan:
	$(MAKE) BUILD=build/tsan OPT='-O1 -g' SANITIZE=-fsanitize=thread all unit
	tests/run build/tsan

.PHONY: check-valgrind
check-valgrind: all unit
	FANOUT_UNDER='valgrind -q --error-exitcode=99 --leak-check=full \
		--errors-for-leak-kinds=definite' \
		tests/run $(BUILD) main-path

# ---- the soak ----

# Everything at once for SOAK_SECONDS, then quiet; SEED=… for a known one.
SOAK_SECONDS ?= 600

.PHONY: soak
soak: all
	FANOUT_BUILD=$(abspath $(BUILD)) $(PYTHON) tests/soak/soak.py \
		--seconds $(SOAK_SECONDS) $(if $(SEED),--seed $(SEED))

# ---- failures put in ----

# Loaded into the daemon by tests/fault/test_injection.py.
FAILNTH := $(BUILD)/tests/failnth.so
$(FAILNTH): tests/fault/inject/failnth.c
	@mkdir -p $(@D)
	$(say) LINK $@
	$(Q)$(CC) -D_GNU_SOURCE -std=gnu11 -O2 -g $(WARN) -fPIC -shared -o $@ $<

unit: $(FAILNTH)

# Each call of a whole session fails once, not just a sample of them.
# Faults made on purpose: a hostile server, kills, a slow network, failing
# calls. Takes some minutes.
.PHONY: fault
fault: all unit
	tests/run $(BUILD) fault

.PHONY: fault-long
fault-long: all $(FAILNTH)
	FAULT_ALL=1 FANOUT_BUILD=$(abspath $(BUILD)) $(PYTHON) -m pytest -v -s \
		--tb=short -p no:cacheprovider tests/fault/test_injection.py

# ---- fuzzing ----

# Every parser of ours, under clang's fuzzer and sanitizers; one target alone:
# make fuzz FUZZ=plan
FUZZ_SECONDS ?= 60
FUZZ ?= $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_CC ?= clang
FUZZ_BUILD := $(BUILD)/fuzz
FUZZ_SANITIZE := address,undefined -fno-sanitize-recover=all
FUZZ_OBJ := $(call obj,tests/fuzz/fuzz.c tests/fuzz/plan_invariants.c)

$(BUILD)/fuzz_%: $(BUILD)/obj/tests/fuzz/fuzz_%.o $(FUZZ_OBJ) $(DAEMON_OBJ) $(CLI_OBJ) $(BASE_OBJ)
	$(say) LINK $@
	$(Q)$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(DAEMON_LIBS)

# What tells that the fuzzer's runtime is there: something links with it.
.PHONY: fuzz
fuzz:
	@if echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' | $(FUZZ_CC) \
		-fsanitize=fuzzer -x c - -o /dev/null 2>/dev/null; then \
		$(MAKE) BUILD=$(FUZZ_BUILD) CC=$(FUZZ_CC) OPT='-O1 -g' \
			SANITIZE='-fsanitize=fuzzer-no-link,$(FUZZ_SANITIZE)' \
			$(FUZZ:%=$(FUZZ_BUILD)/fuzz_%) && \
		tests/fuzz/run $(FUZZ_BUILD) $(FUZZ_SECONDS) $(FUZZ); \
	else \
		echo 'fuzz: SKIPPED: $(FUZZ_CC) has no fuzzer runtime; on' \
			'Debian and Ubuntu it is in libclang-rt-dev' \
			'(libclang-rt-14-dev for clang 14)'; \
	fi

.PHONY: fuzz-short
fuzz-short:
	$(MAKE) fuzz FUZZ_SECONDS=10

# ---- looks ----

C_FILES = $(shell git ls-files '*.c' '*.h' 2>/dev/null || \
	find base conf planner pool proxy cli tests -name '*.[ch]')

# Versions of clang-format disagree: this is the one that decides.
FORMAT_VERSION := 14

.PHONY: format
format:
	clang-format -i $(C_FILES)

.PHONY: lint
lint:
	@if clang-format --version | grep -q 'version $(FORMAT_VERSION)\.'; then \
		clang-format --dry-run --Werror $(C_FILES); \
	else \
		echo 'lint: the format is not checked: it is that of' \
			'clang-format $(FORMAT_VERSION), and others differ'; \
	fi
	scripts/check-layers

# ---- install ----

.PHONY: install
install: all
	install -D -m 755 $(BUILD)/fanoutd $(DESTDIR)$(PREFIX)/bin/fanoutd
	install -D -m 755 $(BUILD)/fanout $(DESTDIR)$(PREFIX)/bin/fanout
	install -D -m 644 conf/fanoutd.ini \
		$(DESTDIR)$(PREFIX)/share/doc/fanout/fanoutd.ini

.PHONY: clean
clean:
	rm -rf $(BUILD)

.PHONY: help
help:
	@echo 'make                 builds build/fanoutd and build/fanout'
	@echo 'make test            every test (needs what scripts/setup installs)'
	@echo 'make check-asan      the same under address and UB sanitizers'
	@echo 'make check-tsan      the same under the thread sanitizer'
	@echo 'make check-valgrind  the main path under valgrind'
	@echo 'make soak            64 clients, cancels, kills, reloads; SOAK_SECONDS=600 SEED='
	@echo 'make fuzz            every parser against wild input, FUZZ_SECONDS=60 each'
	@echo 'make fault           a hostile server, kills, cuts, failing calls (minutes)'
	@echo 'make fault-long      each allocation and system call of a session fails once'
	@echo 'make format lint     how code looks, and who includes whom'
	@echo 'make install         PREFIX=$(PREFIX), DESTDIR='
	@echo 'make clean'
	@echo 'WERROR=1 makes warnings errors, V=1 shows commands; CC=clang uses clang.'

.PRECIOUS: $(BUILD)/obj/%.o
-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
