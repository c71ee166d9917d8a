package io.pgwatch.core.probes;

import io.pgwatch.evidence.Vacuum.Why;
import io.pgwatch.probe.Remedy;
import io.pgwatch.probe.Remedy.Impact;
import io.pgwatch.snapshot.Tables.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What to do about a table that VACUUM does not keep up with. */
final class VacuumRemedies {

    /** The greatest autovacuum_vacuum_cost_limit that the server takes. */
    private static final int MOST_COST = 10_000;

    /**
     * Share of its rows at which a large table is taken early enough. Since 14, VACUUM leaves dead rows in the indexes alone
     * where fewer than 2 % of the pages have any, so that to come earlier would clean less.
     */
    static final double SENSIBLE_SHARE = 0.02;

    /** Dead rows that no table needs to wait for: the default of 18's autovacuum_vacuum_max_threshold. */
    static final long SENSIBLE_MOST = 100_000_000;

    private static final long SENSIBLE_LEAST = 1_000;

    /** Where ALTER SYSTEM is refused. */
    static final String MANAGED = " A managed service has it among its own parameters.";

    private VacuumRemedies() {}

    /** Null where another finding has it. */
    static @Nullable Remedy of(Lag lag, @Nullable Why why) {
        Table table = lag.table();
        if (why == null) {
            return null;
        }
        return switch (why) {
            case TRACK_COUNTS_OFF, AUTOVACUUM_OFF -> new Remedy("Meanwhile, vacuum it.", vacuum(table), Impact.ONLINE);
            case DISABLED_FOR_TABLE ->
                isCatalog(table)
                        ? new Remedy("Vacuum it.", vacuum(table), Impact.ONLINE)
                        : new Remedy(
                                "Let autovacuum take it again, and vacuum it once.",
                                enable(table)
                                        + trigger(lag).map(sql -> "\n" + sql).orElse("") + "\n" + vacuum(table),
                                Impact.ONLINE);
            case PINNED ->
                new Remedy(
                        "End what holds old rows back; until then no VACUUM removes them, and to start one is in vain.",
                        null,
                        Impact.APPLICATION);
            case THROTTLED -> unthrottle(lag.autovacuum().costLimit());
            case INDEX_PASSES -> giveMemory(lag);
            case AT_WORK ->
                trigger(lag)
                        .map(sql -> new Remedy(
                                "Let it end;" + earlier(lag) + " the next ones are shorter.", sql, Impact.ONLINE))
                        .orElseGet(() -> new Remedy("Let it end.", null, Impact.ONLINE));
            case WORKERS_BUSY ->
                new Remedy(
                        "Vacuum it by hand now. Where workers are always busy, raise autovacuum_max_workers (before 18 that"
                                + " wants a restart), and autovacuum_vacuum_cost_limit with it, which they share.",
                        vacuum(table),
                        Impact.ONLINE);
            case NEVER_ANALYZED, DUE, NOT_COUNTED ->
                new Remedy("Vacuum and analyze it once.", vacuum(table), Impact.ONLINE);
            case SKIPPED ->
                new Remedy(
                        "Look who locks it, and when: a session that holds the lock for long, or DDL and LOCK TABLE that come"
                                + " every few minutes and cancel the worker. Then vacuum it in a quiet minute.",
                        "SELECT pid, mode, granted FROM pg_locks WHERE relation = " + Words.literal(table.table())
                                + "::regclass\n  AND mode IN ('ShareUpdateExclusiveLock', 'ShareLock',"
                                + " 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock');",
                        Impact.READ_ONLY);
            case TRIGGER_HIGH -> new Remedy("Take it earlier.", trigger(lag).orElse(null), Impact.ONLINE);
        };
    }

    private static Remedy unthrottle(int limit) {
        if (limit >= MOST_COST) {
            return unthrottle(
                    "Let the workers sleep less: they do as much between two sleeps as can be set.",
                    "autovacuum_vacuum_cost_delay = '0.5ms'");
        }
        return unthrottle(
                "Let the workers do more between two sleeps: they share one limit, so that more workers would not help.",
                "autovacuum_vacuum_cost_limit = " + Math.min(MOST_COST, Math.max(1000, 5 * limit)));
    }

    private static Remedy unthrottle(String how, String setting) {
        return new Remedy(
                how + " From 16 on it holds for those at work, too." + MANAGED,
                "ALTER SYSTEM SET " + setting + ";\nSELECT pg_reload_conf();",
                Impact.CONFIGURATION);
    }

    private static Remedy giveMemory(Lag lag) {
        String drop = " And drop indexes that nobody uses;" + earlier(lag);
        if (lag.vacuum().filter(vacuum -> !vacuum.automatic()).isPresent()) {
            return new Remedy(
                    "It was started by hand: next time, first set maintenance_work_mem in that session, to 1 GB say."
                            + drop,
                    trigger(lag).orElse(null),
                    Impact.APPLICATION);
        }
        return new Remedy(
                "If a worker has less than 1 GB, give it that much, so that it passes the indexes once; before 17 it could not"
                        + " use more. Its memory is autovacuum_work_mem, or maintenance_work_mem where that is -1."
                        + MANAGED
                        + drop,
                "ALTER SYSTEM SET autovacuum_work_mem = '1GB';\nSELECT pg_reload_conf();"
                        + trigger(lag).map(sql -> "\n" + sql).orElse(""),
                Impact.CONFIGURATION);
    }

    static Remedy switchOn(String setting) {
        return new Remedy(
                "Switch it on. Where it is off on purpose, see that something else vacuums every table." + MANAGED
                        + (setting.equals(VacuumWords.TRACK_COUNTS)
                                ? " Where a database or a role has it off, ALTER DATABASE or ALTER ROLE … RESET it."
                                : ""),
                "ALTER SYSTEM SET " + setting + " = on;\nSELECT pg_reload_conf();",
                Impact.CONFIGURATION);
    }

    /** ANALYZE counts live and dead rows of what it samples; of a TOAST table only VACUUM does. */
    static Remedy count(List<Table> tables) {
        List<String> statements = new ArrayList<>();
        for (Table table : tables) {
            statements.add((table.toastOf() == null ? "ANALYZE " : "VACUUM ") + Words.sql(table.table()) + ";");
        }
        return new Remedy(
                "Have them counted; each statement reads a sample, or for TOAST what is not all visible.",
                String.join("\n", statements),
                Impact.ONLINE);
    }

    /** The options that put the trigger at a sensible number of rows; empty where it is there, and for catalogs. */
    static Optional<String> trigger(Lag lag) {
        Table table = lag.table();
        double rows =
                table.estimatedRows() == null ? table.liveRows() : Math.max(table.liveRows(), table.estimatedRows());
        long sensible = (long) Math.min(SENSIBLE_MOST, SENSIBLE_LEAST + SENSIBLE_SHARE * rows);
        if (!lag.triggerIsHigh() || sensible >= table.trigger().dead() || isCatalog(table)) {
            return Optional.empty();
        }
        boolean byShare = sensible < SENSIBLE_MOST;
        String prefix = table.toastOf() == null ? "" : "toast.";
        return Optional.of(String.format(
                Locale.ROOT,
                "ALTER TABLE %s SET (%sautovacuum_vacuum_scale_factor = %s, %sautovacuum_vacuum_threshold = %d);",
                main(table),
                prefix,
                byShare ? SENSIBLE_SHARE : "0",
                prefix,
                byShare ? SENSIBLE_LEAST : SENSIBLE_MOST));
    }

    private static String earlier(Lag lag) {
        return trigger(lag).isPresent()
                ? " a trigger of 2 % of its rows, not "
                        + Words.count(lag.table().trigger().dead()) + " of them, starts it earlier:"
                : "";
    }

    private static String enable(Table table) {
        return table.toastOf() == null
                ? "ALTER TABLE " + main(table) + " RESET (autovacuum_enabled);"
                : "ALTER TABLE " + main(table) + " RESET (autovacuum_enabled, toast.autovacuum_enabled);";
    }

    private static String vacuum(Table table) {
        return table.toastOf() == null
                ? "VACUUM (ANALYZE) " + Words.sql(table.table()) + ";"
                : "VACUUM " + Words.sql(table.table()) + ";";
    }

    private static String main(Table table) {
        return Words.sql(table.toastOf() == null ? table.table() : table.toastOf());
    }

    private static boolean isCatalog(Table table) {
        return main(table).startsWith("pg_catalog.") || main(table).startsWith("pg_toast.");
    }
}
