package io.pgwatch.spring.boot.autoconfigure;

import static io.pgwatch.spring.boot.autoconfigure.InvalidPgWatchPropertyException.blaming;

import io.pgwatch.PgWatches;
import io.pgwatch.core.Attribution;
import io.pgwatch.core.DataSources;
import io.pgwatch.core.JdbcPgWatch;
import io.pgwatch.core.jmx.PgWatchMBeans;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Names the watches and starts them, all or none. */
final class WatchStarter {

    private static final Logger log = LoggerFactory.getLogger(WatchStarter.class);

    private static final String SUFFIX = "DataSource";
    private static final String SOLE = "dataSource";

    private final PgWatchProperties properties;
    private final ForeignPools foreignPools;

    /**
     * @param foreignPools what is asked of pools that pgwatch does not know itself
     */
    WatchStarter(PgWatchProperties properties, ForeignPools foreignPools) {
        this.properties = properties;
        this.foreignPools = foreignPools;
    }

    /** The watches, sampling; null where there is nothing to watch. */
    @Nullable
    PgWatches start(List<WatchedDataSource> dataSources) {
        List<JdbcPgWatch.Builder> checked = checked(dataSources);
        return checked.isEmpty()
                ? null
                : new PgWatches(checked.stream().map(JdbcPgWatch.Builder::start).toList());
    }

    /** One builder for each watch; whatever is wrong is refused before any of them is started. */
    List<JdbcPgWatch.Builder> checked(List<WatchedDataSource> dataSources) {
        Map<String, WatchedDataSource> named = named(dataSources);
        requireKnown(named);
        named.keySet().removeIf(watch -> !WatchSettings.of(properties, watch).enabled());
        requireUrlForEach(named);
        return named.entrySet().stream()
                .map(one -> checked(one.getKey(), one.getValue()))
                .toList();
    }

    private JdbcPgWatch.Builder checked(String watch, WatchedDataSource dataSource) {
        WatchSettings settings = WatchSettings.of(properties, watch);
        JdbcPgWatch.Builder builder =
                JdbcPgWatch.builder(dataSource.dataSource()).name(watch).connectingTo(dataSource.target());
        if (!settings.hasUrl()) {
            blaming("the URL of data source bean '" + dataSource.bean() + "'", builder::check);
        }
        settings.configure(builder);
        builder.pool(() -> foreignPools.look(dataSource.bean(), dataSource.dataSource()));
        builder.attribution(attribution(watch, settings, dataSource.dataSource()));
        settings.downOn(); // refused here, whether or not anything shows health
        WatchSettings.Sourced<String> domain = settings.jmxDomain();
        blaming(domain.property(), () -> PgWatchMBeans.requireDomain(domain.value()));
        return blaming(settings.budgetProperty(), builder::check);
    }

    private static Attribution attribution(String watch, WatchSettings settings, DataSource dataSource) {
        Attribution wanted = settings.attribution();
        if (wanted != Attribution.OFF && !DataSources.isAttributed(dataSource)) {
            log.warn("{}: attribution is off, since its data source is no pool that pgwatch knows", watch);
            return Attribution.OFF;
        }
        return wanted;
    }

    private Map<String, WatchedDataSource> named(List<WatchedDataSource> dataSources) {
        Map<String, WatchedDataSource> named = new LinkedHashMap<>();
        for (WatchedDataSource one : dataSources) {
            String name = nameOf(one, dataSources.size() == 1);
            boolean taken = dataSources.stream()
                    .filter(other -> !other.equals(one))
                    .anyMatch(other ->
                            nameOf(other, false).equals(name) || other.bean().equals(name));
            named.put(taken ? one.bean() : name, one);
        }
        return named;
    }

    private String nameOf(WatchedDataSource dataSource, boolean sole) {
        String bean = dataSource.bean();
        if (bean.equals(SOLE)) {
            return sole ? databaseOf(dataSource) : SOLE;
        }
        return bean.endsWith(SUFFIX) && !bean.equals(SUFFIX)
                ? bean.substring(0, bean.length() - SUFFIX.length())
                : bean;
    }

    private String databaseOf(WatchedDataSource dataSource) {
        String url =
                properties.url() != null ? properties.url() : dataSource.url().orElse("");
        return DataSources.databaseOf(url)
                .filter(database -> !database.isBlank())
                .orElse(SOLE);
    }

    /** An application that runs on another database in this profile keeps the settings of the watches that it has in others. */
    private void requireKnown(Map<String, WatchedDataSource> named) {
        if (named.isEmpty()) {
            return;
        }
        for (String given : properties.watches().keySet()) {
            if (named.keySet().stream().noneMatch(watch -> WatchSettings.sameName(given, watch))) {
                throw new InvalidPgWatchPropertyException(
                        "pgwatch.watches." + given,
                        "unknown watch '" + given + "'; " + "there are " + String.join(", ", named.keySet()));
            }
        }
    }

    private void requireUrlForEach(Map<String, WatchedDataSource> named) {
        List<String> shared = named.keySet().stream()
                .filter(watch -> !WatchSettings.of(properties, watch).hasOwnUrl())
                .toList();
        if (properties.url() != null && shared.size() > 1) {
            throw new InvalidPgWatchPropertyException(
                    "pgwatch.url",
                    "one URL for the watches " + String.join(", ", shared)
                            + "; want pgwatch.watches.<name>.url for each of them");
        }
    }
}
