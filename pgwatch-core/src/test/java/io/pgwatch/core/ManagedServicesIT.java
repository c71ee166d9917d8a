package io.pgwatch.core;

import static io.pgwatch.probe.Level.OK;
import static io.pgwatch.probe.Level.UNKNOWN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pgwatch.Report;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Reading;
import io.pgwatch.snapshot.Reading.Missing;
import io.pgwatch.snapshot.Section;
import io.pgwatch.snapshot.Sessions;
import io.pgwatch.testsupport.FreshDatabase;
import io.pgwatch.testsupport.NoLeaks;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.SupportedMajors;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;

/**
 * What a managed service may keep from its users: each function and relation that a sweep names is taken away, one by one, by
 * the privilege or by the name, and then given back.
 */
@NoLeaks
class ManagedServicesIT {

    private static final Duration TIME = Duration.ofSeconds(30);
    private static final Duration CAPABILITIES_ARE_READ_AGAIN = Duration.ofMinutes(6);

    private static final Pattern FUNCTION = Pattern.compile("pg_catalog\\.([a-z_0-9]+)\\(");
    private static final Pattern RELATION = Pattern.compile("(?:from|join) pg_catalog\\.([a-z_0-9]+)\\b(?!\\()");

    /** By section, the probes that can say nothing without it. The other sections add to what probes say. */
    private static final Map<String, Set<String>> JUDGED_FROM = Map.of(
            "server", Set.of("vacuum"),
            "sessions", Set.of("pool-saturation", "idle-in-transaction", "horizon"),
            "holders", Set.of("horizon"),
            "databases", Set.of("wraparound"),
            "tables", Set.of("vacuum"),
            "autovacuum", Set.of("vacuum"));

    @ParameterizedTest
    @SupportedMajors
    void what_is_denied_or_absent_takes_along_the_sections_that_name_it_and_no_other(PgServer server) throws Exception {
        try (FreshDatabase database = server.freshDatabase();
                Waiting someForALock = new Waiting(database)) {
            assertThat(missing(read(database))).isEmpty();
            for (Thing thing : namedInSweeps(database)) {
                withoutIt(
                        database,
                        thing.revoked(),
                        thing.granted(),
                        () -> assertMissing(
                                database,
                                thing,
                                Cause.NOT_PERMITTED,
                                "permission denied for \\w+ " + thing.name() + " \\(SQLSTATE 42501\\)"));
                if (thing.canBeRenamed()) {
                    withoutIt(
                            database,
                            thing.renamed(),
                            thing.namedAgain(),
                            () -> assertMissing(
                                    database,
                                    thing,
                                    Cause.NOT_SUPPORTED,
                                    ".*" + thing.name() + ".* does not exist \\(SQLSTATE 42(883|P01)\\)"));
                }
            }
            assertThat(missing(read(database))).isEmpty();
        }
    }

    @ParameterizedTest
    @SupportedMajors
    void no_probe_says_ok_from_what_is_denied_and_each_recovers(PgServer server) throws Exception {
        try (FreshDatabase database = server.freshDatabase();
                Sweeper watch = Sweeper.of(database.dataSource("monitor"))) {
            Map<String, Level> whole = levels(watch.sweep());
            assertThat(whole)
                    .containsEntry("pool-saturation", OK)
                    .containsEntry("idle-in-transaction", OK)
                    .containsEntry("horizon", OK)
                    .containsEntry("wraparound", OK)
                    .containsEntry("vacuum", OK);
            for (Thing thing : namedInSweeps(database)) {
                withoutIt(database, thing.revoked(), thing.granted(), () -> {
                    Report report = watch.sweepAfter(CAPABILITIES_ARE_READ_AGAIN);
                    assertThat(levels(report))
                            .as("without " + thing + "\n" + report.text())
                            .isEqualTo(without(thing, whole));
                    assertReasons(report, thing);
                });
                assertThat(levels(watch.sweepAfter(CAPABILITIES_ARE_READ_AGAIN)))
                        .as("with " + thing + " again")
                        .isEqualTo(whole);
            }
        }
    }

    /** Who waits for whom is asked only while somebody does. */
    @ParameterizedTest
    @SupportedMajors
    void is_not_ok_where_somebody_waits_and_nobody_can_say_for_whom(PgServer server) throws Exception {
        try (FreshDatabase database = server.freshDatabase();
                Waiting someForALock = new Waiting(database);
                Sweeper watch = Sweeper.of(database.dataSource("monitor"))) {
            assertThat(levels(watch.sweep())).containsEntry("idle-in-transaction", OK);
            for (Thing thing : namedInSweeps(database)) {
                if (thing.sections().equals(Set.of("lock-waits"))) {
                    withoutIt(database, thing.revoked(), thing.granted(), () -> {
                        Report report = watch.sweepAfter(CAPABILITIES_ARE_READ_AGAIN);
                        assertThat(levels(report)).as(thing.toString()).containsEntry("idle-in-transaction", UNKNOWN);
                    });
                    assertThat(levels(watch.sweepAfter(CAPABILITIES_ARE_READ_AGAIN)))
                            .containsEntry("idle-in-transaction", OK);
                }
            }
        }
    }

    /** The identifier of the server is the one thing that is left out without a word. */
    @ParameterizedTest
    @SupportedMajors
    void works_without_the_servers_identifier(PgServer server) throws Exception {
        try (FreshDatabase database = server.freshDatabase()) {
            Thing identifier = new Thing("pg_control_system", true, true, Set.of());
            withoutIt(database, identifier.revoked(), identifier.granted(), () -> {
                try (Sweeper watch = Sweeper.of(database.dataSource("monitor"))) {
                    Report report = watch.sweep();
                    assertThat(report.level()).as(report.text()).isEqualTo(OK);
                    assertThat(report.server().id()).isNull();
                }
            });
        }
    }

    private static void assertMissing(FreshDatabase database, Thing thing, Cause cause, String said)
            throws SQLException {
        if (thing.isNeededToConnect()) {
            assertThatThrownBy(() -> read(database))
                    .isInstanceOfSatisfying(
                            SQLException.class,
                            refusal -> assertThat(Failures.causeOf(refusal)).isEqualTo(cause));
            return;
        }
        Map<String, Missing<?>> missing = missing(read(database));

        Set<String> expected = new TreeSet<>(thing.sections());
        if (expected.contains("sessions")) {
            expected.add("lock-waits"); // which asks on its behalf
        }
        assertThat(missing.keySet()).as("without " + thing.name()).isEqualTo(expected);
        missing.forEach((section, reason) -> {
            assertThat(reason.cause()).as(section + " without " + thing.name()).isEqualTo(cause);
            assertThat(reason.detail()).matches("(" + section + "|sessions): " + said);
        });
    }

    private static Map<String, Level> without(Thing thing, Map<String, Level> whole) {
        Map<String, Level> expected = new TreeMap<>(whole);
        if (thing.isNeededToConnect()) {
            expected.replaceAll((probe, level) -> UNKNOWN);
        }
        thing.sections().stream()
                .flatMap(section -> JUDGED_FROM.getOrDefault(section, Set.of()).stream())
                .forEach(probe -> expected.put(probe, UNKNOWN));
        return expected;
    }

    private static void assertReasons(Report report, Thing thing) {
        for (var probe : report.probes()) {
            if (probe.verdict() instanceof Verdict.Unknown<?> unknown && unknown.cause() == Cause.NOT_PERMITTED) {
                assertThat(unknown.detail())
                        .as(probe.id() + " without " + thing)
                        .contains("permission denied for ", " " + thing.name() + " (SQLSTATE 42501)");
            }
        }
    }

    private static Map<String, Level> levels(Report report) {
        return report.probes().stream()
                .filter(probe -> !probe.id().value().equals("bloat")) // it reads between sweeps
                .collect(Collectors.toMap(
                        probe -> probe.id().value(),
                        probe -> probe.verdict().level(),
                        (one, same) -> one,
                        TreeMap::new));
    }

    private static Map<Section<?>, Reading<?>> read(FreshDatabase database) throws SQLException {
        try (Session session = new Session(database.connect("monitor"), false, TIME, TIME, null)) {
            return new Reader(
                            Queries.all(Clock.systemUTC(), false, new Crowd(() -> false, Optional::empty)),
                            Clock.systemUTC())
                    .read(session, Map.of());
        }
    }

    private static Map<String, Missing<?>> missing(Map<Section<?>, Reading<?>> read) {
        Map<String, Missing<?>> missing = new TreeMap<>();
        read.forEach((section, reading) -> reading.missing().ifPresent(reason -> missing.put(section.name(), reason)));
        return missing;
    }

    private interface Check {

        void run() throws SQLException;
    }

    private static void withoutIt(FreshDatabase database, String take, String give, Check check) throws SQLException {
        database.execute(take);
        try {
            check.run();
        } finally {
            database.execute(give);
        }
    }

    private static List<Thing> namedInSweeps(FreshDatabase database) {
        int major = database.server().major();
        Map<String, Set<String>> functions = new TreeMap<>();
        Map<String, Set<String>> relations = new TreeMap<>();
        for (Query<?> query : Queries.all(Clock.systemUTC(), false, new Crowd(() -> false, Optional::empty))) {
            String text = query.textFor(major);
            if (query.section().equals(Sessions.SECTION)) {
                text += SqlText.of("limits", major); // without which they are not judged
            }
            gather(FUNCTION.matcher(text), query.section().name(), functions);
            gather(RELATION.matcher(text), query.section().name(), relations);
        }
        String views = database.ask("select string_agg(viewname, ' ') from pg_views where schemaname = 'pg_catalog'");
        List<Thing> things = new ArrayList<>();
        functions.forEach((name, sections) -> things.add(new Thing(name, true, true, sections)));
        relations.forEach((name, sections) ->
                things.add(new Thing(name, false, List.of(views.split(" ")).contains(name), sections)));
        assertThat(things).as("what the sweep names").hasSizeGreaterThan(40);
        return things;
    }

    private static void gather(Matcher names, String section, Map<String, Set<String>> into) {
        while (names.find()) {
            into.computeIfAbsent(names.group(1), name -> new TreeSet<>()).add(section);
        }
    }

    /**
     * A function with all its variants, or a relation.
     *
     * @param canBeRenamed the server's own work needs the catalogs under their names
     * @param sections those whose texts name it
     */
    private record Thing(String name, boolean isFunction, boolean canBeRenamed, Set<String> sections) {

        boolean isNeededToConnect() {
            String connecting = SqlText.of("capabilities", SqlText.OLDEST_MAJOR)
                    + SessionSettings.of(SqlText.OLDEST_MAJOR, TIME).set(false)
                    + SessionSettings.of(SqlText.OLDEST_MAJOR, TIME).check();
            return isFunction && connecting.contains("pg_catalog." + name + "(");
        }

        String revoked() {
            return isFunction
                    ? ofEachVariant("revoke execute on function %s from public")
                    : "revoke select on pg_catalog." + name + " from public";
        }

        String granted() {
            return isFunction
                    ? ofEachVariant("grant execute on function %s to public")
                    : "grant select on pg_catalog." + name + " to public";
        }

        private String ofEachVariant(String statement) {
            return "do $$ declare variant text; begin for variant in select oid::regprocedure from pg_proc where proname = '"
                    + name + "' and pronamespace = 'pg_catalog'::regnamespace loop execute format('" + statement
                    + "', variant); end loop; end $$";
        }

        String renamed() {
            return rename(name, "taken_" + name);
        }

        String namedAgain() {
            return rename("taken_" + name, name);
        }

        private String rename(String from, String to) {
            String catalog = isFunction ? "proc" : "class";
            String prefix = isFunction ? "pro" : "rel";
            return "update pg_" + catalog + " set " + prefix + "name = '" + to + "' where " + prefix + "name = '" + from
                    + "' and " + prefix + "namespace = 11"; // pg_catalog
        }
    }

    /** A session that waits for a lock of another one, as long as this is open. */
    private static final class Waiting implements AutoCloseable {

        private final Connection holder;
        private final Connection waiter;
        private final CompletableFuture<Void> wait;

        Waiting(FreshDatabase database) throws SQLException {
            database.executeAs("app", "create table t as select 1 as i");
            holder = database.connect("app");
            waiter = database.connect("app");
            lock(holder);
            wait = CompletableFuture.runAsync(() -> lock(waiter));
            await().until(() -> database.ask("select count(*) from pg_locks where not granted")
                    .equals("1"));
        }

        private static void lock(Connection connection) {
            try (Statement statement = connection.createStatement()) {
                connection.setAutoCommit(false);
                statement.execute("lock table t in exclusive mode");
            } catch (SQLException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public void close() throws Exception {
            holder.close();
            wait.get();
            waiter.close();
        }
    }
}
