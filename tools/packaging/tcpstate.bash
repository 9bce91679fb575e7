# bash completion for tcpstate(1). It asks the program for its verbs and options, so there is no second list of them.
_tcpstate() {
	local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} verb=${COMP_WORDS[1]}
	if [ "$COMP_CWORD" -eq 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "$(tcpstate --help | sed -n 's/^  tcpstate \([a-z]*\) .*/\1/p') --help --version" -- "$word")
	elif [[ $verb == lab && $word == -* && $COMP_CWORD -gt 2 && ${COMP_WORDS[2]} != -* ]]; then     # the experiment's own, and lab's
		mapfile -t COMPREPLY < <(compgen -W "$({ tcpstate lab --help; tcpstate lab "${COMP_WORDS[2]}" --help; } 2>/dev/null | grep -o -- '--[a-z][a-z-]*' | sort -u)" -- "$word")
	elif [[ $word == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(tcpstate "$verb" --help 2>/dev/null | grep -o -- '--[a-z][a-z-]*' | sort -u)" -- "$word")
	elif [ "$previous" = lab ]; then
		mapfile -t COMPREPLY < <(compgen -W "$(tcpstate lab 2>/dev/null | sed -n 's/^ *\([a-z][a-z-]*\)  .*/\1/p')" -- "$word")
	elif [ "$verb" = explain ]; then
		mapfile -t COMPREPLY < <(compgen -W "$(tcpstate explain --lang=en 2>/dev/null | sed -n 's/^  \([A-Z_0-9]*\)  .*/\1/p; /^Findings/,/^$/s/^  //p')" -- "$word")
	elif [ "$verb" = wait ]; then
		mapfile -t COMPREPLY < <(compgen -W "CLOSED LISTEN SYN_SENT SYN_RECV ESTABLISHED FIN_WAIT1 FIN_WAIT2 CLOSE_WAIT CLOSING LAST_ACK TIME_WAIT" -- "$word")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
	fi
}
complete -F _tcpstate tcpstate
