package io.pgwatch.sample.quickstart;

import io.pgwatch.PgWatch;
import io.pgwatch.core.JdbcPgWatch;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/** The lines that the README shows. */
public final class QuickStart {

    private QuickStart() {}

    /** Prints a report of the database at the JDBC URL given every 15 seconds. */
    public static void main(String[] args) throws InterruptedException {
        PGSimpleDataSource dataSource = new PGSimpleDataSource();
        dataSource.setUrl(args[0]);
        watch(dataSource);
    }

    private static void watch(DataSource dataSource) throws InterruptedException {
        try (PgWatch watch = JdbcPgWatch.builder(dataSource).name("orders").start()) {
            watch.listen(report -> System.out.println(report.text()));
            Thread.currentThread().join();
        }
    }
}
