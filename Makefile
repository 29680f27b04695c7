# Fanout: `make` builds build/fanoutd and build/fanout; `make help` lists the rest.

CC ?= gcc
BUILD ?= build
PREFIX ?= /usr/local
PYTHON ?= /usr/bin/python3
VERSION := 0.1.0

# Sources, in the order of the data's way through them.
BASE := macros err arena list buf bufq clock log utf8 json_out units nearest \
	executor
CONF := conf_keys conf_ini conf
PLANNER :=
POOL :=
PROXY :=
CLI :=

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
DAEMON_LIBS := -lpq -lsqlite3 -lpg_query -linih -ljansson -lev -lm
CLI_LIBS := -ljansson -lev -lm
TEST_LIBS := -lcmocka $(DAEMON_LIBS)

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
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(DAEMON_LIBS)

$(BUILD)/fanout: $(BUILD)/obj/cli/main.o $(CLI_OBJ) $(BASE_OBJ)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(CLI_LIBS)

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

$(BUILD)/tests/%: $(BUILD)/obj/tests/%.o $(SUPPORT_OBJ) $(DAEMON_OBJ) $(CLI_OBJ) $(BASE_OBJ)
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(TEST_LIBS)

.PHONY: unit
unit: $(UNIT)

.PRECIOUS: $(BUILD)/obj/%.o
-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
