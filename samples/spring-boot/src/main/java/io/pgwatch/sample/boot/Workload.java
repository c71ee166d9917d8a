package io.pgwatch.sample.boot;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionTemplate;

/** Money that moves between accounts, some hundred times a second. */
@Component
class Workload {

    static final String SCHEMA = "pgwatch_sample";

    private static final int ACCOUNTS = 1000;
    private static final long PAUSE_MILLIS = 20;
    private static final long RETRY_MILLIS = 1000;

    private final JdbcTemplate jdbc;
    private final TransactionTemplate transaction;
    private volatile boolean hasMadeSchema;
    private volatile boolean works;
    private final int count;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private volatile boolean stopping;

    Workload(
            JdbcTemplate jdbc,
            PlatformTransactionManager transactions,
            @Value("${sample.workload.threads:4}") int count) {
        this.jdbc = jdbc;
        this.transaction = new TransactionTemplate(transactions);
        this.count = count;
    }

    @EventListener(ApplicationReadyEvent.class)
    void start() {
        for (int i = 0; i < count; i++) {
            threads.execute(() -> {
                repeatUntil(this::createTables);
                repeatUntil(() -> {
                    transaction.executeWithoutResult(status -> transfer());
                    pause(PAUSE_MILLIS);
                    return false;
                });
            });
        }
    }

    @EventListener(ContextClosedEvent.class)
    void stop() throws InterruptedException {
        stopping = true;
        threads.shutdownNow();
        if (threads.awaitTermination(1, TimeUnit.SECONDS) && hasMadeSchema && works) {
            try {
                jdbc.execute("drop schema if exists " + SCHEMA + " cascade");
            } catch (DataAccessException serverGone) {
                // and the schema with it, or it stays
            }
        }
    }

    /** One thread at a time; the others find everything there. */
    private synchronized boolean createTables() {
        if (jdbc.queryForObject("select to_regnamespace(?)", String.class, SCHEMA) == null) {
            jdbc.execute("create schema " + SCHEMA);
            hasMadeSchema = true;
        }
        jdbc.execute("create table if not exists " + SCHEMA
                + ".account (id int primary key, balance bigint not null default 0)");
        jdbc.execute(
                "create table if not exists " + SCHEMA
                        + ".transfer (id bigint generated always as identity primary key, source int, target int, amount bigint)");
        jdbc.execute("insert into " + SCHEMA + ".account select generate_series(0, " + (ACCOUNTS - 1)
                + ") on conflict do nothing");
        return true;
    }

    private void transfer() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        int one = random.nextInt(ACCOUNTS);
        int other = random.nextInt(ACCOUNTS);
        long amount = random.nextLong(1, 100);
        add(Math.min(one, other), -amount); // always in this order, so that no two wait for each other
        add(Math.max(one, other), amount);
        jdbc.update(
                "insert into " + SCHEMA + ".transfer (source, target, amount) values (?, ?, ?)", one, other, amount);
    }

    private void add(int account, long amount) {
        jdbc.update("update " + SCHEMA + ".account set balance = balance + ? where id = ?", amount, account);
    }

    /** A sick database makes an application slow or wrong, but should not end it. */
    private void repeatUntil(BooleanSupplier done) {
        while (!stopping) {
            try {
                boolean isDone = done.getAsBoolean();
                works = true;
                if (isDone) {
                    return;
                }
            } catch (DataAccessException | TransactionException tryAgain) {
                works = works && stopping; // an interruption is no failure
                pause(RETRY_MILLIS);
            }
        }
    }

    private void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            stopping = true;
            Thread.currentThread().interrupt();
        }
    }
}
