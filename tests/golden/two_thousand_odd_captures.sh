#!/usr/bin/env bash
# odd_captures_do_no_harm.sh with 2,000 captures.
# long
# timeout: 7200
exec tests/golden/odd_captures_do_no_harm.sh 1 2000
