#!/usr/bin/env bash
# Runs a benchmark on this machine: counts [major] | bloat [major [scale [seed]]] | scale [major [tables [partitions]]] | jmh [arguments of JMH, such as -prof gc GaugeRead]
set -euo pipefail
cd "$(dirname "$0")/.."
what=${1:-}
[ $# -gt 0 ] && shift
case "$what" in
    counts) main=io.pgwatch.benchmarks.SweepCounts ;;
    bloat) main=io.pgwatch.benchmarks.BloatAccuracy ;;
    scale) main=io.pgwatch.benchmarks.BloatScale ;;
    jmh) main=org.openjdk.jmh.Main ;;
    *)
        echo "usage: benchmarks/run.sh counts [major] | benchmarks/run.sh bloat [major [scale [seed]]] | benchmarks/run.sh scale [major [tables [partitions]]] | benchmarks/run.sh jmh [arguments of JMH]" >&2
        exit 2
        ;;
esac
./mvnw -q -B -ntp -pl benchmarks -am package -DskipTests >&2
exec java -Dpgwatch.pg-binaries="$PWD/test-support/target/pg-binaries" -cp benchmarks/target/benchmarks.jar "$main" "$@"
