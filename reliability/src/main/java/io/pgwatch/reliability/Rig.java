package io.pgwatch.reliability;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.pgwatch.PgWatch;
import io.pgwatch.core.ConnectionMode;
import io.pgwatch.core.JdbcPgWatch;
import io.pgwatch.core.jmx.PgWatchMBeans;
import io.pgwatch.core.probes.BloatProbe;
import io.pgwatch.core.probes.BuiltInProbes;
import io.pgwatch.core.probes.PoolSaturationProbe;
import io.pgwatch.micrometer.PgWatchMetrics;
import io.pgwatch.probe.Probe;
import io.pgwatch.testsupport.FaultProxy;
import io.pgwatch.testsupport.MovableClock;
import io.pgwatch.testsupport.PgServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;

/**
 * What a fault meets: a server, a network before it, the Spring Boot sample, and beside its watch one that plain Java made on
 * the same pool.
 */
public final class Rig implements AutoCloseable {

    static final Duration INTERVAL = Duration.ofMillis(500);

    private final PgServer server;
    private final Options options;
    private final FaultProxy network;
    private volatile PgServer behindNetwork;
    private final MovableClock clock = new MovableClock();
    private final Application application;
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final List<PgWatch> watches = new ArrayList<>();

    /**
     * How a rig differs from the usual one.
     *
     * @param port where clients connect, if not through the network of the rig; 0 for that
     * @param role whom the application logs in as
     * @param mode where both watches get their connection
     * @param source what the watch of plain Java is given in place of the pool
     * @param library what else is told to the builder of that watch
     * @param atWork whether the sample does its work, whose threads wait for the pool when the database is gone
     */
    record Options(
            int port,
            String role,
            String database,
            ConnectionMode mode,
            UnaryOperator<DataSource> source,
            Consumer<JdbcPgWatch.Builder> library,
            boolean atWork) {

        static final Options USUAL =
                new Options(0, "app", "app", ConnectionMode.DEDICATED, pool -> pool, builder -> {}, false);

        Options behind(int otherPort) {
            return new Options(otherPort, role, database, mode, source, library, atWork);
        }

        Options as(String otherRole) {
            return new Options(port, otherRole, database, mode, source, library, atWork);
        }

        Options in(String otherDatabase) {
            return new Options(port, role, otherDatabase, mode, source, library, atWork);
        }

        Options pooled() {
            return new Options(port, role, database, ConnectionMode.POOLED, source, library, atWork);
        }

        Options around(UnaryOperator<DataSource> otherSource) {
            return new Options(port, role, database, mode, otherSource, library, atWork);
        }

        Options with(Consumer<JdbcPgWatch.Builder> told) {
            return new Options(port, role, database, mode, source, told, atWork);
        }

        Options busy() {
            return new Options(port, role, database, mode, source, library, true);
        }
    }

    Rig(PgServer server, Options options) {
        this.server = server;
        this.options = options;
        this.network = FaultProxy.inFrontOf(server);
        this.behindNetwork = server;
        int port = options.port() == 0 ? network.port() : options.port();
        Map<String, Object> properties = new HashMap<>(Map.of(
                "pgwatch.interval",
                INTERVAL.toMillis() + "ms",
                "pgwatch.budget",
                INTERVAL.toMillis() + "ms",
                "pgwatch.connection",
                options.mode().name().toLowerCase(Locale.ROOT),
                "pgwatch.probes.pool-saturation.warning-pending",
                "1s"));
        if (!options.atWork()) {
            properties.put("sample.workload.threads", 0);
        }
        this.application = Application.start(
                "jdbc:postgresql://127.0.0.1:" + port + "/" + options.database() + "?" + Sockets.IN_URL,
                options.role(),
                "secret",
                properties);
        watches.add(application.watch());
        watches.add(startLibrary());
        watches.forEach(watch -> new PgWatchMetrics(watch).bindTo(registry));
    }

    private PgWatch startLibrary() {
        JdbcPgWatch.Builder builder = inPlainJava("library");
        options.library().accept(builder);
        return started(builder);
    }

    /** One more watch of plain Java with its MBeans, for the caller to close. */
    PgWatch another(String name) {
        return started(inPlainJava(name));
    }

    private static PgWatch started(JdbcPgWatch.Builder builder) {
        PgWatch watch = builder.start();
        PgWatchMBeans.register(watch);
        return watch;
    }

    private JdbcPgWatch.Builder inPlainJava(String name) {
        return JdbcPgWatch.builder(options.source().apply(application.pool()))
                .name(name)
                .interval(INTERVAL)
                .budget(INTERVAL)
                .connection(options.mode())
                .probes(probes())
                .clock(clock);
    }

    /** All but the one that only one watch of a role runs. */
    static List<Probe<?>> probes() {
        PoolSaturationProbe usual = PoolSaturationProbe.withDefaults();
        List<Probe<?>> probes = new ArrayList<>(BuiltInProbes.withDefaults());
        probes.removeIf(BloatProbe.class::isInstance);
        probes.replaceAll(probe -> probe instanceof PoolSaturationProbe
                ? new PoolSaturationProbe(
                        usual.warningUsed(),
                        usual.criticalUsed(),
                        Duration.ofSeconds(1),
                        usual.criticalPending(),
                        usual.warningPoolerWait(),
                        usual.criticalPoolerWait(),
                        usual.surge(),
                        usual.warningUntilFull())
                : probe);
        return probes;
    }

    PgServer server() {
        return server;
    }

    FaultProxy network() {
        return network;
    }

    /** From now on another server answers at the address. */
    void leadTo(PgServer other) {
        behindNetwork = other;
        network.leadTo(other);
    }

    /** The server that answers at the address. */
    PgServer behindNetwork() {
        return behindNetwork;
    }

    /** The clock of the watch that plain Java made. */
    MovableClock clock() {
        return clock;
    }

    Application application() {
        return application;
    }

    /** The application's, then that of plain Java. */
    List<PgWatch> watches() {
        return watches;
    }

    PgWatch library() {
        return watches.get(1);
    }

    /** Where the meters of the watches are, in the same order. */
    List<MeterRegistry> registries() {
        return List.of(application.registry(), registry);
    }

    /** What a scrape would get of both watches, without the other meters of the application. */
    String scrape() {
        return registry.scrape();
    }

    /** What is in the registry of that scrape. */
    List<Meter> metersOfWatches() {
        return registry.getMeters();
    }

    @Override
    public void close() {
        library().close();
        application.close();
        network.close();
    }
}
