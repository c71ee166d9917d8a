#!/bin/sh
# Minutes of load with a fault now and then. Ends with PASS or FAIL, target/soak/summary.txt and soak.svg.
# usage: reliability/soak.sh [MINUTES [SEED]]
set -eu
cd "$(dirname "$0")/.."
./mvnw -q -B -ntp -Dmaven.test.skip -pl reliability -am package \
    dependency:build-classpath -Dmdep.outputFile=target/classpath -Dmdep.includeScope=runtime >&2
exec java -Xmx256m "-Dpgwatch.pg-binaries=$PWD/test-support/target/pg-binaries" \
    -cp "reliability/target/classes:$(cat reliability/target/classpath)" io.pgwatch.reliability.Soak "$@"
