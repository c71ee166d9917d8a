package io.pgwatch.spring.boot.autoconfigure;

import static io.pgwatch.spring.boot.autoconfigure.InvalidPgWatchPropertyException.blaming;

import io.pgwatch.core.Attribution;
import io.pgwatch.core.DataSources;
import io.pgwatch.core.JdbcPgWatch;
import io.pgwatch.core.probes.BuiltInProbes;
import io.pgwatch.core.probes.Settings;
import io.pgwatch.probe.Probe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The settings of one watch: its own, and where it has none those of all. Each knows the property that it comes from. */
final class WatchSettings {

    private static final String ALL = "pgwatch.";
    private static final String ENABLED = "enabled";

    /**
     * A value, and the property that gave it.
     *
     * @param property the full name
     */
    record Sourced<T>(String property, T value) {}

    private final PgWatchProperties all;
    private final PgWatchProperties.Watch own;
    private final String ownPrefix;

    private WatchSettings(PgWatchProperties all, PgWatchProperties.Watch own, String ownPrefix) {
        this.all = all;
        this.own = own;
        this.ownPrefix = ownPrefix;
    }

    static WatchSettings of(PgWatchProperties properties, String watch) {
        return properties.watches().entrySet().stream()
                .filter(entry -> sameName(entry.getKey(), watch))
                .findFirst()
                .map(entry -> new WatchSettings(properties, entry.getValue(), ALL + "watches." + entry.getKey() + "."))
                .orElseGet(() -> new WatchSettings(properties, PgWatchProperties.Watch.AS_FOR_ALL, ALL));
    }

    /** Whether two names are one to Spring's relaxed binding: environment variables know neither hyphens nor case. */
    static boolean sameName(String one, String other) {
        return bare(one).equals(bare(other));
    }

    private static String bare(String name) {
        return name.replaceAll("[^\\p{L}\\p{N}]", "").toLowerCase(Locale.ROOT);
    }

    boolean enabled() {
        return !Boolean.FALSE.equals(own.enabled());
    }

    boolean hasOwnUrl() {
        return own.url() != null;
    }

    boolean hasUrl() {
        return hasOwnUrl() || all.url() != null;
    }

    boolean metricsEnabled() {
        return pick("metrics.enabled", own.metrics().enabled(), all.metrics().enabled())
                .value();
    }

    Sourced<String> metricsPrefix() {
        return pick("metrics.prefix", own.metrics().prefix(), all.metrics().prefix());
    }

    Sourced<Integer> metricsMaxSeries() {
        return pick(
                "metrics.max-series", own.metrics().maxSeries(), all.metrics().maxSeries());
    }

    boolean jmxEnabled() {
        return pick("jmx.enabled", own.jmx().enabled(), all.jmx().enabled()).value();
    }

    Sourced<String> jmxDomain() {
        return pick("jmx.domain", own.jmx().domain(), all.jmx().domain());
    }

    /** The probes whose CRITICAL means DOWN. */
    Set<String> downOn() {
        Sourced<Set<String>> given =
                pick("health.down-on", own.health().downOn(), all.health().downOn());
        Set<String> ids = new LinkedHashSet<>();
        for (String name : given.value()) {
            ids.add(probeNamed(name, given.property()).id().value());
        }
        return ids;
    }

    Attribution attribution() {
        return pick("attribution", own.attribution(), all.attribution()).value();
    }

    /** Whether any watch keeps anything of borrowings. */
    static boolean wantAttribution(PgWatchProperties given) {
        return given.attribution() != Attribution.OFF
                || given.watches().values().stream()
                        .anyMatch(watch -> watch.attribution() != null && watch.attribution() != Attribution.OFF);
    }

    /** Tells a builder all that concerns sampling. */
    void configure(JdbcPgWatch.Builder builder) {
        configureRole(builder);
        Sourced<Duration> interval = pick("interval", own.interval(), all.interval());
        blaming(interval.property(), () -> builder.interval(interval.value()));
        pick("budget", own.budget(), Optional.ofNullable(all.budget()))
                .ifPresent(budget -> blaming(budget.property(), () -> builder.budget(budget.value())));
        builder.connection(
                pick("connection", own.connection(), all.connection()).value());
        configurePooler(builder);
        builder.queryText(pick("query-text", own.queryText(), all.queryText()).value());
        builder.probes(probes());
    }

    private void configureRole(JdbcPgWatch.Builder builder) {
        pick("url", own.url(), Optional.ofNullable(all.url()))
                .ifPresent(url -> blaming(url.property(), () -> builder.url(url.value())));
        builder.username(username());
        pick("password", own.password(), Optional.ofNullable(all.password()))
                .filter(password -> own.password() != null || hasRole() || !anyHasRole(all))
                .ifPresent(password -> blaming(
                        password.property(),
                        () -> builder.password(password.value()).check()));
    }

    private @Nullable String username() {
        return own.username() != null ? own.username() : all.username();
    }

    /** Whether it logs in as somebody else than its pool, whom a password for all watches may be of. */
    private boolean hasRole() {
        String url = own.url() != null ? own.url() : all.url();
        return username() != null || (url != null && DataSources.namesRole(url));
    }

    private static boolean anyHasRole(PgWatchProperties given) {
        return given.watches().keySet().stream()
                .anyMatch(watch -> of(given, watch).hasRole());
    }

    private void configurePooler(JdbcPgWatch.Builder builder) {
        PgWatchProperties.Pooler mine = own.pooler();
        PgWatchProperties.Pooler common = all.pooler();
        String username = mine.username() != null ? mine.username() : common.username();
        String password = mine.password() != null ? mine.password() : common.password();
        pick("pooler.url", mine.url(), Optional.ofNullable(common.url()))
                .ifPresent(url -> blaming(url.property(), () -> builder.pooler(url.value(), username, password)));
    }

    /** What to blame when settings that are right one by one contradict each other. */
    String budgetProperty() {
        return own.budget() != null || (own.interval() != null && all.budget() == null)
                ? ownPrefix + "budget"
                : ALL + "budget";
    }

    private <T> Sourced<T> pick(String key, @Nullable T ofOwn, T ofAll) {
        return ofOwn != null ? new Sourced<>(ownPrefix + key, ofOwn) : new Sourced<>(ALL + key, ofAll);
    }

    private <T> Optional<Sourced<T>> pick(String key, @Nullable T ofOwn, Optional<T> ofAll) {
        return ofOwn != null
                ? Optional.of(new Sourced<>(ownPrefix + key, ofOwn))
                : ofAll.map(value -> new Sourced<>(ALL + key, value));
    }

    /** The probes that are enabled, with their thresholds. */
    List<Probe<?>> probes() {
        Map<String, Map<String, Sourced<String>>> given = new HashMap<>();
        collect(all.probes(), ALL + "probes.", given);
        collect(own.probes(), ownPrefix + "probes.", given);
        List<Probe<?>> enabled = new ArrayList<>();
        for (Probe<?> probe : BuiltInProbes.withDefaults()) {
            Map<String, Sourced<String>> settings =
                    new LinkedHashMap<>(given.getOrDefault(probe.id().value(), Map.of()));
            Sourced<String> switched = settings.remove(ENABLED);
            if (switched == null || isTrue(switched)) {
                enabled.add(settings.isEmpty() ? probe : configured(probe, settings));
            }
        }
        if (enabled.isEmpty()) {
            String prefix = own.probes().isEmpty() ? ALL : ownPrefix;
            throw new InvalidPgWatchPropertyException(
                    prefix + "probes",
                    "want at least one probe enabled, got all disabled; to watch nothing, set " + prefix
                            + "enabled=false");
        }
        return enabled;
    }

    private static void collect(
            Map<String, Map<String, String>> probes, String prefix, Map<String, Map<String, Sourced<String>>> into) {
        probes.forEach((id, settings) -> {
            Probe<?> probe = probeNamed(id, prefix + id);
            settings.forEach((name, value) -> into.computeIfAbsent(probe.id().value(), any -> new LinkedHashMap<>())
                    .put(settingNamed(name, probe), new Sourced<>(prefix + id + "." + name, value)));
        });
    }

    private static Probe<?> probeNamed(String name, String property) {
        for (Probe<?> probe : BuiltInProbes.withDefaults()) {
            if (sameName(probe.id().value(), name)) {
                return probe;
            }
        }
        try {
            return BuiltInProbes.named(name);
        } catch (IllegalArgumentException unknown) {
            throw new InvalidPgWatchPropertyException(property, Objects.requireNonNull(unknown.getMessage()));
        }
    }

    private static String settingNamed(String name, Probe<?> probe) {
        return Settings.of(probe).stream()
                .map(Settings.Setting::name)
                .filter(known -> sameName(known, name))
                .findFirst()
                .orElse(name);
    }

    private static boolean isTrue(Sourced<String> given) {
        return switch (given.value().strip().toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default ->
                throw new InvalidPgWatchPropertyException(
                        given.property(), "want true or false, got '" + given.value() + "'");
        };
    }

    private static Probe<?> configured(Probe<?> probe, Map<String, Sourced<String>> settings) {
        Map<String, String> texts = new LinkedHashMap<>();
        settings.forEach((name, given) -> texts.put(name, given.value()));
        String properties = settings.values().stream().map(Sourced::property).collect(Collectors.joining(" and "));
        try {
            return Settings.replace(probe, texts);
        } catch (IllegalArgumentException contradiction) {
            throw new InvalidPgWatchPropertyException(properties, Objects.requireNonNull(contradiction.getMessage()));
        }
    }
}
