#!/usr/bin/env bash
# make lint: every compiler that is here, warnings as errors; shellcheck and cppcheck where they are installed.
set -u
status=0
for compiler in gcc clang; do
	command -v "$compiler" >/dev/null || { echo "lint: no $compiler here, left out"; continue; }
	echo "lint: $compiler"
	make -s -k "-j$(nproc)" "CC=$compiler" "B=build-lint/$compiler" "CFLAGS=-O2 -g -Werror" all tests || status=1
done
if command -v clang-format >/dev/null; then
	echo "lint: clang-format"
	clang-format --dry-run --Werror include/*/*.h src/*/*.[ch] tools/tcpstate/*.[ch] labs/*.[ch] labs/plain/*.[ch] \
		tests/*/*.[ch] || status=1
	LC_ALL=C.UTF-8 awk '{ line = $0; gsub(/\t/, "        ", line) } length(line) > 100 {
		print "lint: " FILENAME ":" FNR ": over 100 columns"; bad = 1 } END { exit bad }' \
		include/*/*.h src/*/*.[ch] tools/tcpstate/*.[ch] labs/*.[ch] tests/*/*.[ch] || status=1
else
	echo "lint: no clang-format here, left out"
fi
if command -v shellcheck >/dev/null; then
	echo "lint: shellcheck"      # SC2148, SC2034: scripts that are read by others, and what those set
	shopt -s nullglob
	shellcheck -S warning -e SC2148,SC2034 .ci/run tests/run tools/*.sh tools/packaging/*.sh tests/*/*.sh labs/experiments/*.sh || status=1
else
	echo "lint: no shellcheck here, left out"
fi
if command -v cppcheck >/dev/null; then
	echo "lint: cppcheck"
	cppcheck -q --error-exitcode=1 --std=c11 --enable=warning,performance,portability --inline-suppr --suppress=missingIncludeSystem \
		--suppress=normalCheckLevelMaxBranches -Iinclude -Isrc -D_GNU_SOURCE '-DTCPSTATE_VERSION=""' '-DTCPSTATE_LIBEXEC=""' src tools/tcpstate labs || status=1
else
	echo "lint: no cppcheck here, left out"
fi
exit "$status"
