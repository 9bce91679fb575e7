#!/usr/bin/env bash
# Yama's scopes (kernel.yama.ptrace_scope): 0 and 1 let a process trace its descendants, 2 asks for
# CAP_SYS_PTRACE, which the sealed namespace gives, and 3 refuses all tracing: then one line says so
# and the recording goes on. Scope 3 cannot be left again, so it is tried only where it is set; how
# a refusal looks is played by a filter in calls_may_be_refused.sh, on any machine.
# The setting is the whole machine's: without YAMA=1 only the scope in force is tried.
# alone
set -u
. tests/lib.sh
cd "$TMP" || exit 1
scope=/proc/sys/kernel/yama/ptrace_scope
[ -r $scope ] || { echo 'skip - no Yama in this kernel: calls_may_be_refused.sh plays its refusal'; exit 0; }
found=$(cat $scope)
trap '[ "$(cat $scope)" = "$found" ] || echo "$found" >$scope' EXIT

recorded() { "$TCPSTATE" record --calls -o "scope-$1" -- sh -c 'exit 7' 2>err; }
for wanted in 0 1 2 3; do
	if [ "$wanted" != "$found" ] && [ "${YAMA-}" != 1 ]; then
		echo "skip - ptrace_scope is $found here: with YAMA=1, as root, $wanted is tried, too"
		continue
	fi
	if [ "$wanted" != "$found" ] && { [ "$found" = 3 ] || [ "$wanted" = 3 ] || ! echo $wanted 2>/dev/null >$scope; }; then
		echo "skip - ptrace_scope is $found here, and cannot be set to $wanted"
		continue
	fi
	recorded $wanted; status=$?
	is "COMMAND runs under scope $wanted" 7 $status
	if [ $wanted = 3 ]; then
		is "and one line says that tracing is refused" 1 "$(grep -c 'calls are not recorded: tracing is refused' err)"
	else
		is "and its calls are recorded under scope $wanted" 0 "$(grep -c 'calls are not recorded' err)"
	fi
done
