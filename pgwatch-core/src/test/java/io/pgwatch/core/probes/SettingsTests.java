package io.pgwatch.core.probes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTests {

    private final PoolSaturationProbe pools = PoolSaturationProbe.withDefaults();

    @Test
    void names_the_components_of_the_record_in_words_joined_by_hyphens() {
        assertThat(Settings.of(WraparoundProbe.withDefaults()))
                .extracting(Settings.Setting::name)
                .containsExactly(
                        "warning-share",
                        "warning-times",
                        "critical-times",
                        "critical-age",
                        "critical-time-left",
                        "warning-members",
                        "critical-members");
    }

    @Test
    void gives_back_every_value_in_a_form_that_it_takes() {
        for (var probe : BuiltInProbes.withDefaults()) {
            Map<String, String> asText = new java.util.TreeMap<>();
            Settings.of(probe).forEach(setting -> asText.put(setting.name(), setting.value()));

            assertThat(Settings.replace(probe, asText)).isEqualTo(probe);
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"90s, 90", "2m, 120", "1h, 3600", "500ms, 0", "1d, 86400", "PT1M30S, 90", "0s, 0"})
    void takes_durations_as_people_write_them(String text, long seconds) {
        PoolSaturationProbe changed =
                Settings.replace(pools, Map.of("warning-pending", text, "critical-pending", "2d"));

        assertThat(changed.warningPending().toSeconds()).isEqualTo(seconds);
        assertThat(changed.warningUsed()).isEqualTo(pools.warningUsed());
    }

    @ParameterizedTest(name = "{0} = {1}")
    @CsvSource({
        "warning-use, 0.5, unknown setting 'warning-use' of probe pool-saturation; there are warning-used",
        "warning-used, much, 'want a number such as 0.8 for warning-used, got ''much'''",
        "warning-pending, 10 bananas, want a duration such as 500ms",
        "warning-used, 0.95, want 0 < warning-used <= critical-used <= 1"
    })
    void refuses_what_is_wrong_in_one_sentence(String name, String value, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Settings.replace(pools, Map.of(name, value)))
                .withMessageStartingWith(message);
    }

    @ParameterizedTest(name = "{0} = {1}")
    @CsvSource({
        "pages-per-second, many, 'want a whole number for pages-per-second, got ''many'''",
        "warning-bytes, 1.5, 'want a whole number of bytes for warning-bytes, got ''1.5'''",
        "run-user-functions, maybe, 'want true or false for run-user-functions, got ''maybe'''"
    })
    void says_which_form_it_wants(String name, String value, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Settings.replace(BloatProbe.withDefaults(), Map.of(name, value)))
                .withMessage(message);
    }

    @Test
    void tells_apart_what_was_given_and_what_it_contradicts() {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> Settings.replace(IdleInTransactionProbe.withDefaults(), Map.of("warning-idle", "PT20M")))
                .withMessage(
                        "want 0s <= warning-idle <= critical-idle, got 20m and 10m; critical-idle is 10m unless set");
    }

    @Test
    void blames_nothing_else_for_a_value_that_is_wrong_by_itself() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Settings.replace(VacuumProbe.withDefaults(), Map.of("critical-after", "PT-1M")))
                .withMessage("want a critical-after of 0s or more, got -1m");
    }

    @ParameterizedTest
    @CsvSource({"true, true", "' True ', true", "false, false", "FALSE, false"})
    void takes_true_and_false(String text, boolean expected) {
        BloatProbe other = new BloatProbe(0.4, 1, 0.02, 200, !expected);

        assertThat(Settings.replace(other, Map.of("run-user-functions", text)).runUserFunctions())
                .isEqualTo(expected);
    }

    @Test
    void lists_the_probes_there_are_when_asked_for_another() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> BuiltInProbes.named("blote"))
                .withMessage(
                        "unknown probe 'blote'; there are pool-saturation, idle-in-transaction, horizon, wraparound, vacuum, bloat");
    }

    @Test
    void leaves_the_given_probe_as_it_is() {
        Settings.replace(pools, Map.of("critical-pending", "5m"));

        assertThat(pools.criticalPending()).isEqualTo(Duration.ofSeconds(60));
    }
}
