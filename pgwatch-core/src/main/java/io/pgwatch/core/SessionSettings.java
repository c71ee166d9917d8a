package io.pgwatch.core;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a sweep wants of the server's session: limits that end what takes too long, and nothing that lets objects outside
 * {@code pg_catalog} change what runs.
 */
record SessionSettings(Map<String, String> values) {

    /** The settings for a server of the given major, with the time that it may work on one section. */
    static SessionSettings of(int major, Duration partTimeout) {
        String millis = Long.toString(Math.max(10, partTimeout.toMillis()));
        Map<String, String> values = new LinkedHashMap<>();
        values.put("statement_timeout", millis + "ms");
        values.put("lock_timeout", millis + "ms");
        values.put("idle_session_timeout", "0");
        values.put("search_path", "pg_catalog, pg_temp"); // unless it is named, types are looked for in pg_temp first
        values.put("default_transaction_read_only", "on");
        values.put("default_transaction_isolation", "read committed");
        values.put("jit", "off");
        values.put("max_parallel_workers_per_gather", "0");
        values.put("plan_cache_mode", "force_generic_plan"); // lists of other lengths would be planned anew each time
        if (major >= 15) {
            values.put("stats_fetch_consistency", "none"); // 14 refuses the name
        }
        return new SessionSettings(values);
    }

    /** These, some of them replaced and others added. */
    SessionSettings with(Map<String, String> also) {
        Map<String, String> more = new LinkedHashMap<>(values);
        more.putAll(also);
        return new SessionSettings(more);
    }

    /** One select that sets all of them. */
    String set(boolean forTransaction) {
        return values.entrySet().stream()
                .map(one -> "pg_catalog.set_config('" + one.getKey() + "', '" + one.getValue() + "', " + forTransaction
                        + ")")
                .collect(Collectors.joining(", ", "/* pgwatch:settings */ select ", ""));
    }

    /** One select with one boolean: whether all of them hold. The server writes 1000ms as 1s, so it compares. */
    String check() {
        return values.entrySet().stream()
                .map(one -> one.getValue().endsWith("ms")
                        ? "pg_catalog.current_setting('" + one.getKey()
                                + "')::interval operator(pg_catalog.=) interval '" + one.getValue() + "'"
                        : "pg_catalog.current_setting('" + one.getKey() + "') operator(pg_catalog.=) '" + one.getValue()
                                + "'")
                .collect(Collectors.joining(" and ", "/* pgwatch:settings */ select ", ""));
    }
}
