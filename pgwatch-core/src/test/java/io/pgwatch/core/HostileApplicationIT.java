package io.pgwatch.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import com.zaxxer.hikari.HikariDataSource;
import io.pgwatch.PgWatch;
import io.pgwatch.Report;
import io.pgwatch.core.jmx.PgWatchMBeans;
import io.pgwatch.core.probes.HorizonProbe;
import io.pgwatch.core.probes.IdleInTransactionProbe;
import io.pgwatch.core.probes.PoolSaturationProbe;
import io.pgwatch.evidence.ProbeIds;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Measure;
import io.pgwatch.probe.Probe;
import io.pgwatch.probe.ProbeId;
import io.pgwatch.probe.Remedy;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Section;
import io.pgwatch.snapshot.Snapshot;
import io.pgwatch.testsupport.FreshDatabase;
import io.pgwatch.testsupport.NoLeaks;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.Postgres;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServer;
import javax.management.Notification;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/**
 * What an application calls its watch, its pool, its threads and its transactions, and what a probe of its own says, can be of
 * any length, which a server's identifiers cannot: each is whole where it is data, and in one line where it is a sentence.
 */
@NoLeaks
class HostileApplicationIT {

    /** Breaks out of a line, of quotes and of a page, steers a terminal, writes backwards and what nobody sees. */
    private static final String HOSTILE =
            "x\r\n2026-01-01 ERROR forged \u001b[31m\u202e\u200b\u2028\"'\\${jndi:a}{}%n=,:*?<b>&\ud83d\udc18 ";

    /** 10 kB; the last character that it has is none of those that fall away at the end of a line. */
    private static final String LONG = HOSTILE.repeat(10_000 / HOSTILE.getBytes(StandardCharsets.UTF_8).length) + "end";

    /** As long as the server lets it be. */
    private static final String GID = (HOSTILE.repeat(2) + "g".repeat(200)).substring(0, 180);

    private static final String UNFIT_FOR_A_LINE = "[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]";

    private final Queue<String> logged = new ConcurrentLinkedQueue<>();
    private final Queue<Notification> notifications = new ConcurrentLinkedQueue<>();

    @Test
    void names_of_ten_kilobytes_break_nothing_that_tells_of_them(
            @Postgres(with = "max_prepared_transactions=5") PgServer server) throws Exception {
        Logger ours = (Logger) LoggerFactory.getLogger("io.pgwatch");
        AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                logged.add(event.getThreadName() + " " + event.getFormattedMessage());
            }
        };
        appender.start();
        ours.addAppender(appender);
        ours.setAdditive(false);
        try (FreshDatabase database = server.freshDatabase();
                AutoCloseable prepared = prepared(database);
                HikariDataSource pool = pool(database)) {
            AttributedDataSource source = AttributedDataSource.around(pool);
            try (PgWatch watch = watch(source);
                    PgWatchMBeans beans = PgWatchMBeans.register(watch)) {
                listen(beans);
                try (Borrower borrower = new Borrower(source)) {
                    Report report = awaitAll(watch);
                    assertTold(report, database);
                    assertSentencesAreLines(report);
                    assertReadableOverJmx(beans);
                    assertServerKnowsItsBeginning(server);
                }
            }
        } finally {
            ours.detachAppender(appender);
            ours.setAdditive(true);
        }
        assertThat(logged)
                .anyMatch(line -> line.contains("own CRITICAL"))
                .filteredOn(line -> line.contains("forged"))
                .isNotEmpty()
                .allSatisfy(line -> assertThat(line).doesNotContainPattern(UNFIT_FOR_A_LINE));
        assertThat(notifications)
                .isNotEmpty()
                .allSatisfy(
                        told -> assertThat(told.getMessage()).contains("end").doesNotContainPattern(UNFIT_FOR_A_LINE));
    }

    private static HikariDataSource pool(FreshDatabase database) {
        HikariDataSource pool = new HikariDataSource();
        pool.setPoolName(LONG);
        pool.setJdbcUrl(database.jdbcUrl());
        pool.setUsername("app");
        pool.setMaximumPoolSize(1);
        return pool;
    }

    private static PgWatch watch(AttributedDataSource source) {
        return JdbcPgWatch.builder(source)
                .name(LONG)
                .instance(LONG)
                .interval(Duration.ofMillis(500))
                .attribution(Attribution.STACK)
                .probes(List.of(
                        PoolSaturationProbe.withDefaults(),
                        new IdleInTransactionProbe(Duration.ZERO, Duration.ofHours(1), Duration.ZERO, 100),
                        new HorizonProbe(1, 10_000_000, Duration.ofHours(1)),
                        new OwnProbe()))
                .start();
    }

    private static AutoCloseable prepared(FreshDatabase database) throws SQLException {
        database.execute("create table z (i int)", "grant all on z to public");
        String gid = "'" + GID.replace("'", "''") + "'";
        try (Connection connection = database.connect("app");
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("insert into z values (1)");
            statement.execute("prepare transaction " + gid);
        }
        database.execute("do $$ begin for i in 1..99 loop perform pg_current_xact_id(); commit; end loop; end $$");
        return () -> database.execute("rollback prepared " + gid);
    }

    private void listen(PgWatchMBeans beans) throws Exception {
        for (ObjectName name : beans.names()) {
            ManagementFactory.getPlatformMBeanServer()
                    .addNotificationListener(name, (told, with) -> notifications.add(told), null, null);
        }
    }

    private static Report awaitAll(PgWatch watch) {
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(watch.latest()).hasValueSatisfying(report -> {
                    assertThat(report.verdict(ProbeIds.POOL_SATURATION).seen())
                            .hasValueSatisfying(seen -> assertThat(seen.pools())
                                    .singleElement()
                                    .satisfies(pool -> assertThat(pool.active()).isEqualTo(1)));
                    assertThat(report.verdict(ProbeIds.IDLE_IN_TRANSACTION).findings())
                            .anySatisfy(finding -> assertThat(finding.summary()).contains("thread " + inLine(LONG)));
                    assertThat(report.verdict(ProbeIds.HORIZON).findings())
                            .anySatisfy(finding -> assertThat(finding.id()).contains(inLine(GID)));
                }));
        return watch.latest().orElseThrow();
    }

    private static String inLine(String text) {
        return text.replaceAll(UNFIT_FOR_A_LINE, " ");
    }

    /** By what reads JSON at the server. */
    private static void assertTold(Report report, FreshDatabase database) {
        String json = "'" + report.json().replace("'", "''") + "'::json";
        assertThat(json.length()).as("in proportion to what is told").isLessThan(30 * LONG.length());
        assertThat(database.ask("select " + json + " ->> 'watch'")).isEqualTo(LONG);
        assertThat(database.ask("select " + json + " #>> '{probes,pool-saturation,evidence,pools,0,name}'"))
                .isEqualTo(LONG);
        assertThat(database.ask("select " + json + " #>> '{probes,own,evidence,rows,0,name}'"))
                .isEqualTo(LONG);
        assertThat(database.ask("select " + json + " #>> '{probes,own,findings,0,remedy,sql}'"))
                .isEqualTo(LONG);
    }

    private static void assertSentencesAreLines(Report report) {
        assertThat(report.text().replace("\n", "")).doesNotContainPattern(UNFIT_FOR_A_LINE);
        assertThat(report.text().lines().findFirst().orElseThrow())
                .startsWith(LONG.replaceAll(UNFIT_FOR_A_LINE, "?") + ": CRITICAL, ");
        assertThat(report.text().lines()).noneMatch(line -> line.startsWith("2026-01-01 ERROR"));
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .filteredOn(name -> name.startsWith("pgwatch"))
                .anyMatch(name -> name.contains("forged"))
                .allSatisfy(name -> assertThat(name).doesNotContainPattern(UNFIT_FOR_A_LINE));
    }

    private static void assertReadableOverJmx(PgWatchMBeans beans) throws Exception {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        assertThat(beans.names()).hasSize(5);
        for (ObjectName name : beans.names()) {
            String key = name.getKeyProperty("type").equals("Watch") ? "name" : "watch";
            assertThat(ObjectName.unquote(name.getKeyProperty(key))).isEqualTo(LONG);
            assertThat(new ObjectName(name.getCanonicalName())).isEqualTo(name);
            for (MBeanAttributeInfo attribute : server.getMBeanInfo(name).getAttributes()) {
                server.getAttribute(name, attribute.getName()); // throws where it cannot be read
            }
        }
    }

    private static void assertServerKnowsItsBeginning(PgServer server) {
        assertThat(server.ask("select string_agg(application_name, ';') from pg_stat_activity"
                        + " where application_name like 'pgwatch%'"))
                .hasSize(63)
                .matches("pgwatch x__2026-01-01_ERROR_forg \\p{ASCII}+ max=1");
    }

    /** A thread that keeps a transaction open. */
    private static final class Borrower implements AutoCloseable {

        private final CountDownLatch mayEnd = new CountDownLatch(1);
        private final Thread thread;

        Borrower(AttributedDataSource source) {
            this.thread = new Thread(() -> idle(source), LONG);
            thread.start();
        }

        private void idle(AttributedDataSource source) {
            try (Connection connection = source.getConnection();
                    Statement statement = connection.createStatement()) {
                connection.setAutoCommit(false);
                statement.execute("insert into z values (2)");
                mayEnd.await();
                connection.rollback();
            } catch (SQLException | InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public void close() throws InterruptedException {
            mayEnd.countDown();
            thread.join();
        }
    }

    /** Evidence of the application's own. */
    public record Own(List<Row> rows) {}

    /** One of it. */
    public record Row(String name, double value) {}

    /** Says in every place what it should not. */
    private record OwnProbe() implements Probe<Own> {

        private static final ProbeId<Own> ID = new ProbeId<>("own", Own.class);

        @Override
        public ProbeId<Own> id() {
            return ID;
        }

        @Override
        public String question() {
            return LONG;
        }

        @Override
        public Set<Section<?>> needs() {
            return Set.of();
        }

        @Override
        public List<Measure<Own>> measures() {
            return List.of(Measure.each("own.value", "", LONG, Own::rows, "row", Row::name, Row::value));
        }

        @Override
        public Verdict<Own> judge(Snapshot snapshot) {
            Remedy remedy = new Remedy(LONG, LONG, Remedy.Impact.APPLICATION);
            Finding finding = Finding.of(ID, Level.CRITICAL, LONG, LONG, LONG, LONG, remedy);
            return new Verdict.Judged<>(
                    Level.CRITICAL, LONG, new Own(List.of(new Row(LONG, 1), new Row(LONG, 2))), List.of(finding));
        }
    }
}
