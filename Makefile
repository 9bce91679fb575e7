# tcpstate: an instrument for socket labs. `make help` lists the targets.
VERSION := 0.1.0
CC ?= cc
B ?= build
PREFIX ?= /usr/local
PKGS := libpcap libmnl jansson
WARN := -Wall -Wextra -Wshadow -Wconversion -Wvla
CFLAGS ?= -O2 -g
override CPPFLAGS += -Iinclude -D_GNU_SOURCE -DTCPSTATE_VERSION='"$(VERSION)"' -DTCPSTATE_LIBEXEC='"$(PREFIX)/libexec/tcpstate"'
override CFLAGS += -std=gnu17 $(WARN)
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null)
CMOCKA_LIBS := $(shell pkg-config --libs cmocka 2>/dev/null)
Q := $(if $(V),,@)

LIB_SRC := $(wildcard src/*/*.c)
TOOL_SRC := $(wildcard tools/tcpstate/*.c)
LAB_MAIN := $(filter-out labs/lab.c,$(wildcard labs/*.c))
UNIT := $(wildcard tests/unit/test_*.c)
LIB_OBJ := $(LIB_SRC:%.c=$B/%.o)
TOOL_OBJ := $(TOOL_SRC:%.c=$B/%.o)

all: $B/tcpstate $(LAB_MAIN:labs/%.c=$B/labs/%)
$B/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC      $<"
	$(Q)$(CC) $(CPPFLAGS) $(PKG_CFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@
$B/libtcpstate.a: $(LIB_OBJ)
	$(Q)rm -f $@ && $(AR) rcs $@ $^
$B/tcpstate: $(TOOL_OBJ) $B/libtcpstate.a
	@echo "  LD      $@"
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(PKG_LIBS) -o $@
$B/labs/%: labs/%.c labs/lab.c labs/lab.h
	@mkdir -p $(@D)
	@echo "  LAB     $@"
	$(Q)$(CC) -D_GNU_SOURCE $(CFLAGS) $(LDFLAGS) labs/$*.c labs/lab.c -o $@
$B/tests/unit/test_%: $B/tests/unit/test_%.o $B/libtcpstate.a
	@echo "  LD      $@"
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(PKG_LIBS) $(CMOCKA_LIBS) -o $@
clean:
	rm -rf $B
-include $(shell find $B -name '*.d' 2>/dev/null)
.PHONY: all clean
.SECONDARY:
