package io.pgwatch.sample.quickstart;

import io.pgwatch.PgWatch;
import io.pgwatch.core.JdbcPgWatch;
import org.postgresql.ds.PGSimpleDataSource;

/** The lines that the README shows. */
public final class QuickStart {

    private QuickStart() {}

    /** Prints a report of the database at the JDBC URL given every 15 seconds. */
    public static void main(String[] args) throws InterruptedException {
        PGSimpleDataSource dataSource = new PGSimpleDataSource();
        dataSource.setUrl(args[0]);

        PgWatch watch = JdbcPgWatch.builder(dataSource).name("orders").start();
        watch.listen(report -> System.out.println(report.text()));

        Thread.currentThread().join(); // an application has better things to do, and closes the watch when it ends
    }
}
