package io.pgwatch.core;

import static io.pgwatch.probe.Level.OK;
import static io.pgwatch.probe.Level.UNKNOWN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import com.zaxxer.hikari.HikariDataSource;
import io.pgwatch.PgWatch;
import io.pgwatch.Report;
import io.pgwatch.testsupport.FreshDatabase;
import io.pgwatch.testsupport.Majors;
import io.pgwatch.testsupport.NoLeaks;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.Postgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Neither password nor URL parameter nor anybody's query text reaches a log, a report or the name of a thread. */
@NoLeaks
class SecrecyIT {

    private static final String PASSWORD = "pass-Zx81";
    private static final String PARAMETER = "param-Zx82";
    private static final String QUERY = "query-Zx83";
    private static final String SECRET = "Zx8";

    private final Captured captured = new Captured();
    private final Set<String> threads = ConcurrentHashMap.newKeySet();
    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final Logger ours = (Logger) LoggerFactory.getLogger("io.pgwatch");
    private @Nullable Level levelBefore;

    @BeforeEach
    void capture() {
        captured.start();
        levelBefore = ours.getLevel();
        ours.setLevel(Level.TRACE);
        root.addAppender(captured);
    }

    @AfterEach
    void release() {
        root.detachAppender(captured);
        ours.setLevel(levelBefore);
    }

    @Test
    void a_watch_that_works_and_one_that_fails_keep_secrets(@Postgres PgServer server) throws SQLException {
        try (Connection other = server.connect("app", "app");
                Statement statement = other.createStatement()) {
            statement.execute("select '" + QUERY + "'");
            String parameters = "?password=" + PASSWORD + "&user=postgres&options=-c%20a.b=" + PARAMETER;
            assertSilent("connections in use", watch(server.jdbcUrl("app") + parameters));
            assertSilent("3D000", watch(server.jdbcUrl("nowhere") + parameters));
            assertSilent("08001", watch("jdbc:postgresql://127.0.0.1:1,127.0.0.1:2/app?sslpassword=" + PARAMETER));
        }
        assertThat(captured.lines).as("something was said").anyMatch(line -> line.contains("3D000"));
    }

    private static PgWatch watch(String url) {
        return JdbcPgWatch.builder(url)
                .username("app")
                .password(PASSWORD)
                .interval(Duration.ofMillis(500))
                .start();
    }

    @Test
    void a_refused_password_is_kept() throws IOException {
        try (PgServer server = PgServer.major(Majors.newest()).start();
                HikariDataSource pool = new HikariDataSource()) {
            server.execute("create role secretive login password 'another'");
            Path rules = server.dataDirectory().resolve("pg_hba.conf");
            Files.writeString(rules, "host all secretive all scram-sha-256\n" + Files.readString(rules));
            server.execute("select pg_reload_conf()");
            pool.setJdbcUrl(server.jdbcUrl("app") + "?ApplicationName=" + PARAMETER);
            pool.setUsername("secretive");
            pool.setPassword(PASSWORD);
            assertSilent(
                    "28P01",
                    JdbcPgWatch.builder(pool).interval(Duration.ofMillis(500)).start());
            assertSilent(
                    "password authentication failed",
                    JdbcPgWatch.builder(pool)
                            .connection(ConnectionMode.POOLED)
                            .interval(Duration.ofMillis(500))
                            .start());
        }
    }

    @Test
    void what_breaks_a_section_is_said_without_the_row_that_broke_it(@Postgres PgServer server) {
        try (FreshDatabase database = server.freshDatabase();
                PgWatch watch = JdbcPgWatch.builder(database.dataSource("plain"))
                        .interval(Duration.ofMillis(200))
                        .start()) {
            await().until(() ->
                    watch.latest().filter(report -> report.level() == OK).isPresent());
            database.execute("revoke execute on function pg_catalog.age(xid) from public");
            await().until(() ->
                    watch.latest().filter(report -> report.level() == UNKNOWN).isPresent());
            String said = watch.latest().orElseThrow().text();
            assertThat(said).contains("permission denied for function age").doesNotContain("select", "datfrozenxid");
        }
        assertThat(captured.lines).noneMatch(line -> line.contains("datfrozenxid"));
    }

    /** Until what is expected has been said, through some sweeps and the close. */
    private void assertSilent(String said, PgWatch watch) {
        ConcurrentLinkedQueue<Report> reports = new ConcurrentLinkedQueue<>();
        try (watch;
                PgWatch.Listening listening = watch.listen(report -> {
                    Thread.getAllStackTraces().keySet().forEach(thread -> threads.add(thread.getName()));
                    reports.add(report);
                })) {
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> reports.size() >= 3
                            && reports.stream().anyMatch(report -> report.json().contains(said)));
        }
        assertThat(reports).allSatisfy(report -> {
            assertThat(report.text()).doesNotContain(SECRET);
            assertThat(report.json()).doesNotContain(SECRET);
            assertThat(report.toString()).doesNotContain(SECRET);
        });
        assertThat(watch.name()).doesNotContain(SECRET);
        assertThat(threads).noneMatch(name -> name.contains(SECRET));
        assertThat(captured.lines).noneMatch(line -> line.contains(SECRET));
    }

    /** Every line that anybody logs, with the exceptions in it. */
    private static final class Captured extends AppenderBase<ILoggingEvent> {

        private final ConcurrentLinkedQueue<String> lines = new ConcurrentLinkedQueue<>();

        @Override
        protected void append(ILoggingEvent event) {
            lines.add(event.getFormattedMessage()
                    + (event.getThrowableProxy() == null
                            ? ""
                            : ThrowableProxyUtil.asString(event.getThrowableProxy())));
        }
    }
}
