# shellcheck shell=bash disable=SC2034,SC2154  # variables are shared with the experiment
# What the reverse echo is to answer, predicted by rules that are not the program's code, and a raw
# client. Sourced after common.sh, not run.

names=(ASCII '2-byte' '3-byte' '4-byte' mixed combining 'invalid byte' 'cut short' yours)
texts=('hello, world' 'café' '你好' 'a😀b' 'é你😀' $'xe\u0301y' $'a\377b' $'\344\275x')
# reversed TEXT: by code point, as bash understands UTF-8. by N TEXT: ASCII alone, N bytes for any
# other character.
reversed() {
	local out='' at LC_ALL=C.UTF-8
	for ((at = 0; at < ${#1}; at++)); do out=${1:at:1}$out; done
	printf %s "$out"
}
by() {
	local out='' at step LC_ALL=C
	for ((at = 0; at < ${#2}; at += step)); do
		[[ ${2:at:1} == [[:ascii:]] ]] && step=1 || step=$1
		out=${2:at:step}$out
	done
	printf %s "$out"
}
# faulty NAME: the options in `flags`; false if it is no fault.
faulty() {
	flags=()
	[ "$1" != none ] && [ "$1" != right ] && flags=(--fault "$1")
}
# show TEXT: what is not UTF-8, byte by byte.
show() {
	if iconv -f UTF-8 -t UTF-8 <<<"$1" >/dev/null 2>&1; then printf %s "$1"
	else printf 'bytes%s' "$(printf %s "$1" | od -An -v -tx1 | tr -d '\n')"; fi
}

# call: a raw connection, whose writes are ours. arrived N: its N bytes wait at the server. reply:
# the next line from there.
call() { exec {raw}<>"/dev/tcp/$([ "$family" = 4 ] && echo 127.0.0.1 || echo ::1)/$port"; }
arrived() { wait_for "src port $port" ESTABLISHED recv_q="$1"; }
reply() { read -r -t 10 -u "$raw" line || die 'no answer'; }
hang_up() { exec {raw}>&-; }
