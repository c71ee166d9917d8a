package io.pgwatch.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pgwatch.micrometer.PgWatchMetrics.Options;
import io.pgwatch.micrometer.Trees.Tree;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Measure;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.testsupport.TestClock;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PgWatchMetricsTests {

    private final TestClock clock = new TestClock();
    private final FakeWatch watch = new FakeWatch("forest", Trees.probe());
    private final MeterRegistry registry = new SimpleMeterRegistry();

    @Test
    void nothing_is_known_before_the_first_report() {
        bind(Options.defaults());

        assertThat(registry.getMeters())
                .extracting(meter -> meter.getId().getName())
                .containsExactlyInAnyOrder(
                        "pgwatch.probe.level",
                        "pgwatch.probe.known",
                        "pgwatch.sweep.age",
                        "pgwatch.sweep.duration",
                        "pgwatch.sweep.failures",
                        "pgwatch.trees.count");
        assertThat(registry.getMeters())
                .filteredOn(meter -> meter.getId().getType() == Meter.Type.GAUGE)
                .allSatisfy(meter ->
                        assertThat(meter.measure().iterator().next().getValue()).isNaN());
    }

    @Test
    void shows_the_newest_report() {
        bind(Options.defaults());

        publish(new Trees(2, List.of(new Tree("oak", 31.5), new Tree("ash", 28))));

        assertThat(gauge("pgwatch.trees.count")).isEqualTo(2);
        assertThat(height("oak")).isEqualTo(31.5);
        assertThat(height("ash")).isEqualTo(28);
        assertThat(gauge("pgwatch.probe.level", "probe", "trees")).isEqualTo(0);
        assertThat(gauge("pgwatch.probe.known", "probe", "trees")).isEqualTo(1);
        assertThat(gauge("pgwatch.sweep.duration")).isEqualTo(0.25);
        assertThat(registry.getMeters())
                .allSatisfy(meter -> assertThat(meter.getId().getTag("watch")).isEqualTo("forest"));
    }

    @Test
    void shows_a_report_that_was_there_before_it() {
        publish(Trees.of(new Tree("oak", 31)));

        bind(Options.defaults());

        assertThat(height("oak")).isEqualTo(31);
    }

    @ParameterizedTest(name = "{0} is {1}")
    @CsvSource({"OK, 0", "UNKNOWN, NaN", "WARNING, 1", "CRITICAL, 2"})
    void shows_the_level_to_act_on_even_when_it_is_held(Level held, Double expected) {
        bind(Options.defaults());

        watch.publish(Trees.report(clock.instant(), held, Trees.judged(Level.OK, Trees.of()), 0));

        assertThat(gauge("pgwatch.probe.level")).isEqualTo(expected);
    }

    @ParameterizedTest
    @EnumSource(Cause.class)
    void an_unknown_is_no_number_and_no_ok(Cause cause) {
        bind(Options.defaults());
        publish(Trees.of(new Tree("oak", 31)));

        watch.publish(Trees.report(clock.instant(), Trees.unknown(cause)));

        assertThat(gauge("pgwatch.probe.level")).isNaN();
        assertThat(gauge("pgwatch.trees.count")).isNaN();
        assertThat(height("oak")).isNaN();
        assertThat(gauge("pgwatch.probe.known")).isEqualTo(Double.valueOf(cause.weighs() ? 0 : Double.NaN));
    }

    @Test
    void a_number_that_the_evidence_does_not_know_is_not_zero() {
        bind(Options.defaults());

        publish(new Trees(null, List.of()));

        assertThat(gauge("pgwatch.trees.count")).isNaN();
    }

    @Test
    void the_age_goes_on_between_reports() {
        bind(Options.defaults());
        publish(Trees.of());

        clock.advance(Duration.ofMillis(3200));

        assertThat(gauge("pgwatch.sweep.age")).isEqualTo(3.2);
    }

    @Test
    void the_counter_of_failures_never_falls() {
        bind(Options.defaults());
        assertThat(failures()).isZero();

        for (long told : new long[] {3, 1010, 0, 1010}) {
            double before = failures();
            watch.publish(Trees.report(clock.instant(), Level.OK, Trees.judged(Level.OK, Trees.of()), told));
            assertThat(failures()).isEqualTo(Math.max(before, told));
        }
    }

    @Test
    void shows_the_worst_rows_only() {
        bind(Options.defaults().withMaxSeries(3));

        publish(Trees.named(Stream.of("a", "b", "c", "d", "e")));

        assertThat(trees()).containsExactlyInAnyOrder("a", "b", "c");
    }

    @Test
    void a_row_that_left_the_worst_stays_for_an_hour_with_its_value() {
        bind(Options.defaults().withMaxSeries(2));
        publish(Trees.of(new Tree("oak", 31), new Tree("ash", 28)));

        clock.advance(Duration.ofMinutes(59));
        publish(Trees.of(new Tree("elm", 40), new Tree("oak", 31), new Tree("ash", 29)));
        assertThat(height("ash")).isEqualTo(29);
        publish(Trees.of(new Tree("elm", 40), new Tree("oak", 31)));
        assertThat(height("ash")).isNaN();

        clock.advance(Duration.ofMinutes(1));
        publish(Trees.of(new Tree("elm", 40), new Tree("oak", 31)));
        assertThat(trees()).containsExactlyInAnyOrder("elm", "oak");
    }

    @Test
    void rows_that_change_places_keep_their_series() {
        bind(Options.defaults().withMaxSeries(1));
        publish(Trees.of(new Tree("oak", 31), new Tree("ash", 28)));
        publish(Trees.of(new Tree("ash", 32), new Tree("oak", 31)));
        List<Meter> before = registry.getMeters();

        for (int i = 0; i < 500; i++) {
            clock.advance(Duration.ofSeconds(15));
            publish(Trees.of(new Tree("oak", 31), new Tree("ash", 28)));
            clock.advance(Duration.ofSeconds(15));
            publish(Trees.of(new Tree("ash", 32), new Tree("oak", 31)));
        }

        assertThat(registry.getMeters()).usingElementComparator(sameInstance()).containsExactlyElementsOf(before);
    }

    @Test
    void there_are_never_more_than_twice_as_many_and_the_longest_gone_leave_first() {
        bind(Options.defaults().withMaxSeries(2));

        for (String name : List.of("a", "b", "c", "d", "e")) {
            clock.advance(Duration.ofMinutes(1));
            publish(Trees.named(Stream.of(name)));
            assertThat(trees()).hasSizeLessThanOrEqualTo(4);
        }

        assertThat(trees()).containsExactlyInAnyOrder("b", "c", "d", "e");
    }

    @Test
    void nothing_leaves_while_nobody_can_look() {
        bind(Options.defaults().withMaxSeries(2));
        publish(Trees.of(new Tree("oak", 31)));

        clock.advance(Duration.ofHours(3));
        watch.publish(Trees.report(clock.instant(), Trees.unknown(Cause.FAILED)));
        assertThat(height("oak")).isNaN();

        publish(Trees.of(new Tree("oak", 32)));
        assertThat(height("oak")).isEqualTo(32);
    }

    @Test
    void of_two_rows_with_one_name_the_worse_counts() {
        bind(Options.defaults().withMaxSeries(2));

        publish(Trees.of(new Tree("oak", 31), new Tree("oak", 7), new Tree("ash", 6)));

        assertThat(height("oak")).isEqualTo(31);
        assertThat(height("ash")).isEqualTo(6);
    }

    @Test
    void a_measure_that_fails_has_no_value_and_takes_no_other_along() {
        FakeWatch broken = new FakeWatch(
                "broken",
                new Trees.TreeProbe(List.of(
                        Measure.of("trees.broken", "", "Fails", trees -> 1 / trees.count()),
                        Measure.of("trees.count", "", "Works", Trees::count))));
        new PgWatchMetrics(broken, Options.defaults(), clock).bindTo(registry);
        broken.publish(Trees.report(clock.instant(), new Trees(1, List.of())));

        assertThatExceptionOfType(ArithmeticException.class)
                .isThrownBy(() -> broken.publish(Trees.report(clock.instant(), new Trees(0, List.of()))));

        assertThat(gauge("pgwatch.trees.broken")).isNaN();
        assertThat(gauge("pgwatch.trees.count")).isZero();
    }

    @Test
    void leaves_nothing_behind_when_the_watch_is_closed() {
        MeterRegistry second = new SimpleMeterRegistry();
        PgWatchMetrics metrics = bind(Options.defaults());
        metrics.bindTo(second);
        publish(Trees.of(new Tree("oak", 31)));

        watch.close();

        assertThat(registry.getMeters()).isEmpty();
        assertThat(second.getMeters()).isEmpty();
    }

    @Test
    void leaves_nothing_behind_when_it_is_closed_itself() {
        PgWatchMetrics metrics = bind(Options.defaults());
        publish(Trees.of(new Tree("oak", 31)));

        metrics.close();
        metrics.close();
        publish(Trees.of(new Tree("ash", 31)));
        metrics.bindTo(registry);

        assertThat(registry.getMeters()).isEmpty();
        assertThat(watch.listeners()).isZero();
    }

    @Test
    void two_registries_show_the_same() {
        MeterRegistry second = new SimpleMeterRegistry();
        bind(Options.defaults()).bindTo(second);

        publish(Trees.of(new Tree("oak", 31)));

        assertThat(second.getMeters()).hasSameSizeAs(registry.getMeters());
        assertThat(second.get("pgwatch.trees.height").gauge().value()).isEqualTo(31);
    }

    @Test
    void what_is_in_a_composite_leaves_its_members_too() {
        CompositeMeterRegistry composite = new CompositeMeterRegistry();
        registry.config().commonTags("region", "eu");
        composite.add(registry);
        PgWatchMetrics metrics = new PgWatchMetrics(watch, Options.defaults(), clock);
        metrics.bindTo(composite);
        publish(Trees.of(new Tree("oak", 31)));
        assertThat(height("oak")).isEqualTo(31);

        metrics.close();

        assertThat(composite.getMeters()).isEmpty();
        assertThat(registry.getMeters()).isEmpty();
    }

    @Test
    void binding_twice_does_no_harm() {
        PgWatchMetrics metrics = bind(Options.defaults());
        publish(Trees.of(new Tree("oak", 31)));
        List<Meter> once = registry.getMeters();

        metrics.bindTo(registry);

        assertThat(registry.getMeters()).usingElementComparator(sameInstance()).containsExactlyElementsOf(once);
    }

    @Test
    void of_two_watches_with_one_name_the_first_is_shown_until_it_is_closed() {
        FakeWatch namesake = new FakeWatch("forest", Trees.probe());
        bind(Options.defaults());
        new PgWatchMetrics(namesake, Options.defaults(), clock).bindTo(registry);
        publish(Trees.of(new Tree("oak", 31)));
        namesake.publish(Trees.report(clock.instant(), Trees.of(new Tree("oak", 5))));
        assertThat(height("oak")).isEqualTo(31);

        watch.close();
        namesake.publish(Trees.report(clock.instant(), Trees.of(new Tree("oak", 6))));
        assertThat(height("oak")).isEqualTo(6);

        namesake.close();
        assertThat(registry.getMeters()).isEmpty();
    }

    @Test
    void closing_a_namesake_takes_nothing_from_the_first() {
        FakeWatch namesake = new FakeWatch("forest", Trees.probe());
        bind(Options.defaults());
        publish(Trees.of(new Tree("oak", 31)));
        List<Meter> before = registry.getMeters();
        new PgWatchMetrics(namesake, Options.defaults(), clock).bindTo(registry);

        namesake.close();

        assertThat(registry.getMeters()).usingElementComparator(sameInstance()).containsExactlyElementsOf(before);
    }

    @Test
    void a_registry_that_was_closed_is_let_go() {
        PgWatchMetrics metrics = bind(Options.defaults());
        WeakReference<MeterRegistry> ended = bindAndClose(metrics);

        publish(Trees.of(new Tree("oak", 31)));

        await().atMost(Duration.ofSeconds(20)).until(() -> {
            System.gc();
            return ended.get() == null;
        });
        assertThat(height("oak")).isEqualTo(31);
    }

    private static WeakReference<MeterRegistry> bindAndClose(PgWatchMetrics metrics) {
        MeterRegistry ended = new SimpleMeterRegistry();
        metrics.bindTo(ended);
        ended.close();
        return new WeakReference<>(ended);
    }

    @Test
    void a_filter_that_renames_and_denies_is_obeyed_to_the_end() {
        registry.config()
                .meterFilter(MeterFilter.denyNameStartsWith("pgwatch.probe"))
                .meterFilter(MeterFilter.renameTag("pgwatch", "watch", "db"));
        PgWatchMetrics metrics = bind(Options.defaults());
        publish(Trees.of(new Tree("oak", 31)));
        assertThat(gauge("pgwatch.trees.height", "db", "forest")).isEqualTo(31);
        assertThat(registry.find("pgwatch.probe.level").meter()).isNull();

        metrics.close();

        assertThat(registry.getMeters()).isEmpty();
    }

    @ParameterizedTest(name = "prefix \"{0}\"")
    @CsvSource({"acme, acme.trees.count", "acme.db., acme.db.trees.count", "'', trees.count"})
    void names_have_the_prefix_that_was_asked_for(String prefix, String expected) {
        bind(Options.defaults().withPrefix(prefix).withTags(Tags.of("region", "eu", "watch", "nonsense")));

        assertThat(registry.get(expected).gauge().getId().getTags())
                .containsExactlyInAnyOrder(Tag.of("region", "eu"), Tag.of("watch", "forest"));
    }

    @Test
    void what_tells_rows_apart_gives_way_to_no_tag_of_the_users() {
        bind(Options.defaults().withTags(Tags.of("tree", "mine", "probe", "mine", "region", "eu")));

        publish(Trees.of(new Tree("oak", 31), new Tree("ash", 28)));

        assertThat(trees()).containsExactlyInAnyOrder("oak", "ash");
        assertThat(height("oak")).isEqualTo(31);
        assertThat(gauge("pgwatch.probe.known", "probe", "trees", "region", "eu"))
                .isEqualTo(1);
        assertThat(gauge("pgwatch.trees.count", "tree", "mine")).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Acme", "acme..", ".acme", "a b"})
    void a_prefix_that_is_no_name_is_refused(String prefix) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Options.defaults().withPrefix(prefix))
                .withMessageContaining("'" + prefix + "'");
    }

    @Test
    void no_room_for_any_series_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Options.defaults().withMaxSeries(0))
                .withMessage("want max-series of 1 or more, got 0");
    }

    @Test
    void a_thousand_rows_cost_no_more_series_than_ten() {
        bind(Options.defaults());

        for (int round = 0; round < 5; round++) {
            int first = round * 1000;
            publish(Trees.named(IntStream.range(first, first + 1000).mapToObj(i -> "tree " + i)));
        }

        assertThat(trees()).hasSize(20);
    }

    private PgWatchMetrics bind(Options options) {
        PgWatchMetrics metrics = new PgWatchMetrics(watch, options, clock);
        metrics.bindTo(registry);
        return metrics;
    }

    private void publish(Trees evidence) {
        watch.publish(Trees.report(clock.instant(), evidence));
    }

    private double gauge(String name, String... tags) {
        return registry.get(name).tags(tags).gauge().value();
    }

    private double height(String tree) {
        return gauge("pgwatch.trees.height", "tree", tree);
    }

    private double failures() {
        return registry.get("pgwatch.sweep.failures").functionCounter().count();
    }

    private List<String> trees() {
        return registry.find("pgwatch.trees.height").gauges().stream()
                .map(gauge -> gauge.getId().getTag("tree"))
                .toList();
    }

    private static Comparator<Meter> sameInstance() {
        return Comparator.comparing(System::identityHashCode);
    }
}
