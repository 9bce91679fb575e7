# shellcheck shell=bash disable=SC2154  # variables are shared with the experiment
# The end of close-wait: what becomes of the descriptors. Sourced, not run.

# shutdown() by the child is for the connection, whoever holds it; close() is for the descriptor.
# Only the descriptor leaks.
begin --fault keep-descriptor --half-close
guest c5
stop c5
hear server '^ok child '
wait_for "port $port and port 40005" ESTABLISHED,FIN_WAIT1,FIN_WAIT2,LAST_ACK=0
phase 'the child calls shutdown()' <<END
server_close_wait | 0 | count CLOSE_WAIT src port $port
client_fin_wait2 | 0 | count FIN_WAIT2 dst port $port
client_time_wait | 1 | count TIME_WAIT src port 40005
parent_descriptors | had + 1 | descriptors ${pid[server]}
END
stop_all

# Leak on: when no descriptor is left, accept() fails, and the connection stays in the accept queue.
begin --fault keep-descriptor --fault retry-at-once --nofile "$nofile"
for i in $(seq 11 $((nofile + 6))); do
	guest "c$i"
	stop "c$i"
	hear server '^ok child '
done
client c30 --send hello
hear server '^error accept'
error=$line
hear server '^error accept.*row'
spins=${line//[^0-9]/}
wait_for "src port $port and not dst port 40030" ESTABLISHED=0
phase 'no descriptor left' --let "nofile=$nofile" <<END
descriptors_leaked | nofile - 4 | count CLOSE_WAIT src port $port
accept | EMFILE | text $(grep -o 'EMFILE' <<<"$error")
calls_that_failed_in_vain | 100000 | text $spins
queued | 1 | recv_q LISTEN src port $port
client_established | 1 | count ESTABLISHED unaccepted src port $port
END

# One is closed: within a second the server asks again, and the connection was there all the time.
tell server 'close 1'
hear server '^ok fork '
hear c30 olleh
phase 'one is closed' <<END
answer | olleh | text $line
queued | 0 | recv_q LISTEN src port $port
server_established | 1 | count ESTABLISHED src port $port and dst port 40030
END
