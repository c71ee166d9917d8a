package io.pgwatch.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgwatch.snapshot.Tables.Trigger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VacuumTriggersTests {

    private static final VacuumTriggers OF_14 = new VacuumTriggers(50, 0.2, 1000, 0.2, -1);
    private static final VacuumTriggers OF_18 = new VacuumTriggers(50, 0.2, 1000, 0.2, 100_000_000);

    @ParameterizedTest(name = "{0} rows with {1} are taken above {2} dead and {3} inserted")
    @CsvSource(
            nullValues = "-",
            value = {
                "1000, -, 250, 1200",
                "0, -, 50, 1000",
                "-1, -, 50, 1000",
                "1000, autovacuum_vacuum_threshold=10 autovacuum_vacuum_scale_factor=0.05, 60, 1200",
                "1000, autovacuum_vacuum_insert_threshold=100 autovacuum_vacuum_insert_scale_factor=0.1, 250, 200",
                "1000, autovacuum_vacuum_insert_threshold=-1, 250, -",
                "1000, autovacuum_vacuum_scale_factor=1e-2, 60, 1200",
                "1000, autovacuum_vacuum_threshold=0x10, 216, 1200",
                "1000, autovacuum_vacuum_threshold=010, 208, 1200",
                "1000, autovacuum_vacuum_threshold=-1, 250, 1200",
                "1000, autovacuum_vacuum_threshold=nonsense, 250, 1200",
                "1000, autovacuum_vacuum_threshold=, 250, 1200",
                "1000, autovacuum_vacuum_max_threshold=70, 70, 1200",
                "1000, fillfactor=70, 250, 1200",
                "7, autovacuum_vacuum_scale_factor=0.1 autovacuum_vacuum_threshold=0, 0, 1001"
            })
    void computes_as_autovacuum_does(double rows, String options, long dead, Long inserted) {
        Trigger trigger = OF_14.of(options == null ? null : options.replace(' ', '\n'), rows, 10, 0);

        assertThat(trigger.dead()).isEqualTo(dead);
        assertThat(trigger.inserted()).isEqualTo(inserted);
        assertThat(trigger.enabled()).isTrue();
    }

    @Test
    void knows_what_18_added() {
        assertThat(OF_18.of(null, 10e9, 1, 0).dead()).isEqualTo(100_000_000);
        assertThat(OF_18.of("autovacuum_vacuum_max_threshold=-1", 10e9, 1, 0).dead())
                .isEqualTo(2_000_000_000L);
        assertThat(OF_14.of(null, 10e9, 1, 0).dead()).isEqualTo(2_000_000_000L);
        assertThat(OF_18.of(null, 1000, 10, 5).inserted()).as("half is frozen").isEqualTo(1100);
        assertThat(OF_18.of(null, 1000, 10, 12).inserted())
                .as("more than all is all")
                .isEqualTo(1000);
        assertThat(OF_18.of(null, 1000, 0, 12).inserted()).isEqualTo(1200);
    }

    @ParameterizedTest(name = "autovacuum_enabled={0} is off")
    @ValueSource(strings = {"off", "OFF", "of", "false", "False", "f", "fal", "no", "n", "0"})
    void reads_every_form_of_off(String value) {
        assertThat(OF_14.of("autovacuum_enabled=" + value, 1, 1, 0).enabled()).isFalse();
    }

    @ParameterizedTest(name = "autovacuum_enabled={0} is on")
    @ValueSource(strings = {"on", "true", "t", "yes", "y", "1", "", "o"})
    void takes_everything_else_for_on(String value) {
        assertThat(OF_14.of("autovacuum_enabled=" + value, 1, 1, 0).enabled()).isTrue();
    }
}
