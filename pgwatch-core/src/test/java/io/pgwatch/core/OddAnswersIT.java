package io.pgwatch.core;

import static io.pgwatch.core.Bloats.relation;
import static io.pgwatch.core.Bloats.unmeasured;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgwatch.core.bloat.BloatReading;
import io.pgwatch.core.bloat.Texts;
import io.pgwatch.snapshot.Autovacuum;
import io.pgwatch.snapshot.BloatSample;
import io.pgwatch.snapshot.BloatSample.Unmeasured;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Holders;
import io.pgwatch.snapshot.Reading;
import io.pgwatch.snapshot.Reading.Missing;
import io.pgwatch.snapshot.Reading.Taken;
import io.pgwatch.snapshot.Section;
import io.pgwatch.snapshot.Server;
import io.pgwatch.testsupport.FreshDatabase;
import io.pgwatch.testsupport.NoLeaks;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.Postgres;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** What comes of an answer that nobody thought of: it costs what it is part of, and nothing else. */
@NoLeaks
class OddAnswersIT {

    private static final Duration TIME = Duration.ofSeconds(10);

    @Test
    void a_section_that_is_not_understood_is_missing_alone(@Postgres PgServer server) throws SQLException {
        try (Session session = new Session(server.connect("app", "app"), false, TIME, TIME, null)) {
            Query<Holders> odd = Query.joined(Holders.SECTION, () -> Duration.ZERO, (rows, of) -> {
                throw new IllegalStateException("it's 'a secret' that stands in a row");
            });
            Query<Autovacuum> before = Query.joined(Autovacuum.SECTION, () -> Duration.ZERO, AutovacuumRows::read);
            Query<Server> after = Query.joined(Server.SECTION, () -> Duration.ZERO, (rows, of) -> of.server(false));

            Map<Section<?>, Reading<?>> read =
                    new Reader(List.of(before, odd, after), Clock.systemUTC()).read(session, Map.of());

            assertThat(read.get(Autovacuum.SECTION)).isInstanceOf(Taken.class);
            assertThat(read.get(Server.SECTION)).isInstanceOf(Taken.class);
            assertThat(read.get(Holders.SECTION)).isInstanceOfSatisfying(Missing.class, missing -> {
                assertThat(missing.cause()).isEqualTo(Cause.FAILED);
                assertThat(missing.detail())
                        .startsWith("holders: the answer was not understood: IllegalStateException in ")
                        .doesNotContain("secret");
            });
        }
    }

    @Test
    void a_table_that_is_not_understood_is_unmeasured_alone(@Postgres PgServer server) throws SQLException {
        try (FreshDatabase database = server.freshDatabase();
                Session session = new Session(database.connect("app"), false, TIME, TIME, null)) {
            for (String table : List.of("larger", "smaller")) {
                database.executeAs(
                        "app",
                        "create table " + table + " (id int)",
                        "insert into " + table + " select generate_series(1, 10000)",
                        "vacuum analyze " + table);
            }
            database.executeAs("app", "insert into larger select generate_series(1, 10000)");
            AtomicBoolean first = new AtomicBoolean(true);
            BloatReading reading = new BloatReading(failing("bloat-table", first), Clock.systemUTC(), Bloats.GENEROUS);

            BloatSample sample = readAll(reading, session);

            assertThat(first).isFalse();
            Unmeasured larger = unmeasured(sample, "public.larger");
            assertThat(larger.cause()).isEqualTo(Cause.FAILED);
            assertThat(larger.detail()).startsWith("the answer was not understood: IllegalStateException in ");
            assertThat(relation(sample, "public.smaller").pagesRead()).isPositive();
        }
    }

    private static BloatSample readAll(BloatReading reading, Session session) throws SQLException {
        while (reading.reading().taken().filter(seen -> seen.pending() == 0).isEmpty()) {
            LockSupport.parkNanos(reading.slice(session, TIME, Duration.ZERO));
        }
        return reading.reading().taken().orElseThrow();
    }

    private static Texts failing(String text, AtomicBoolean once) {
        return new Texts() {
            @Override
            public String sql(String name, int major) {
                if (name.equals(text) && once.getAndSet(false)) {
                    throw new IllegalStateException("for the test");
                }
                return SlowReading.TEXTS.sql(name, major);
            }

            @Override
            public Missing<?> missing(SQLException error) {
                return SlowReading.TEXTS.missing(error);
            }

            @Override
            public boolean endsConnection(SQLException error) {
                return SlowReading.TEXTS.endsConnection(error);
            }
        };
    }
}
