#!/usr/bin/env bash
# Runs a benchmark on this machine:
#   cost [major] [--tables 10,1000,10000,30000] [--idle 100,400] [--no-pages] [--pause 100] [--to folder]
#   fleet [watches] [major]
#   bloat [major [scale [seed]]]
#   scale [major [tables [partitions]]]
#   jmh [arguments of JMH, such as -prof gc GaugeRead]
set -euo pipefail
cd "$(dirname "$0")/.."
what=${1:-}
[ $# -gt 0 ] && shift
case "$what" in
    cost) main=io.pgwatch.benchmarks.Cost ;;
    fleet) main=io.pgwatch.benchmarks.Fleet ;;
    bloat) main=io.pgwatch.benchmarks.BloatAccuracy ;;
    scale) main=io.pgwatch.benchmarks.BloatScale ;;
    jmh) main=org.openjdk.jmh.Main ;;
    *)
        sed -n '2,7s/^# *//p' "benchmarks/$(basename "$0")" >&2
        exit 2
        ;;
esac
./mvnw -q -B -ntp -pl benchmarks -am package -DskipTests >&2
exec java -Dpgwatch.pg-binaries="$PWD/test-support/target/pg-binaries" -cp benchmarks/target/benchmarks.jar "$main" "$@"
