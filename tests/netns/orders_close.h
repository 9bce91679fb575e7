/* Scenarios of mixed_orders: the orders in which a connection ends. */
#ifndef TESTS_NETNS_ORDERS_CLOSE_H
#define TESTS_NETNS_ORDERS_CLOSE_H

void client_closes_first(void);
void server_closes_first(void);
void one_closes_right_after_the_other(void);
void two_processes_close_at_one_moment(void);
void the_fins_cross_and_one_end_holds_closing(void);
void data_flows_on_after_a_half_close(void);
void both_shut_down_both_directions(void);
void the_fin_carries_the_last_data(void);
void close_lingers_until_data_is_acknowledged(void);
void client_resets_an_established_connection(void);
void server_resets_an_established_connection(void);
void reset_in_fin_wait1(void);
void reset_in_fin_wait2(void);
void reset_in_close_wait(void);
void last_ack_is_abandoned_without_a_segment(void);
void closing_is_abandoned_without_a_segment(void);
void server_closes_with_data_unread(void);
void close_wait_closes_with_data_unread(void);
void sending_to_a_closed_end_draws_a_reset(void);
void disconnect_by_connecting_to_nothing(void);
void processes_are_killed(void);
void an_orphan_waits_a_second_for_the_fin(void);
void a_user_timeout_ends_it(void);
void short_connections(unsigned count);

#endif
