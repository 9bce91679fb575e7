#!/usr/bin/env bash
# What is written about the command line agrees with it: help, man page, README, completion.
set -u
. tests/lib.sh
man=docs/tcpstate.1

verbs=$("$TCPSTATE" --help | sed -n 's/^  tcpstate \([a-z][a-z]*\) .*/\1/p' | sort)
[ -n "$verbs" ] || bad "--help names no verb"
is "the man page has a section for every verb of --help, and for no other" "$verbs" "$(sed -n 's/^\.SS "tcpstate \([a-z]*\).*/\1/p' $man | sort)"
is "so has its synopsis" "$verbs" "$(sed -n '/^\.SH SYNOPSIS/,/^\.SH DESC/p' $man | sed -n 's/^\\fBtcpstate\(\\fR \[\\fB\)* *\([a-z]*\).*/\2/p' | sort)"

# Long options of a verb: from its --help, and from its section of the man page.
said() { "$TCPSTATE" "$1" --help | grep -oE -- '(^ *(-., )?|, )--[a-z][a-z-]*' | grep -oE -- '--[a-z-]*' | grep -vxE -- '--(help|usage|version)' | sort -u; }
written() { awk -v start=".SS \"tcpstate $1" 'index($0, start) == 1 { on = 1; next } /^\.S[SH]|options-end/ { on = 0 } on' $man |
	sed 's/\\-/-/g' | sed -n '/^\.B/p' | grep -oE -- '--[a-z][a-z-]*' | sort -u; }
for verb in $verbs; do is "the man page has the options of tcpstate $verb" "$(said "$verb")" "$(written "$verb")"; done

is "the man page has the queries of tcpstate expect" "$("$TCPSTATE" expect --help | sed -n '/^QUERY:/,/^In a FILTER/s/^  \([a-z_][a-z_]*\) .*/\1/p' | sort)" \
	"$(sed -n '/^count .fI/,/^\.fi/s/^\([a-z_|]*\)\( .*\)*$/\1/p' $man | tr '|' '\n' | sed '/^$/d' | sort)"
is "the version of the man page is the program's" "$("$TCPSTATE" --version)" "$(sed -n 's/^\.TH TCPSTATE 1 "[^"]*" "\([^"]*\)".*/\1/p' $man)"

for verb in $(grep -ohE '^ *(\$ )?(sudo )?tcpstate [a-z]+' README.md | sed 's/.* //' | sort -u); do
	if grep -qx "$verb" <<<"$verbs"; then good "README's tcpstate $verb exists"; else bad "README's tcpstate $verb is no verb"; fi
done
for target in $(grep -ohE '(^ +|`)make [a-z-]+' README.md tests/README.md docs/*.md | sed 's/.*make //' | sort -u); do
	if grep -q "^$target:" Makefile || grep -q "^$target .*:" Makefile; then good "make $target exists"; else bad "make $target is no target"; fi
done
for file in $(grep -ohE '\]\([^)#]+\)' README.md | sed 's/](\(.*\))/\1/' | sort -u); do
	if [ -e "$file" ]; then good "README's $file exists"; else bad "README's $file does not exist"; fi
done

# Where is an RST in FIN_WAIT2 decided? README and architecture.md alone lead to the row and to the
# function, and these are there.
holds "README says which page has the parts" 'grep -q "docs/architecture.md.*the parts" README.md'
answer=$(grep -o 'Where is an RST in FIN_WAIT2 decided?.*' docs/architecture.md)
read -r row table check file < <(sed -E 's/[^`]*`(GOT_[A-Z]+)` of `([a-z_]+)`.*`([a-z_]+)\(\)` of ([a-z]+\.c).*/\1 \2 \3 \4/' <<<"$answer")
like "of all rows the one that it names takes an end from FIN_WAIT2 to CLOSED" "FIN_WAIT2.*$row, CLOSED" \
	"$(sed -n "/ $table\[\]/,/^};/p" src/evidence/rules.c | tr -d '\n\t' | sed 's/STEP/\n&/g' | grep " $row, CLOSED\|,$row, CLOSED" | head -n 1)"
holds "the function that it names is there" "grep -q ' $check(\$' src/evidence/$file"

complete_words() { bash -c 'PATH=$1:$PATH; . tools/packaging/tcpstate.bash; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tcpstate; printf "%s\n" "${COMPREPLY[@]}"' - "$BUILD" "$@"; }
is "completion knows the verbs" "$(printf '%s\n' --help --version "$verbs" | sort)" "$(complete_words tcpstate '' | sort)"
for word in $(tr -d '\\\n' <include/tcpstate/finding.h | grep -oE 'X\([A-Z_]+, *"[a-z_]+"' | sed 's/.*"\(.*\)"/\1/' | grep -vx word); do
	"$TCPSTATE" explain "$word" 2>&1 | grep -qE '^  what to do  [^ ]' || bad "explain tells what $word is, and what to do"
done
good "explain knows the findings"
is "completion knows states and findings" "CLOSE_WAIT
close_wait_held
close_wait_unaccepted" "$(for word in CLOSE_W close_wait_; do complete_words tcpstate explain "$word"; done)"
is "completion knows a verb's options" "--processes" "$(complete_words tcpstate list --pro)"

# zsh and fish ask the same program; where these shells are installed they are asked for the same
# words.
if command -v fish >/dev/null; then
	in_fish() { HOME=$TMP PATH=$BUILD:$PATH fish --no-config -c "source tools/packaging/tcpstate.fish; complete -C '$1'" 2>&1 | cut -f 1 | sort; }
	is "fish knows the verbs" "$verbs" "$(in_fish 'tcpstate ' | grep -x '[a-z]*')"
	is "fish knows a verb's options" "--processes" "$(in_fish 'tcpstate list --pro')"
else echo "skip - no fish here: its completion is not tried"; fi
if command -v zsh >/dev/null; then
	in_zsh() { PATH=$BUILD:$PATH zsh -fc 'compdef() { :; }; _describe() { print -rl -- ${(P)2}; }; _files() { :; }; words=("$@"); CURRENT=$#; . tools/packaging/_tcpstate' - "$@" 2>&1 | sed 's/:.*//' | sort; }
	is "zsh knows the verbs" "$verbs" "$(in_zsh tcpstate '')"
	is "zsh knows a verb's options" "$(said list)" "$(in_zsh tcpstate list -- | grep -vxE -- '--(help|usage|version)')"
else echo "skip - no zsh here: its completion is not tried"; fi

# JSON: what a real recording's report and list say, against the man page's section. The integers of
# a reason are named in reason.h, those of a finding in finding.h.
members() { sed 's/\\"//g; s/"[^"]*"\([,}]\)/0\1/g; s/:{[^{}]*}/:0/g; s/:\[[^]]*\]/:0/g' | grep -oE '"[a-z_0-9]+":' | tr -d '":' | sort -u; }
documented() { awk -v start=".B $1" '/^\.SS "report/ { on = 1 } /^\.SH FILES/ { on = 0 } on && $0 == start { hit = 1; next } /^\.TP/ { hit = 0 } on && hit' $man | grep -oE '[a-z_]+'; }
evidence=$(grep -oE '\[EVIDENCE_[A-Z]+\] = "[a-z]+"' src/sink/jsonl_transitions.c | sed 's/.*"\(.*\)"/\1/' | grep -vx none | sort)
is "docs/jsonl.md has the words of evidence" "$evidence" \
	"$(sed -n 's/^| `evidence` |//p' docs/jsonl.md | grep -oE '`[a-z]+`' | tr -d '`' | sort -u)"
is "so has the man page" "$evidence" \
	"$(sed -n '/^its time, its reason and its evidence:/,/nobody saw\.$/s/^\.BR \([a-z]*\) .*/\1/p' $man | sort)"
is "docs/jsonl.md has the types of line that the man page has" \
	"$(awk '/^\.SS "report/ { on = 1 } /^\.SH FILES/ { on = 0 } on && /^\.B [a-z]+$/ { print $2 }' $man | sort)" \
	"$(sed -n 's/^## //p; s/^| `\(mark\|counter\|check\|finding\|state\|edge\)` .*/\1/p' docs/jsonl.md | tr -d , | tr -s ' ' '\n' | sed 's/^and$//' | sort -u | grep .)"
integers=$(grep -ohE '"[a-z_]+"' include/tcpstate/reason.h include/tcpstate/finding.h | tr -d '"')
may_seal "the members of JSON lines" || exit 0
if "$TCPSTATE" lab backlog --b 0 --n 3 --unp none -o "$TMP/run" >"$TMP/lab.out" 2>&1 && "$TCPSTATE" lab chat -o "$TMP/chat" >"$TMP/lab.out" 2>&1 &&
	"$TCPSTATE" lab chat-loss -o "$TMP/loss" >"$TMP/lab.out" 2>&1; then
	for run in run chat loss; do "$TCPSTATE" report --format jsonl "$TMP/$run"; done >"$TMP/jsonl"
	for type in mark listener connection sample transition counter check finding conversation datagram icmp drop; do
		unknown=$(grep "^{\"type\":\"$type\"" "$TMP/jsonl" | members | grep -vxF -e type -e "$integers" -f <(documented "$type"))
		if ! grep -q "^{\"type\":\"$type\"" "$TMP/jsonl"; then bad "the report has no $type"
		elif [ -z "$unknown" ]; then good "the man page names every member of a $type"
		else bad "the man page does not name, of a $type: $unknown"; fi
	done
else
	bad "tcpstate lab backlog, chat, chat-loss"; tail -n 20 "$TMP/lab.out"
fi
# shellcheck disable=SC2016      # expanded by the inner shell
"$TCPSTATE" record -o "$TMP/sealed" -- sh -c 'echo_server --port 12345 >"$0.ready" & tcpstate wait LISTEN && tcpstate list -p --half-open --json >"$0"; kill $!' "$TMP/list" 2>"$TMP/list.err"
found=$(grep '^{"protocol"' "$TMP/list" | members; echo schema; echo sockets)
unknown=$(grep -vxF -f <(awk '/^\.SS "list/ { on = 1 } /^\.SS "report/ { on = 0 } on' $man | grep -oE '[a-z0-9_]+') <<<"$found")
if [ "$(wc -l <<<"$found")" -ge 12 ] && [ -z "$unknown" ]; then good "the man page names every member of list --json"
else bad "the man page does not name, of list --json: $unknown (of: $found)"; cat "$TMP/list.err"; fi
