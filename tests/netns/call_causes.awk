# Of a trace by strace -f -yy, lines unfinished or not: which calls, or ends of a process, made the
# edges that a call makes, "ROLE CALL" each. Known are descriptors in fork(), threads, exec() of a
# program that was given none, and close(); the last holder's closes an end that no shutdown() had.
function hold(group, fd, end) {
	if (!((group, fd, end) in held)) { held[group, fd, end] = 1; holders[end]++ }
}
function let_go(key, call,    part) {
	split(key, part, SUBSEP)
	delete held[key]
	if (--holders[part[3]] == 0) closed[part[3]] = call
}
function let_all_go(group, call,    key, part) {
	for (key in held) { split(key, part, SUBSEP); if (part[1] == group) let_go(key, call) }
}
function role(end,    port) {
	port = end; sub(/->.*/, "", port); sub(/.*:/, "", port)
	return end !~ />/ ? "listener" : port in listens ? "server" : "client"
}
function begin(pid,    key, part) { # by the fork(), clone() that was called last
	if (pid in group) return
	group[pid] = forker != "" && shared ? group[forker] : pid
	if (forker == "" || shared) return
	for (key in held) {
		split(key, part, SUBSEP)
		if (part[1] == group[forker]) hold(pid, part[2], part[3])
	}
}
{ pid = $1; sub(/^[0-9]+ +/, ""); begin(pid); first = fd = "" }
/^(v?fork|clone3?)\(/ { forker = pid; shared = /CLONE_FILES/ }
/^\+\+\+ / { if (pid == group[pid]) let_all_go(pid, "exit"); next }
/^execve\(.* = 0$|^<... execve resumed>.* = 0$/ { let_all_go(group[pid], "exec"); next }
{ # what a call names its process holds
	for (text = $0; match(text, /[0-9]+<TCP(v6)?:\[[][0-9a-f.:>-]+\]>/); text = rest) {
		n = end = substr(text, RSTART, RLENGTH); rest = substr(text, RSTART + RLENGTH)
		sub(/<.*/, "", n); sub(/^[0-9]+<TCP(v6)?:\[/, "", end); sub(/\]>$/, "", end)
		if (end !~ /:/) continue # an inode: it has no address yet
		if (fd == "") { fd = n; first = end }
		hold(group[pid], n, end)
	}
}
fd != "" { newest[pid] = first }
/ = -1 ECONNRESET/ { reset[newest[pid]] = 1 } # a segment closed it, its close() nothing
/^connect\([0-9]+<TCP/ && fd == "" { print "client connect" }
/^listen\(.* = 0/ && fd != "" {
	port = first; sub(/.*:/, "", port)
	listening[first] = listens[port] = 1
	print "listener listen"
}
/^shutdown\(.*SHUT_(WR|RDWR)/ && fd != "" && !(first in shut) {
	shut[first] = 1
	print role(first), "shutdown"
}
/^close\(/ && fd != "" { let_go(group[pid] SUBSEP fd SUBSEP first, "close") }
END {
	for (end in closed)
		if (!(end in shut) && !(end in reset) && (end ~ />/ || end in listening))
			print role(end), closed[end]
}
