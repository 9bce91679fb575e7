/* Scenarios of mixed_orders: the ways in which a connection begins, or does not. */
#ifndef TESTS_NETNS_ORDERS_OPEN_H
#define TESTS_NETNS_ORDERS_OPEN_H

void connection_refused(void);
void a_socket_connects_to_itself(void);
void both_open_at_once(void);
void listener_closes_with_children_queued(void);
void clients_leave_before_anyone_accepts(void);
void connect_and_close_at_once(void);
void close_and_shutdown_in_syn_sent(void);
void listener_is_shut_down(void);
void a_request_is_reset_by_its_client(void);
void a_listener_closes_with_a_request(void);
void a_held_request_is_released(void);
void the_accept_queue_overflows(void);
void client_time_wait_with_timestamps(void);
void client_time_wait_without_timestamps(void);
void a_new_syn_meets_the_servers_time_wait(void);
void wildcard_listener_of_both_families(void);
void fast_open_carries_data_in_the_syn(void);

#endif
