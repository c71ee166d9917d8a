#!/usr/bin/env bash
# Reports on a PostgreSQL database: samples/check.sh jdbc:postgresql://localhost:5432/orders?user=me
# Builds itself when it is not built yet, or older than its sources.
# Exit code: that of the report, 0 to 3; 3 also where there is none.
set -euo pipefail

java=${JAVA_HOME:+$JAVA_HOME/bin/}java
if ! version=$("$java" -version 2>&1); then
    echo "check.sh: want a JDK of 17 or newer, found none as $java" >&2
    exit 3
fi
if [[ ! $version =~ \"([0-9]+) ]] || ((BASH_REMATCH[1] < 17)); then
    echo "check.sh: want a JDK of 17 or newer, got ${version%%$'\n'*} as $java" >&2
    exit 3
fi

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
target=$root/samples/plain-java/target

# The packaged jar carries the build's fixed time stamp; the one it was made of carries the true one.
built() { compgen -G "$target/*.jar.original" | head -n 1; }

is_current() {
    local original
    original=$(built) && [ -e "${original%.original}" ] &&
        [ -z "$(find "$root"/pgwatch-{api,core}/src/main "$root"/samples/plain-java/src/main \
            -type f -newer "$original" -print -quit)" ]
}

if ! is_current; then
    rm -f "$target"/*.jar "$target"/*.jar.original
    if ! (cd "$root" && ./mvnw -q -B -ntp -pl samples/plain-java -am package -DskipTests < /dev/null) >&2; then
        echo "check.sh: could not build it; see above" >&2
        exit 3
    fi
fi

original=$(built)
exec "$java" -jar "${original%.original}" "$@"
