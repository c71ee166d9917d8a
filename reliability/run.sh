#!/bin/sh
# Tries all faults, and writes their figures into docs/reliability.md.
# usage: reliability/run.sh [MAJOR | MAJOR WORDS-OF-A-FAULT]
set -eu
cd "$(dirname "$0")/.."
major=${1:-18}
faults=${2:-all}
# shellcheck disable=SC2086
exec ./mvnw -B -ntp -q -pl reliability -am verify "-Dpgwatch.majors=$major" "-Dpgwatch.faults=$faults" \
    -Dtest=None -Dit.test=FaultsIT -DargLine=-Dpgwatch.write-docs=true
