#!/usr/bin/env bash
# The command line as a table: exit status, arguments, what standard error must match (bash =~;
# empty: nothing at all). Whatever fails says so once, begins with the program's name, and does not
# go on to say more than where help is.
# also: root
set -u
. tests/lib.sh
cd "$TMP" || exit 1
labs=$BUILD/labs

# ---- what the lines below name ----
printf 'this is no capture\n' >text.pcap
: >empty.pcap
mkdir empty-dir not-a-recording occupied
touch not-a-recording/notes.txt occupied/wire.pcap
# A pcap header (ns, DLT_RAW) and one packet record cut short after its header.
printf '\x4d\x3c\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x04\0\x65\0\0\0' >header.pcap
{ cat header.pcap; printf '\1\0\0\0\0\0\0\0\x28\0\0\0\x28\0\0\0E\0'; } >torn.pcap

program=$TCPSTATE
t() {   # exit status, arguments (split like a shell would), pattern of stderr
	# (argp takes two lines to say where help is)
	local expected=$1 arguments=$2 pattern=$3 status problem='' said
	eval "timeout 20 \"\$program\" $arguments" >out 2>err </dev/null
	status=$?
	mapfile -t said <err
	[ "$status" = "$expected" ] || problem="exit $status, expected $expected"
	if [ -z "$pattern" ]; then [ ! -s err ] || problem+="; standard error is not empty"
	else [[ $(<err) =~ $pattern ]] || problem+="; standard error does not match $pattern"; fi
	if [ "$expected" != 0 ]; then
		[[ ${said[0]-} =~ ^(.*/)?"${program##*/}"[\ :] ]] || problem+="; the error does not begin with the program's name"
		[ ${#said[@]} -le 3 ] || problem+="; ${#said[@]} lines for one error"
	fi
	if [ -z "$problem" ]; then echo "ok - ${program##*/} $arguments"
	else echo "not ok - ${program##*/} $arguments: ${problem#; }"; sed 's/^/  stderr: /' err; head -n 5 out | sed 's/^/  stdout: /'; fi
}

# ---- the program ----
t 0 '--help'                                    ''
t 0 '--version'                                 ''
t 2 '--no-such-option'                          'no-such-option'
t 2 'frobnicate'                                '"frobnicate" is neither a verb nor a filter'
t 2 'recrod -o x'                               'did you mean record\?'
t 2 'LISTEN'                                    'is a state'
t 0 'help'                                      ''
t 0 'help record'                               ''
t 2 'help recrod'                               'did you mean record\?'
for verb in list watch record enter report pack wall lab wait mark expect explain; do
	t 0 "$verb --help"                      ''
	t 2 "$verb --no-such-option"            'no-such-option'
done

# ---- list ----
t 0 'list'                                      ''
t 0 ''                                          ''
t 0 'list --json'                               ''
t 2 'list tcp prt 12345'                        'tcp prt 12345'
t 2 'list tcp port 70000'                       '70000'
t 2 'list LISTEN'                               'LISTEN is a state.*grep LISTEN'
t 2 'list tcp port 80 and estab'                'estab is a state.*grep ESTABLISHED'
t 2 'list "tcp[13] & 2 != 0"'                   'tcp\[13\]'
t 2 'list greater 100'                          'greater'

# ---- watch ----
t 2 'watch --state NO_STATE'                     'NO_STATE'
t 2 'watch --state LISTEN=1'                     'without a number'
t 2 'watch --format xml'                         'text and jsonl'
t 2 'watch --for 0'                              'seconds above 0'
t 2 'watch --for soon'                           'soon'
t 2 'watch tcp prt 1'                            'tcp prt 1'
t 1 'watch -i no-such-if0'                       'no-such-if0'
t 1 'watch --netns no-such-netns'                'no-such-netns'

# ---- record, enter ----
t 2 'record -- true'                            '-o'
t 2 'record -o rec2 "tcp prt 1" -- true'        'tcp prt 1'
t 2 'record -o rec7 bash'                       'a COMMAND stands behind --'
t 1 'record -o rec3 -- no-such-command'       'no-such-command'
t 2 'record -o rec5 --sysctl net.ipv4.tcp_fin_timeout -- true'  'tcp_fin_timeout'
t 1 'record -o rec6 --netns no-such-netns'      'no-such-netns'
if may_seal 'what is found out in the namespace'; then
	t 1 'record -o rec1 -i no-such-if0 -- true'     'no-such-if0'
	t 1 'record -o occupied -- true'                'occupied'
	t 1 'record -o no/such/dir -- true'             'no/such/dir'
	t 1 'record -o rec4 --sysctl net.ipv4.no_such_key=1 -- true'    'no_such_key'
fi
t 1 'enter no-such-dir'                         'no-such-dir'
t 1 'enter empty-dir'                           'empty-dir'
t 2 'enter -- true'                             'directory'
t 2 'record -o rec8 --for 0 -- true'            'seconds above 0'
t 2 'record -o rec8 --until SOON -- true'       'neither a state nor a finding'
t 2 'record -o rec8 --until TIME_WIAT -- true'  'did you mean TIME_WAIT?'
t 2 'record -o rec8 --until LISTEN,CLOSE_WIAT -- true' 'did you mean CLOSE_WAIT?'
t 2 'record -o rec8 --until wait_held -- true'  'did you mean close_wait_held'
t 2 'record -o rec8 --until LISTEN, -- true'    'neither a state nor a finding'
t 2 'record -o rec8 --until LISTEN=2 -- true'   'without a number'

# ---- report ----
t 2 'report'                                    'report'
t 1 'report no-such-file.pcap'                  'no-such-file.pcap'
t 1 'report text.pcap'                          'text.pcap'
t 1 'report empty.pcap'                         'empty.pcap'
t 1 'report not-a-recording'                    'not-a-recording'
t 0 'report header.pcap'                        ''
t 0 'report torn.pcap'                          ''
t 0 'report --format jsonl torn.pcap'           ''
t 2 'report --format yaml torn.pcap'            'yaml'
t 1 'report -o no/such/dir/report.txt torn.pcap'        'no/such/dir/report.txt'
t 1 'report torn.pcap >/dev/full'               'No space left'

# ---- wall ----
t 2 'wall --port 70000'                         '0 to 65535'
t 2 'wall --code a/b'                           'letters and digits'
t 1 'wall --bind no-address'                    'no-address'
t 2 'record -o w --as Ada -- true'              'goes with --wall'

# ---- pack ----
t 2 'pack'                                      'directory'
t 1 'pack no-such-dir'                          'no-such-dir'
t 1 'pack not-a-recording -o p.zip'             'not-a-recording'

# ---- lab ----
t 0 'lab'                                       ''
t 2 'lab no-such-lab'                           'no-such-lab'
t 2 'lab time_wait'                             'did you mean time-wait\?'
t 2 'lab backlog --no-such-option 3'            'no-such-option'
t 2 'lab backlog --port 70000'                  '70000'
t 2 'lab backlog --b x'                         '^tcpstate lab backlog: --b .x.: wanted: backlogs .0 to 65535; lists as A,B..C.; try --help$'
t 2 'lab backlog --b=x'                         '^tcpstate lab backlog: --b .x.: wanted: backlogs .0 to 65535; lists as A,B..C.; try --help$'
t 2 'lab backlog --lang zh --b x'               '^tcpstate lab backlog：--b “x”：应为：backlog 的值（0 到 65535；.*--help$'
t 2 'lab backlog --lang zh --no 1'              '^tcpstate lab backlog：没有选项 “--no”；'
t 2 'lab backlog --b 5..1'                      'wanted: backlogs'
t 2 'lab backlog --n 0'                         'wanted: numbers of clients .1 to 200'
t 2 'lab half-open --retries 7'                 'auto, or 0 to 6'
t 2 'lab byte-order --client-port 99999'        '^tcpstate lab byte-order: [^:]*: wanted: [^:]*; try --help$'
t 2 'lab backlog --b'                           '--b wants a value'
t 0 'lab backlog --b x --help'                  ''
[ -z "$(find . -name 'tcpstate-lab-*')" ] && echo "ok - a lab that is misused leaves no recording" || echo "not ok - a lab that is misused leaves no recording"

# ---- wait, mark, expect, explain ----
t 2 'wait'                                      'STATE'
t 2 'wait NOT_A_STATE'                          'NOT_A_STATE'
t 2 'wait --timeout soon LISTEN'                'soon'
t 1 'wait --timeout 0.1 tcp port 1 CLOSING=7'   'CLOSING'
t 0 'wait --timeout 5 tcp port 1 CLOSING=0'     ''
t 2 'mark'                                      'TEXT'
t 1 'mark hello'                                'record'
t 2 'expect'                                    'no check'
t 1 'expect name 1 "count LISTEN"'              'record'
t 2 'expect name 1 LISTEN'                      "'count LISTEN'"
t 2 'expect name 1 cuont'                       'no QUERY'
t 0 'explain'                                   ''
t 0 'explain time-wait'                         ''
t 0 'explain ESTAB'                             ''
t 0 'explain SYN_RCVD'                          ''
t 0 'explain close_wait_held udp_drops'         ''
t 2 'explain NOT_A_STATE'                       'NOT_A_STATE'
t 2 'explain unread'                            'perhaps unread_at_close'
t 2 'explain clsoe_wait_held'                   'perhaps close_wait_held'
t 2 'explain xyzzy_plugh_frotz'                 'a finding that'

# ---- the lab programs ----
program=$labs/echo_server
t 0 '--help'                                    ''
t 2 '--no-such-option'                          'no-such-option'
t 2 '--port 70000'                              '70000'
t 2 '--port x'                                  'x'
t 2 '--backlog many'                            'many'
t 2 '--bind not-an-address'                     'not-an-address'
program=$labs/echo_client
t 0 '--help'                                    ''
t 2 '--no-such-option'                          'no-such-option'
t 2 '--bind 127.0.0.1:70000'                    '70000'
t 2 '--count -1'                                '-1'
