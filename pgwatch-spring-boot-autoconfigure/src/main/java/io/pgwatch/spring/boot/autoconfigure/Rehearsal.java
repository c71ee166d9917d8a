package io.pgwatch.spring.boot.autoconfigure;

import java.util.List;
import java.util.Optional;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.boot.context.properties.bind.Binder;

/**
 * Does once, beside the start of the application, what its main thread does later for each data source: so the classes are
 * loaded by then, which is nearly all that the making of a watch costs. Connects to nothing and starts nothing.
 */
final class Rehearsal {

    private static final String URL = "jdbc:postgresql://localhost/rehearsal";

    private Rehearsal() {}

    static void play() {
        PgWatchProperties defaults = new Binder(List.of()).bindOrCreate("pgwatch", PgWatchProperties.class);
        PGSimpleDataSource nowhere = new PGSimpleDataSource();
        nowhere.setUrl(URL);
        new WatchStarter(defaults, (bean, pool) -> Optional.empty())
                .checked(List.of(new WatchedDataSource("rehearsal", nowhere, Optional.of(URL), Optional::empty)));
    }
}
