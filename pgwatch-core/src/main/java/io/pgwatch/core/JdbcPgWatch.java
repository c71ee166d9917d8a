package io.pgwatch.core;

import static java.util.Objects.requireNonNull;

import io.pgwatch.PgWatch;
import io.pgwatch.Report;
import io.pgwatch.ReportListener;
import io.pgwatch.core.pool.Borrows;
import io.pgwatch.core.pool.Pools;
import io.pgwatch.core.pooler.PoolerLook;
import io.pgwatch.core.probes.BuiltInProbes;
import io.pgwatch.core.text.Durations;
import io.pgwatch.probe.Probe;
import io.pgwatch.snapshot.ClientPools.ClientPool;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A watch that reads PostgreSQL over JDBC: on one daemon thread of its own and, unless told otherwise, on one connection of
 * its own. It is made by {@link #builder}, and samples from {@link Builder#start} until {@link #close}.
 */
public final class JdbcPgWatch implements PgWatch {

    private final WatchOptions options;
    private final Publisher publisher;
    private final SweepLoop loop;

    private JdbcPgWatch(WatchOptions options) {
        this.options = options;
        this.publisher = new Publisher(options);
        this.loop = new SweepLoop(options, publisher);
    }

    /** A watch of the database that a data source leads to. The data source is neither started nor borrowed from. */
    public static Builder builder(DataSource dataSource) {
        return new Builder(requireNonNull(dataSource, "dataSource"));
    }

    /** A watch of the database at a JDBC URL, in a process that has no pool for it. */
    public static Builder builder(String url) {
        return new Builder(null).url(url);
    }

    @Override
    public String name() {
        return options.name();
    }

    @Override
    public List<Probe<?>> probes() {
        return options.probes();
    }

    @Override
    public Optional<Report> latest() {
        return Optional.ofNullable(publisher.latest());
    }

    @Override
    public void refresh() {
        loop.refresh();
    }

    @Override
    public Listening listen(ReportListener listener) {
        return publisher.listen(requireNonNull(listener, "listener"));
    }

    @Override
    public void close() {
        loop.close();
        publisher.close();
    }

    /** Collects what a watch needs to know, refuses what is wrong, and starts it. Not safe for use by several threads. */
    public static final class Builder {

        private static final Duration LEAST_INTERVAL = Duration.ofMillis(100);
        private static final Duration LONGEST_INTERVAL = Duration.ofDays(1);
        private static final Duration LEAST_BUDGET = Duration.ofMillis(50);

        private final @Nullable DataSource dataSource;
        private @Nullable String name;
        private Duration interval = Duration.ofSeconds(15);
        private @Nullable Duration budget;
        private ConnectionMode mode = ConnectionMode.DEDICATED;
        private @Nullable String url;
        private @Nullable String username;
        private @Nullable String password;
        private Supplier<Optional<ConnectionTarget>> target = Optional::empty;
        private List<Probe<?>> probes = BuiltInProbes.withDefaults();
        private Supplier<Optional<ClientPool>> pool = Optional::empty;
        private Attribution attribution = Attribution.OFF;
        private Optional<ConnectionTarget> console = Optional.empty();
        private boolean queryText;
        private @Nullable String instance;
        private Clock clock = Clock.systemUTC();
        private @Nullable Clock steady;

        private Builder(@Nullable DataSource dataSource) {
            this.dataSource = dataSource;
        }

        /** The name that reports, metrics and MBeans show. Default: the name of the database. */
        public Builder name(String name) {
            if (requireNonNull(name, "name").isBlank()) {
                throw new IllegalArgumentException(
                        "want a name with at least one visible character, got '" + name + "'");
            }
            this.name = name;
            return this;
        }

        /** Time from one sweep to the next, give or take a tenth. Default: 15 s; 100 ms to 1 day. */
        public Builder interval(Duration interval) {
            requireNonNull(interval, "interval");
            if (interval.compareTo(LEAST_INTERVAL) < 0 || interval.compareTo(LONGEST_INTERVAL) > 0) {
                throw new IllegalArgumentException("want an interval of 100ms to 1 day, got " + Durations.of(interval));
            }
            this.interval = interval;
            return this;
        }

        /** Time that one sweep may take at the server. Default: 1 s, or the interval if that is shorter; at least 50 ms. */
        public Builder budget(Duration budget) {
            if (requireNonNull(budget, "budget").compareTo(LEAST_BUDGET) < 0) {
                throw new IllegalArgumentException("want a budget of 50ms or more, got " + Durations.of(budget));
            }
            this.budget = budget;
            return this;
        }

        /** Where sweeps get their connection. Default: {@link ConnectionMode#DEDICATED}. */
        public Builder connection(ConnectionMode mode) {
            this.mode = requireNonNull(mode, "mode");
            return this;
        }

        /** A JDBC URL of PostgreSQL to connect to, in place of the data source's own. */
        public Builder url(String url) {
            this.url = Targets.requirePostgres(requireNonNull(url, "url"));
            return this;
        }

        /** A role of the watch's own, in place of the data source's. */
        public Builder username(@Nullable String username) {
            this.username = username;
            return this;
        }

        /** The password of {@link #username}, or of the role that the URL names; refused where there is neither. */
        public Builder password(@Nullable String password) {
            this.password = password;
            return this;
        }

        /**
         * Where to connect when no {@link #url} is given, asked anew at each attempt; empty to ask the data source itself.
         */
        public Builder connectingTo(Supplier<Optional<ConnectionTarget>> target) {
            this.target = requireNonNull(target, "target");
            return this;
        }

        /** The probes to run, one or more, in the order in which reports list them. Default: all built-in ones with their defaults. */
        public Builder probes(Collection<? extends Probe<?>> probes) {
            Set<String> ids = new HashSet<>();
            for (Probe<?> probe : requireNonNull(probes, "probes")) {
                requireNonNull(probe, "probe");
                if (!ids.add(probe.id().value())) {
                    throw new IllegalArgumentException("want each probe once, got " + probe.id() + " twice");
                }
                requireNeeds(probe);
            }
            if (ids.isEmpty()) {
                throw new IllegalArgumentException("want at least one probe, got none");
            }
            this.probes = List.copyOf(probes);
            return this;
        }

        private static void requireNeeds(Probe<?> probe) {
            try {
                requireNonNull(probe.needs(), "needs");
            } catch (RuntimeException e) {
                throw new IllegalArgumentException(
                        "want probes that say which sections they need, but " + probe.id() + " failed: " + e, e);
            }
        }

        /**
         * What the pool is doing, for one of a kind that pgwatch does not know itself; asked every second, so it must neither
         * wait nor start anything. Empty where it cannot be told.
         */
        public Builder pool(Supplier<Optional<ClientPool>> pool) {
            this.pool = requireNonNull(pool, "pool");
            return this;
        }

        /**
         * What is kept of each borrowing, so that findings name the borrower; the data source must be, or unwrap to, an {@link
         * AttributedDataSource} then. Default: {@link Attribution#OFF}.
         */
        public Builder attribution(Attribution attribution) {
            this.attribution = requireNonNull(attribution, "attribution");
            return this;
        }

        /**
         * The admin console of the PgBouncer that stands before the server; it is asked once a sweep. Default: none.
         *
         * @param url such as {@code jdbc:postgresql://localhost:6432/pgbouncer}
         * @param username one of PgBouncer's {@code stats_users} or {@code admin_users}; null where the URL names it
         * @param password null where the URL has it, or none is needed
         */
        public Builder pooler(String url, @Nullable String username, @Nullable String password) {
            PoolerLook.requireConsole(url, username);
            this.console = Optional.of(new ConnectionTarget(url, username, password));
            return this;
        }

        /**
         * Whether findings show the beginning of the statement that a session runs or ran last. It may hold what users
         * typed. Default: false.
         */
        public Builder queryText(boolean show) {
            this.queryText = show;
            return this;
        }

        /** What tells this process from its siblings, for people who read application_name. Default: host name and pid. */
        public Builder instance(String instance) {
            this.instance = requireNonNull(instance, "instance");
            return this;
        }

        /** The clock by which reports are dated; it may be set while the watch runs. Default: the system's. */
        public Builder clock(Clock clock) {
            this.clock = requireNonNull(clock, "clock");
            return this;
        }

        /** A test's way to let time pass. */
        Builder steady(Clock steady) {
            this.steady = steady;
            return this;
        }

        /**
         * Refuses what {@link #start} would refuse, and starts nothing.
         *
         * @return this
         * @throws IllegalArgumentException if settings contradict each other, or the data source does not lead to PostgreSQL
         */
        public Builder check() {
            options();
            return this;
        }

        /**
         * Starts sampling and returns at once, whatever state the database is in.
         *
         * @throws IllegalArgumentException if settings contradict each other, or the data source does not lead to PostgreSQL
         */
        public PgWatch start() {
            JdbcPgWatch watch = new JdbcPgWatch(options());
            watch.loop.start();
            return watch;
        }

        private WatchOptions options() {
            Duration budgetOrDefault = budget != null ? budget : min(Duration.ofSeconds(1), interval);
            if (budgetOrDefault.compareTo(interval) > 0) {
                throw new IllegalArgumentException("want a budget of at most the interval " + Durations.of(interval)
                        + ", got " + Durations.of(budgetOrDefault));
            }
            Targets targets = new Targets(dataSource, url, username, password, target);
            return new WatchOptions(
                    name != null ? name : targets.databaseName().orElse("postgres"),
                    interval,
                    budgetOrDefault,
                    mode,
                    targets,
                    probes,
                    new ApplicationSide(pool, attribution, borrows(), console),
                    queryText,
                    instance != null ? instance : WatchOptions.thisProcess(),
                    steady != null ? steady : new SteadyClock(clock, System::nanoTime),
                    clock);
        }

        private Optional<Borrows> borrows() {
            if (attribution == Attribution.OFF) {
                return Optional.empty();
            }
            Optional<Borrows> found = Optional.ofNullable(dataSource)
                    .flatMap(source -> Pools.unwrap(source, AttributedDataSource.class))
                    .map(AttributedDataSource::borrows);
            if (found.isEmpty()) {
                throw new IllegalArgumentException("want an AttributedDataSource around the pool for attribution "
                        + attribution + ", got "
                        + (dataSource == null ? "a URL" : dataSource.getClass().getName()));
            }
            return found;
        }

        private static Duration min(Duration one, Duration other) {
            return one.compareTo(other) <= 0 ? one : other;
        }
    }
}
