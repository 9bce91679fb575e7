# fish completion for tcpstate(1). It asks the program for its verbs and options, so there is no second list of them.
function __tcpstate_verbs
    tcpstate --help | awk '/^  tcpstate [a-z]/ { verb = $2; next } verb { sub(/^ */, ""); print verb "\t" $0; verb = "" }'
end
function __tcpstate_options
    set -l words (commandline -opc)
    tcpstate $words[2] --help 2>/dev/null | string replace -rf '^ +(?:-., )?(--[a-z][a-z-]*)(?:\[?=\S*)?(?: +(.*))?$' '$1\t$2'
    if test "$words[2]" = lab; and set -q words[3]; and not string match -q -- '-*' $words[3]
        tcpstate lab $words[3] --help 2>/dev/null | string replace -rf '^ +(?:-., )?(--[a-z][a-z-]*)(?:\[?=\S*)?(?: +(.*))?$' '$1\t$2'
    end
end
function __tcpstate_words
    set -l words (commandline -opc)
    switch $words[2]
        case lab
            tcpstate lab 2>/dev/null | string replace -rf '^([a-z][a-z-]*) +(.*)$' '$1\t$2'
        case explain
            tcpstate explain --lang=en 2>/dev/null | sed -n 's/^  \([A-Z_0-9]*\)  .*/\1/p; /^Findings/,/^$/s/^  //p' | string split ' '
        case wait
            string split ' ' 'CLOSED LISTEN SYN_SENT SYN_RECV ESTABLISHED FIN_WAIT1 FIN_WAIT2 CLOSE_WAIT CLOSING LAST_ACK TIME_WAIT'
    end
end
complete -c tcpstate -n __fish_use_subcommand -f -a '(__tcpstate_verbs)'
complete -c tcpstate -n 'not __fish_use_subcommand; and string match -q -- "-*" (commandline -ct)' -f -a '(__tcpstate_options)'
complete -c tcpstate -n 'not __fish_use_subcommand' -a '(__tcpstate_words)'
