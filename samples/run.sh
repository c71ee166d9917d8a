#!/bin/sh
# Runs the Spring Boot sample on a PostgreSQL of its own, or on the one that a JDBC URL names.
# usage: samples/run.sh [--incident idle|pool|wraparound|bloat] [--port N] [JDBC_URL]
set -eu

for argument in "$@"; do
    if [ "$argument" = --help ]; then
        cat << 'HELP'
usage: samples/run.sh [--incident idle|pool|wraparound|bloat] [--port N] [JDBC_URL]

Runs a Spring Boot application with a workload, watched by pgwatch, on a PostgreSQL of its own, or on the one that
JDBC_URL names. Prints where to look, and a report whenever its level changes. Ctrl-C ends it.

  --incident idle        a thread begins a transaction, and leaves it open
  --incident pool        threads keep all connections of the pool
  --incident wraparound  the server has used up most of its transaction ids; not with JDBC_URL
  --incident bloat       a table that was much larger once, and its index
  --port N               port of the application; 8080, or any that is free, unless given
HELP
        exit 0
    fi
done

root=$(cd "$(dirname "$0")/.." && pwd)
jar=$root/samples/spring-boot/target/pgwatch-sample-spring-boot-exec.jar
built=$root/samples/spring-boot/target/run.built # the jar itself bears the date of the release

if [ -n "${JAVA_HOME:-}" ]; then
    java=$JAVA_HOME/bin/java
else
    java=$(command -v java) || { echo "run.sh: want a JDK of 17 or newer, found no java" >&2; exit 1; }
fi

is_built() {
    [ -f "$jar" ] && [ -f "$built" ] || return 1
    changed=$(find "$root/pom.xml" "$root"/pgwatch-*/pom.xml "$root"/pgwatch-*/src/main \
        "$root"/test-support/pom.xml "$root"/test-support/src/main \
        "$root"/samples/spring-boot/pom.xml "$root"/samples/spring-boot/src/main -newer "$built" -type f | head -n 1)
    [ -z "$changed" ]
}

if ! is_built; then
    echo "building the sample ..."
    rm -f "$jar"
    mkdir -p "$(dirname "$built")"
    touch "$built"
    (cd "$root" && ./mvnw -q -B -ntp -Dmaven.test.skip -pl samples/spring-boot -am package) >&2
fi

# The application takes the place of this shell, so that Ctrl-C and signals reach it.
exec "$java" -XX:TieredStopAtLevel=1 "-Dpgwatch.pg-binaries=$root/test-support/target/pg-binaries" -jar "$jar" "$@"
