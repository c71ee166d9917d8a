package io.pgwatch.spring.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.pgwatch.PgWatch;
import io.pgwatch.Report;
import io.pgwatch.evidence.IdleInTransaction;
import io.pgwatch.evidence.ProbeIds;
import io.pgwatch.probe.Finding;
import io.pgwatch.testsupport.FreshDatabase;
import io.pgwatch.testsupport.NoLeaks;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.Postgres;
import jakarta.persistence.Entity;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.Id;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;
import org.springframework.orm.jpa.SharedEntityManagerCreator;
import org.springframework.orm.jpa.persistenceunit.PersistenceManagedTypes;
import org.springframework.orm.jpa.vendor.HibernateJpaVendorAdapter;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Whether a thread that stays in a transaction of Spring's is named, until it leaves it. */
@NoLeaks
class AttributionIT {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withClassLoader(new FilteredClassLoader("org.springframework.boot.jdbc.autoconfigure"))
            .withConfiguration(AutoConfigurations.of(PgWatchAutoConfiguration.class))
            .withPropertyValues(
                    "pgwatch.attribution=stack",
                    "pgwatch.interval=500ms",
                    "pgwatch.probes.idle-in-transaction.warning-idle=1s",
                    "pgwatch.probes.idle-in-transaction.harmful-idle=1s");

    @Test
    void a_transaction_around_a_jdbc_template_has_a_name_until_it_ends(@Postgres PgServer server) {
        try (FreshDatabase database = server.freshDatabase()) {
            over(database).withUserConfiguration(Jdbc.class).run(context -> {
                JdbcTemplate template = context.getBean(JdbcTemplate.class);
                oneAfterTheOtherIsNamed(context, () -> template.queryForObject("select 1", Integer.class));
            });
        }
    }

    @Test
    void a_transaction_of_an_entity_manager_has_a_name_until_it_ends(@Postgres PgServer server) {
        try (FreshDatabase database = server.freshDatabase()) {
            database.execute("create table purchase (id int primary key)", "grant insert on purchase to app");
            over(database).withUserConfiguration(Jpa.class).run(context -> {
                EntityManager entities = context.getBean(EntityManager.class);
                AtomicInteger ids = new AtomicInteger();
                oneAfterTheOtherIsNamed(context, () -> {
                    entities.persist(new Purchase(ids.incrementAndGet()));
                    entities.flush();
                });
            });
            assertThat(database.ask("select count(*) from purchase")).isEqualTo("2");
        }
    }

    private ApplicationContextRunner over(FreshDatabase database) {
        return runner.withBean("ordersDataSource", DataSource.class, () -> {
            HikariDataSource pool = new HikariDataSource();
            pool.setJdbcUrl(database.jdbcUrl());
            pool.setUsername("app");
            pool.setMaximumPoolSize(1);
            return pool;
        });
    }

    /** Both have the only connection of the pool. */
    private static void oneAfterTheOtherIsNamed(ApplicationContext context, Runnable statement) throws Exception {
        isNamedWhileInTransaction(context, "orders-worker-7", statement);
        awaitReport(context, report -> {
            assertThat(sessions(report)).isEmpty();
            assertThat(report.json()).doesNotContain("orders-worker-7");
        });
        isNamedWhileInTransaction(context, "billing-worker-2", statement);
    }

    private static void isNamedWhileInTransaction(ApplicationContext context, String name, Runnable statement)
            throws Exception {
        TransactionTemplate transaction = new TransactionTemplate(context.getBean(PlatformTransactionManager.class));
        CountDownLatch mayCommit = new CountDownLatch(1);
        Thread worker = new Thread(
                () -> transaction.executeWithoutResult(status -> {
                    statement.run();
                    awaitQuietly(mayCommit);
                }),
                name);
        worker.start();
        try {
            awaitReport(context, report -> {
                assertThat(sessions(report))
                        .singleElement()
                        .extracting(IdleInTransaction.Session::borrower)
                        .asString()
                        .matches(inWords(name));
                assertThat(report.verdict(ProbeIds.IDLE_IN_TRANSACTION).findings())
                        .singleElement()
                        .extracting(Finding::summary)
                        .asString()
                        .containsPattern("; held by " + inWords(name));
            });
        } finally {
            mayCommit.countDown();
            worker.join();
        }
    }

    /** Where it waits, and where it began the transaction: both in this class, though the code of others lies between. */
    private static String inWords(String thread) {
        return "thread " + thread + " since \\d\\d:\\d\\d:\\d\\dZ, now in AttributionIT.java:(\\d+),"
                + " borrowed in AttributionIT.java:(?!\\1$)\\d+";
    }

    private static void awaitReport(ApplicationContext context, Consumer<Report> expected) {
        PgWatch watch = context.getBean(PgWatch.class);
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(watch.latest()).hasValueSatisfying(report -> expected.accept(report)));
    }

    private static List<IdleInTransaction.Session> sessions(Report report) {
        return report.verdict(ProbeIds.IDLE_IN_TRANSACTION).seen().orElseThrow().sessions();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Jdbc {

        @Bean
        JdbcTemplate jdbcTemplate(DataSource dataSource) {
            return new JdbcTemplate(dataSource);
        }

        @Bean
        PlatformTransactionManager transactionManager(DataSource dataSource) {
            return new DataSourceTransactionManager(dataSource);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Jpa {

        @Bean
        LocalContainerEntityManagerFactoryBean entityManagerFactory(DataSource dataSource) {
            LocalContainerEntityManagerFactoryBean factory = new LocalContainerEntityManagerFactoryBean();
            factory.setDataSource(dataSource);
            factory.setJpaVendorAdapter(new HibernateJpaVendorAdapter());
            factory.setManagedTypes(PersistenceManagedTypes.of(Purchase.class.getName()));
            return factory;
        }

        @Bean
        PlatformTransactionManager transactionManager(EntityManagerFactory factory) {
            return new JpaTransactionManager(factory);
        }

        /** What {@code @PersistenceContext} gives. */
        @Bean
        EntityManager entityManager(EntityManagerFactory factory) {
            return SharedEntityManagerCreator.createSharedEntityManager(factory);
        }
    }

    @Entity(name = "purchase")
    static class Purchase {

        @Id
        @SuppressWarnings("unused") // by Hibernate
        private int id;

        Purchase() {}

        Purchase(int id) {
            this.id = id;
        }
    }
}
