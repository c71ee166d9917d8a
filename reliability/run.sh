#!/bin/sh
# Tries all faults; on the newest major it writes the figures of those that passed into docs/reliability.md.
# usage: reliability/run.sh [MAJOR [PATTERN]], where the pattern is looked for in what breaks
set -eu
cd "$(dirname "$0")/.."
major=${1:-18}
faults=${2:-all}
exec ./mvnw -B -ntp -q -pl reliability -am verify "-Dpgwatch.majors=$major" "-Dpgwatch.faults=$faults" \
    -Dtest=None '-Dit.test=io/pgwatch/reliability/*IT' -Dpgwatch.write-docs=true
