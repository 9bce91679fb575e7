#!/usr/bin/env bash
# The same at 10,000 connections a second, as many as two processors make.
# long
# alone
# timeout: 720
exec tests/netns/watch_agrees_with_the_tracepoint.sh 10000 20000
