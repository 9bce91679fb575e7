# tcpstate: an instrumentation bench for socket labs. `make help` lists the targets.
# Files are found by wildcard: a new .c in src/*/, tools/tcpstate/, labs/ or tests/*/ is built without touching this file.
VERSION := 0.1.0
B ?= build
# One spelling for one folder: the names in the .d files are compared as text.
override B := $(patsubst $(CURDIR)/%,%,$(abspath $B))
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBEXECDIR ?= $(PREFIX)/libexec/tcpstate
MANDIR ?= $(PREFIX)/share/man
LOCALEDIR ?= $(PREFIX)/share/locale
COMPLETIONDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
FISHDIR ?= $(PREFIX)/share/fish/vendor_completions.d
# -g1: a backtrace has its lines, and compiling takes a sixth less; for a debugger CFLAGS='-O0 -g3'
CFLAGS ?= -O2 -g1
V ?=
Q := $(if $(V),,@)
# By make itself: a process for each line would be a twentieth of the build.
say = $(if $(V)$(findstring s,$(filter-out -%,$(firstword $(MAKEFLAGS)))),,$(info $(empty)  $1))

PKGS := libpcap libmnl jansson libseccomp libcap-ng libarchive
WARN := -Wall -Wextra -Wshadow -Wconversion -Wvla
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
# the unit tests run as fast unoptimised, and are built in two thirds of the time
# and linked by the faster linker, where there is one
# What is undefined traps, which takes a quarter less to compile: where it was is told by the stack
# (tests/run), what it was by `make asan`.
SANITIZED = -O0 -g1 -fPIC $(SANITIZE) -fsanitize-undefined-trap-on-error $(if $(shell command -v ld.gold),-fuse-ld=gold)
# What there is to warn of the build beside it has said.
SANITIZED_BUILD = B=$B/asan CFLAGS='$(SANITIZED)' WARN=-w UNIT_LIB=$B/asan/libtcpstate.so
# Asked once, when the first recipe needs the answer: `make demo` installs pkg-config before that.
PKG_CFLAGS = $(eval PKG_CFLAGS := $$(shell pkg-config --cflags $(PKGS)))$(PKG_CFLAGS)
PKG_LIBS = $(eval PKG_LIBS := -Wl,--as-needed $$(shell pkg-config --libs $(filter-out $(LOADED),$(PKGS))) -lm -ldl)$(PKG_LIBS)
# Loaded when they are needed, by the name that the linker would write into the program.
LOADED := libarchive libpcap
# Of the tests' own programs some read captures by libpcap alone.
PCAP_LIBS = $(eval PCAP_LIBS := $$(shell pkg-config --libs libpcap))$(PCAP_LIBS)
soname = -D$1='"$(shell tools/packaging/soname.sh "$(CC)" $2)"'
# What is optional, and how it is told to the sources: `top` has a screen with ncursesw.
SCREEN = $(eval SCREEN := $$(shell pkg-config --exists ncursesw && echo ncursesw))$(SCREEN)
SCREEN_CFLAGS = $(eval SCREEN_CFLAGS := $$(if $$(SCREEN),-DTCPSTATE_NCURSES $$(shell pkg-config --cflags $$(SCREEN))))$(SCREEN_CFLAGS)
SCREEN_LIBS = $(eval SCREEN_LIBS := $$(if $$(SCREEN),$$(shell pkg-config --libs $$(SCREEN))))$(SCREEN_LIBS)
# `wall` is a server by libmicrohttpd.
WALL = $(eval WALL := $$(shell pkg-config --exists libmicrohttpd && echo libmicrohttpd))$(WALL)
WALL_CFLAGS = $(eval WALL_CFLAGS := $$(if $$(WALL),-DTCPSTATE_MICROHTTPD $$(shell pkg-config --cflags $$(WALL))))$(WALL_CFLAGS)
CMOCKA_CFLAGS = $(eval CMOCKA_CFLAGS := $$(shell pkg-config --cflags cmocka))$(CMOCKA_CFLAGS)
CMOCKA_LIBS = $(eval CMOCKA_LIBS := $$(shell pkg-config --libs cmocka))$(CMOCKA_LIBS)
DEFINES := -D_GNU_SOURCE -DTCPSTATE_VERSION='"$(VERSION)"' -DTCPSTATE_LIBEXEC='"$(LIBEXECDIR)"' \
	-DTCPSTATE_LOCALEDIR='"$(LOCALEDIR)"'
COMPILE = $(CC) $(DEFINES) $(CPPFLAGS) -std=gnu17 $(WARN) $(CFLAGS) -MMD -MP
LINK = $(CC) $(CFLAGS) $(LDFLAGS) $(WRAPS)

# What every packet goes through is optimised more (docs/performance.md), unless CFLAGS asks for less.
HOT := $(patsubst %,$B/src/%.o,evidence/alike evidence/answers evidence/arena evidence/attempt evidence/core evidence/emit evidence/ends evidence/find evidence/flows evidence/life evidence/lives evidence/local evidence/missed evidence/packed evidence/packets evidence/receive evidence/segments evidence/sender evidence/sequence evidence/table \
	evidence/solve evidence/solve_answer evidence/solve_got evidence/solve_own evidence/solve_path evidence/sweep evidence/tell \
	packet/copies packet/options packet/ordinary packet/renumbering packet/segment report/model_alike report/model_compact report/model_farewell report/model_fold report/model_kinds report/model_occupancy report/model_pending report/model_places report/model_records \
	report/model_sums report/model_take sockdiag/message sockdiag/row source/capture_file source/diag source/feed source/lane source/savefile source/wire)
$(HOT): private HOTTER = $(if $(filter -O2,$(CFLAGS)),-O3)
LIB_OBJ := $(patsubst %.c,$B/%.o,$(wildcard src/*/*.c))
TOOL_OBJ := $(patsubst %.c,$B/%.o,$(wildcard tools/tcpstate/*.c))
# Among labs and tests a .c file with a main() is a program; the others are linked into those of the same folder that need them.
programs = $(if $(wildcard $1),$(shell grep -lw '^int main' $(wildcard $1)))
LAB_OBJ := $(patsubst %.c,$B/%.o,$(wildcard labs/*.c))
LABS := $(patsubst %.c,$B/%,$(call programs,labs/*.c))
CATALOGUES := $(patsubst po/%.po,$B/locale/%/LC_MESSAGES/tcpstate.mo,$(wildcard po/*.po))
PLAIN := $(patsubst %.c,$B/%,$(wildcard labs/plain/*.c))
PLAIN_PY := $(addprefix $B/,$(wildcard labs/plain/*.py))
EXPERIMENTS := $(wildcard labs/experiments/*)
UNIT := $(patsubst %.c,$B/%,$(wildcard tests/unit/test_*.c))
HELPERS := $(patsubst %.c,$B/%,$(filter-out tests/unit/% tests/fuzz/%,$(call programs,tests/*/*.c)))
TEST_SHARED_OBJ := $(filter-out $(addsuffix .o,$(HELPERS)) $B/tests/unit/test_% $B/tests/fuzz/fuzz_%,$(patsubst %.c,$B/%.o,$(wildcard tests/*/*.c)))
FUZZ := $(patsubst %.c,$B/%,$(wildcard tests/fuzz/fuzz_*.c))
FOLDERS := $(sort $(dir $(LIB_OBJ) $(TOOL_OBJ) $(LAB_OBJ) $(PLAIN) $(UNIT) $(HELPERS) $(TEST_SHARED_OBJ) $(FUZZ)))
C_FILES := $(wildcard include/*/*.h src/*/*.[ch] tools/tcpstate/*.[ch] labs/*.[ch] labs/plain/*.[ch] tests/*/*.[ch])

# The sub-makes of demo and check use every processor, unless the caller already said how many.
JOBS = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc 2>/dev/null || echo 2))
SUBMAKE = $(MAKE) $(JOBS) --no-print-directory

all: $B/tcpstate $(LABS) $(PLAIN) $(PLAIN_PY) $(CATALOGUES)                ## build the program and the labs into build/ (B=DIR for another folder, V=1 to see the commands)
tests: unit helpers
unit: $(UNIT)
helpers: $(HELPERS)
program: $B/tcpstate

demo:                                   ## install what is missing, build, run the backlog experiments and print their report
	@tools/packaging/deps.sh build
	+@$(SUBMAKE) all
	@tools/demo.sh $B

check:                                  ## install what is missing, build, run the tests (the unit tests under ASan and UBSan)
	@tools/packaging/deps.sh test
	+@$(SUBMAKE) all helpers
	+@$(SUBMAKE) $(SANITIZED_BUILD) unit program
	@tests/run --build $B --sanitized $B/asan

check-long:                             ## the same and all that takes longer: real expiries, kills, fuzzing, every handout, both users
	@tools/packaging/deps.sh long
	+@$(SUBMAKE) all tests
	+@$(SUBMAKE) $(SANITIZED_BUILD) unit program
	@tests/run --build $B --sanitized $B/asan --long

asan:                                   ## the whole suite on a build with ASan and UBSan
	@tools/packaging/deps.sh test
	+@$(SUBMAKE) B=$B-asan CFLAGS='-O1 -g $(SANITIZE)' all tests
	@tests/run --build $B-asan

check-layers: $(LIB_OBJ)                ## who may include and call whom (docs/architecture.md)
	@tools/check-layers.sh . $B

COVER ?= tests/unit tests/golden tests/cli tests/hostile tests/cases
coverage:                               ## line and branch coverage of src by the tests (COVER="tests/netns" others); fails below the bars of tools/coverage.sh
	@command -v gcovr >/dev/null || { echo "coverage: no gcovr here: apt-get install gcovr" >&2; exit 1; }
	+@$(SUBMAKE) B=$B/coverage CFLAGS='-O0 -g --coverage -DTCPSTATE_NO_SANDBOX' all tests
	@find $B/coverage -name '*.gcda' -delete
	@chmod -R a+rwX $B/coverage
	@umask 0; LONG=1 REFUSE=0 tests/run --build $B/coverage $(COVER) | tail -n 1     # what the ordinary user's tests reach counts, too
	@tools/coverage.sh $B/coverage

bench:                                  ## measure what must be fast, beside what it is compared with in the same run (tests/bench/)
	+@$(SUBMAKE) all tests
	@for script in tests/bench/*.sh; do BUILD="$$(cd $B && pwd)" TCPSTATE="$$(cd $B && pwd)/tcpstate" $$script || echo "not ok - $$script"; done | \
		awk '{ print } /^not ok/ { bad = 1 } END { exit bad }'

fuzz: ; +$(Q)$(SUBMAKE) B=$B/fuzz CC=clang CFLAGS='-O1 -g $(SANITIZE) -fsanitize=fuzzer-no-link' fuzz-programs ## build the fuzz targets into build/fuzz (clang)
fuzz-programs: $(FUZZ)

SEEDS ?= 1-40
fuzz-peers:                             ## judge the report by the kernel, on peers drawn by lot (SEEDS="1-40 77"; root; ORACLE_DIR=DIR keeps the runs)
	+@$(SUBMAKE) all tests
	@TMP=$$(mktemp -d) && export TMP TZ=UTC PATH="$$PATH:/usr/sbin:/sbin" BUILD="$$(cd $B && pwd)" TCPSTATE="$$(cd $B && pwd)/tcpstate" && \
		trap 'rm -rf "$$TMP"' EXIT && tests/netns/fuzzed_peers_agree.sh $(SEEDS) | awk '{ print } /^not ok/ { bad = 1 } END { exit bad }'

lint:                                   ## warnings as errors with gcc and clang; one spelling of null checks; shellcheck and cppcheck where they are installed
	@tools/lint.sh
print:                                  ## the course on paper: handouts, answers and what the projector shows, as PDF in build/print (pandoc, Chromium)
	@tools/course.sh $B/print
handouts: all                           ## run the commands of docs/labs/*.md and paste their output anew (FRESH=1: also what only differs in times)
	@printf '%s\n' $(filter-out %.zh.md,$(wildcard docs/labs/*.md)) | xargs -P 4 -n 1 tools/handout.sh --write $(if $(FRESH),--fresh) --long $B
translations:                           ## bring po/*.po up to date with the sources; then translate what is empty or fuzzy
	@tools/translations.sh --update
format:                                 ## clang-format all C files in place
	@clang-format -i $(C_FILES)

install: all                            ## into $(DESTDIR)$(PREFIX): bin/tcpstate, libexec/tcpstate, man page, completion
	@$(MAKE) --no-print-directory install-built
install-built:
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBEXECDIR)/experiments $(DESTDIR)$(LIBEXECDIR)/plain $(DESTDIR)$(LIBEXECDIR)/shell/zsh $(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(COMPLETIONDIR)
	install $B/tcpstate $(DESTDIR)$(BINDIR)
	install $(LABS) $(DESTDIR)$(LIBEXECDIR)
	install $(PLAIN) $(wildcard labs/plain/*.py) $(DESTDIR)$(LIBEXECDIR)/plain
	install -m 644 $(wildcard labs/plain/*.[ch]) $(DESTDIR)$(LIBEXECDIR)/plain
	install $(EXPERIMENTS) $(DESTDIR)$(LIBEXECDIR)/experiments
	install -m 644 $(wildcard tools/shell/*.rc) $(DESTDIR)$(LIBEXECDIR)/shell
	install -m 644 $(wildcard tools/shell/zsh/.z*) $(DESTDIR)$(LIBEXECDIR)/shell/zsh
	install -m 644 docs/tcpstate.1 $(DESTDIR)$(MANDIR)/man1
	for po in $(notdir $(wildcard po/*.po)); do install -D -m 644 $B/locale/$${po%.po}/LC_MESSAGES/tcpstate.mo \
		$(DESTDIR)$(LOCALEDIR)/$${po%.po}/LC_MESSAGES/tcpstate.mo || exit 1; done
	install -m 644 tools/packaging/tcpstate.bash $(DESTDIR)$(COMPLETIONDIR)/tcpstate
	install -D -m 644 tools/packaging/_tcpstate $(DESTDIR)$(ZSHDIR)/_tcpstate
	install -D -m 644 tools/packaging/tcpstate.fish $(DESTDIR)$(FISHDIR)/tcpstate.fish
uninstall:                              ## remove what install put there
	rm -f $(DESTDIR)$(BINDIR)/tcpstate $(DESTDIR)$(MANDIR)/man1/tcpstate.1 $(DESTDIR)$(COMPLETIONDIR)/tcpstate $(DESTDIR)$(ZSHDIR)/_tcpstate $(DESTDIR)$(FISHDIR)/tcpstate.fish
	rm -f $(patsubst po/%.po,$(DESTDIR)$(LOCALEDIR)/%/LC_MESSAGES/tcpstate.mo,$(wildcard po/*.po))
	rm -rf $(DESTDIR)$(LIBEXECDIR)

deps:                                   ## install what build and tests need (apt)
	@tools/packaging/deps.sh long
clean:                                  ## remove the build folders
	rm -rf $B $B-asan build-lint
help:
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16

# Everything is compiled anew when a command line changes (another PREFIX, CC or CFLAGS).
$B/flags: FORCE
	@test -e $@ || tools/packaging/deps.sh --check build
	@mkdir -p $B $(FOLDERS); printf '%s\n' $(call quote,$(COMPILE) $(PKG_CFLAGS) $(SCREEN_CFLAGS) $(WALL_CFLAGS)) | cmp -s - $@ || printf '%s\n' $(call quote,$(COMPILE) $(PKG_CFLAGS) $(SCREEN_CFLAGS) $(WALL_CFLAGS)) >$@
quote = '$(subst ','\'',$1)'

$B/src/%.o $B/tools/%.o: EXTRA = -Iinclude -Isrc $(PKG_CFLAGS)
# A page's style and script are read in by the assembler; its security policy names the script by its hash.
$B/src/sink/style.o: src/sink/page.css src/sink/figure.css src/sink/page.js
$B/src/sink/style.o: EXTRA = -DPAGE_SCRIPT_HASH='"$(shell sha256sum src/sink/page.js | cut -c-64 | tr a-f A-F | basenc -d --base16 | base64 -w0)"'
$B/src/source/libarchive.o: EXTRA = -Iinclude -Isrc $(PKG_CFLAGS) $(call soname,LIBARCHIVE_SONAME,libarchive)
$B/src/source/libpcap.o: EXTRA = -Iinclude -Isrc $(PKG_CFLAGS) $(call soname,LIBPCAP_SONAME,libpcap)
$B/tools/tcpstate/wall_serve.o: EXTRA = -Iinclude -Isrc $(PKG_CFLAGS) $(WALL_CFLAGS) $(if $(WALL),$(call soname,MICROHTTPD_SONAME,libmicrohttpd))
$B/tools/tcpstate/wall_page.o: $(addprefix tools/tcpstate/wall.,html css js)
$B/tools/tcpstate/top_terminal.o: EXTRA = -Iinclude -Isrc $(PKG_CFLAGS) $(SCREEN_CFLAGS)
$B/tests/%.o: EXTRA = -Iinclude -Isrc $(PKG_CFLAGS) $(CMOCKA_CFLAGS)
$B/%.o: %.c $B/flags
	$(call say,CC      $<)
	$(Q)$(COMPILE) $(HOTTER) $(EXTRA) -c $< -o $@
$B/libtcpstate.a: $(LIB_OBJ)
	$(Q)rm -f $@ && $(AR) rcs $@ $^
comma := ,
# An allocation that fails makes the verb fail, whatever became of it: tools/tcpstate/memory.c.
NOTED := $(patsubst %,-Wl$(comma)--wrap=%,malloc calloc realloc reallocarray aligned_alloc strdup strndup vasprintf asprintf open_memstream)
$B/tcpstate: $(TOOL_OBJ) $B/libtcpstate.a | $B/labs/experiments $B/labs/shell
	$(call say,LINK    $@)
	$(Q)$(LINK) $(NOTED) $^ $(PKG_LIBS) $(SCREEN_LIBS) -o $@
# --check-format: the formats of an original and of its translation agree. <PRIu64> is what it stands for here, so that the file holds each text whole
# (and once, where %lu is written as such elsewhere).
LONG_64 = $(if $(filter 8,$(shell echo __SIZEOF_LONG__ | $(CC) -E -P -x c -)),l,ll)
$B/locale/%/LC_MESSAGES/tcpstate.mo: po/%.po
	@mkdir -p $(@D)
	$(call say,MSGFMT  $<)
	$(Q)msgfmt --check-format -o /dev/null $< && sed "s/<PRI\([a-zA-Z]\)64>/$(LONG_64)\1/g; s/<PRI\([a-zA-Z]\)32>/\1/g" $< | msguniq --use-first - | msgfmt -o $@ -
$B/labs/shared.a: $(filter-out $(addsuffix .o,$(LABS)),$(LAB_OBJ))
	$(Q)rm -f $@ && $(AR) rcs $@ $^
# The scripts are found beside the programs, wherever B is.
$B/labs/experiments:
	@mkdir -p $(@D) && ln -sfnr labs/experiments $@
$B/labs/shell:
	@mkdir -p $(@D) && ln -sfnr tools/shell $@
$(LABS): %: %.o $B/labs/shared.a
	$(call say,LINK    $@)
	$(Q)$(LINK) $^ -o $@
# Each is a program by itself, as a student compiles it: cc -o tcp_server tcp_server.c
$(PLAIN): $B/%: %.c $B/flags
	$(call say,CC      $<)
	$(Q)$(COMPILE) -MF $@.d $< $(LDFLAGS) -o $@
# Their twins in Python are found beside them.
$(PLAIN_PY): $B/%: %
	@mkdir -p $(@D) && ln -sfnr $< $@
$B/tests/shared.a: $(TEST_SHARED_OBJ)
	@mkdir -p $(@D)
	$(Q)rm -f $@ && $(AR) rcs $@ $^
# As a shared object (UNIT_LIB=$B/libtcpstate.so, compiled with -fPIC) the sanitized library is linked once, not 70 times.
UNIT_LIB ?= $B/libtcpstate.a
$B/libtcpstate.so: $(LIB_OBJ)
	$(call say,LINK    $@)
	$(Q)$(LINK) -shared $^ $(PKG_LIBS) -o $@
# Its allocations are wrapped where it is linked in.
WRAPPED := $B/tests/unit/test_refused
$(WRAPPED): %: %.o $B/tests/shared.a $B/libtcpstate.a
$(filter-out $(WRAPPED),$(UNIT)): %: %.o $B/tests/shared.a $(UNIT_LIB)
$(UNIT): | $(CATALOGUES)
	$(call say,LINK    $@)
	$(Q)$(LINK) $^ $(if $(filter %.so,$^),-Wl$(comma)-rpath$(comma)'$$ORIGIN/../..') $(PKG_LIBS) $(CMOCKA_LIBS) -o $@
$(WRAPPED) $B/tests/hostile/refuse: private WRAPS = $(NOTED)
$(HELPERS): %: %.o $B/tests/shared.a $B/libtcpstate.a
	$(call say,LINK    $@)
	$(Q)$(LINK) $^ $(PKG_LIBS) $(PCAP_LIBS) -o $@
$B/tools/shared.a: $(filter-out %/main.o,$(TOOL_OBJ))
	$(Q)rm -f $@ && $(AR) rcs $@ $^
$(FUZZ): %: %.o $B/tests/shared.a $B/labs/shared.a $B/tools/shared.a $B/libtcpstate.a
	$(call say,LINK    $@)
	$(Q)$(LINK) -fsanitize=fuzzer $^ $(PKG_LIBS) $(SCREEN_LIBS) $(WALL_LIBS) -o $@

-include $(wildcard $(patsubst %.o,%.d,$(LIB_OBJ) $(TOOL_OBJ) $(LAB_OBJ) $(TEST_SHARED_OBJ)) $(addsuffix .d,$(UNIT) $(HELPERS) $(FUZZ) $(PLAIN)))
FORCE:
.PHONY: all tests unit helpers program demo check check-long coverage asan bench check-layers fuzz fuzz-programs fuzz-peers lint print handouts translations format install install-built uninstall deps clean help FORCE
.SECONDARY:
.DELETE_ON_ERROR:
.SUFFIXES:
