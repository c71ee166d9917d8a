package io.pgwatch.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.pgwatch.core.probes.WraparoundProbe;
import java.time.Clock;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

class WatchOptionsTests {

    @Test
    void a_session_says_whose_it_is_and_how_many_its_instance_may_open() {
        assertThat(options("orders", "web-1:4711").applicationName(10)).isEqualTo("pgwatch orders web-1:4711 max=10");
    }

    @Test
    void instances_of_one_service_have_one_name_and_differ_at_the_end() {
        String watch = "a-very-long-name-of-a-watch-that-nobody-can-remember";

        assertThat(options(watch, "web-7f9c5d-x2x4z-in-a-long-cluster:4711").applicationName(100))
                .hasSize(63)
                .isEqualTo(
                        "pgwatch a-very-long-name-of-a-wa " + "x4z-in-a-long-cluster:4711".substring(4) + " max=100");
        assertThat(options(watch, "web:1").applicationName(5))
                .isEqualTo("pgwatch a-very-long-name-of-a-wa web:1 max=5");
    }

    @Test
    void is_ascii_and_never_longer_than_the_server_keeps() {
        assertThat(options("größe 1", "h".repeat(100)).applicationName(Integer.MAX_VALUE))
                .hasSize(63)
                .matches("pgwatch gr__e_1 h+ max=2147483647");
    }

    @Test
    void refuses_wrong_settings_at_once_and_names_the_value() {
        refused(builder -> builder.interval(Duration.ofSeconds(-1)), "want an interval of 100ms to 1 day, got -1s");
        refused(
                builder -> builder.interval(Duration.ofDays(200_000)),
                "want an interval of 100ms to 1 day, got 200000d");
        refused(
                builder -> builder.budget(Duration.ofSeconds(20)),
                "want a budget of at most the interval 15s, got 20s");
        refused(builder -> builder.name(" "), "want a name with at least one visible character, got ' '");
        refused(
                builder -> builder.probes(List.of(WraparoundProbe.withDefaults(), WraparoundProbe.withDefaults())),
                "want each probe once, got wraparound twice");
        refused(builder -> builder.probes(List.of()), "want at least one probe, got none");
        refused(
                builder -> builder.probes(List.of(OwnProbe.needing(() -> {
                    throw new IllegalStateException("no idea");
                }))),
                "want probes that say which sections they need, but wraparound failed:"
                        + " java.lang.IllegalStateException: no idea");
        refused(
                builder -> builder.probes(List.of(OwnProbe.needing(() -> null))),
                "want probes that say which sections they need, but wraparound failed:"
                        + " java.lang.NullPointerException: needs");
        refused(
                builder -> builder.password("secret"),
                "want a username beside the password, got the password alone",
                JdbcPgWatch.builder(new PGSimpleDataSource()));
    }

    @Test
    void takes_a_password_beside_a_url_that_leads_to_a_role() {
        JdbcPgWatch.builder("jdbc:postgresql://localhost:1/x")
                .password("secret")
                .check();
        JdbcPgWatch.builder(new PGSimpleDataSource())
                .url("jdbc:postgresql://localhost:1/x?user=me")
                .password("secret")
                .check();
    }

    @Test
    @SuppressWarnings("NullAway") // what it is about
    void names_what_is_null() {
        missing(builder -> builder.name(null), "name");
        missing(builder -> builder.interval(null), "interval");
        missing(builder -> builder.budget(null), "budget");
        missing(builder -> builder.url(null), "url");
        missing(builder -> builder.probes(null), "probes");
        missing(builder -> builder.probes(Collections.singleton(null)), "probe");
    }

    private static void missing(UnaryOperator<JdbcPgWatch.Builder> wrong, String name) {
        assertThatNullPointerException()
                .isThrownBy(() -> wrong.apply(JdbcPgWatch.builder("jdbc:postgresql://localhost:1/x")))
                .withMessage(name);
    }

    @Test
    void refuses_a_url_that_is_not_of_postgresql_and_keeps_its_secrets() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JdbcPgWatch.builder("jdbc:mysql://joe:secret@localhost/x?password=secret"))
                .withMessage("want a JDBC URL of PostgreSQL such as jdbc:postgresql://localhost:5432/orders,"
                        + " got one that begins with 'jdbc:mysql:'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JdbcPgWatch.builder("localhost"))
                .withMessageEndingWith(" got one without jdbc: that begins with 'loca…'");
    }

    private static void refused(UnaryOperator<JdbcPgWatch.Builder> wrong, String message) {
        refused(wrong, message, JdbcPgWatch.builder("jdbc:postgresql://localhost:1/x"));
    }

    private static void refused(UnaryOperator<JdbcPgWatch.Builder> wrong, String message, JdbcPgWatch.Builder builder) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> wrong.apply(builder).start())
                .withMessage(message);
    }

    private static WatchOptions options(String name, String instance) {
        Targets targets = new Targets(null, null, null, null, Optional::empty);
        return new WatchOptions(
                name,
                Duration.ofSeconds(15),
                Duration.ofSeconds(1),
                ConnectionMode.DEDICATED,
                targets,
                List.of(),
                ApplicationSide.SILENT,
                false,
                instance,
                Clock.systemUTC(),
                Clock.systemUTC());
    }
}
