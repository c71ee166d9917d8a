package io.pgwatch.testsupport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class JumpIT {

    private static final String XID_AGE = "select max(age(datfrozenxid)) from pg_database";
    private static final String NEXT_XID = "select pg_snapshot_xmax(pg_current_snapshot())";
    private static final String MULTIXACT_AGE = "select max(mxid_age(datminmxid)) from pg_database";
    private static final String NEXT_MEMBER = "select next_multi_offset from pg_control_checkpoint()";

    private static final List<String> MAKE_MULTIXACT =
            List.of("begin", "select from t for key share", "savepoint s", "update t set i = i where i = 1", "commit");

    /** A segment of 32 pages before the counter would wrap around, the server stops. */
    private static final long LAST_MEMBER = (1L << 32) - 32 * 1636;

    static IntStream majors() {
        return Majors.ofThisRun().stream().mapToInt(major -> major);
    }

    static IntStream oldestAndNewest() {
        return IntStream.of(Majors.ofThisRun().get(0), Majors.newest()).distinct();
    }

    @ParameterizedTest
    @MethodSource("majors")
    void grows_the_age_of_xids_until_writes_are_refused(int major) {
        try (PgServer server = PgServer.major(major).start()) {
            server.execute("create table t (i int)");
            long young = number(server, XID_AGE);

            Jump.xids(server, 600_000_000);
            assertThat(number(server, XID_AGE) - young).isBetween(600_000_000L, 600_000_000L + 32768 + 50);
            assertThat(number(server, NEXT_XID) % 32768).isLessThan(50);
            server.execute("insert into t values (1)");

            Jump.xids(server, Integer.MAX_VALUE - 5_000_000L - number(server, XID_AGE));
            server.execute("insert into t values (2)");

            Jump.xids(server, 2_500_000);
            assertThat(number(server, XID_AGE)).isBetween(2_144_950_000L, 2_145_050_000L);
            assertRefused(() -> server.execute("insert into t values (3)"));
            assertThat(server.ask("select count(*) from t")).isEqualTo("2");
        }
    }

    @ParameterizedTest
    @MethodSource("majors")
    void grows_the_age_of_multixacts_until_new_ones_are_refused(int major) {
        try (PgServer server = PgServer.major(major).start()) {
            long young = number(server, MULTIXACT_AGE);
            server.execute("create table t (i int primary key)", "insert into t values (1)");

            Jump.multixacts(server, Integer.MAX_VALUE - 5_000_000L);
            assertThat(number(server, MULTIXACT_AGE) - young)
                    .isBetween(Integer.MAX_VALUE - 5_000_000L, Integer.MAX_VALUE - 5_000_000L + 2048 + 50);
            makeMultixacts(server, 1);
            server.execute("drop table t", "create table t (i int primary key)", "insert into t values (1)");

            Jump.multixacts(server, 2_500_000);
            assertRefused(() -> makeMultixacts(server, 1));
            server.execute("insert into t values (2)");
        }
    }

    @ParameterizedTest
    @MethodSource("oldestAndNewest")
    void uses_up_the_members_of_multixacts_until_new_ones_are_refused(int major) {
        try (PgServer server = PgServer.major(major).start()) {
            server.execute("create table t (i int primary key)", "insert into t values (1)");

            Jump.members(server, LAST_MEMBER - 2000);
            assertThat(number(server, NEXT_MEMBER)).isBetween(LAST_MEMBER - 2000, LAST_MEMBER);
            assertThat(number(server, MULTIXACT_AGE)).isLessThan(5000);
            makeMultixacts(server, 1);
            assertRefused(() -> makeMultixacts(server, 1000));
        }
    }

    /** Makes multixacts of two members each. */
    private static void makeMultixacts(PgServer server, int count) {
        server.execute(Stream.generate(() -> MAKE_MULTIXACT)
                .limit(count)
                .flatMap(List::stream)
                .toArray(String[]::new));
    }

    private static void assertRefused(ThrowingCallable write) {
        assertThatThrownBy(write)
                .isInstanceOfSatisfying(
                        Database.SqlFailure.class, e -> assertThat(e.sqlState()).isEqualTo("54000"));
    }

    private static long number(PgServer server, String query) {
        return Long.parseLong(server.ask(query));
    }
}
