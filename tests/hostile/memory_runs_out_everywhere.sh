#!/usr/bin/env bash
# The same at every single allocation.
# long
# timeout: 3600
STEP=1 exec bash "$(dirname "$0")/memory_runs_out.sh"
