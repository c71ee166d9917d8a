package io.pgwatch.testsupport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;
import static org.junit.platform.testkit.engine.EventConditions.event;
import static org.junit.platform.testkit.engine.EventConditions.finishedWithFailure;
import static org.junit.platform.testkit.engine.EventConditions.test;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.message;

import java.lang.management.ManagementFactory;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.management.ObjectName;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;

class LeakCheckIT {

    private static final List<AutoCloseable> LEFT = new ArrayList<>();

    @AfterEach
    void tidyUp() throws Exception {
        for (AutoCloseable left : LEFT) {
            left.close();
        }
        LEFT.clear();
    }

    @Test
    void fails_a_test_that_leaves_something() {
        String expected =
                "left behind: [MBean io.pgwatch:name=left, session pgwatch:left on PostgreSQL %s, thread pgwatch-sweeper]"
                        .formatted(Majors.newest());

        Awaitility.setDefaultTimeout(Duration.ofSeconds(2)); // and not as long as a busy machine may take
        try {
            run("leaves_a_thread_an_mbean_and_a_session")
                    .assertThatEvents()
                    .haveExactly(1, event(test(), finishedWithFailure(message(expected))));
        } finally {
            Awaitility.setDefaultTimeout(Patience.TIME);
        }
    }

    @Test
    void lets_a_tidy_test_pass() {
        assertThat(run("leaves_nothing").succeeded().count()).isEqualTo(1);
    }

    @Test
    void waits_for_what_is_about_to_go() {
        assertThat(run("leaves_a_thread_that_ends_soon").succeeded().count()).isEqualTo(1);
    }

    private static Events run(String method) {
        return EngineTestKit.engine("junit-jupiter")
                .selectors(
                        selectMethod("%s#%s(%s)".formatted(Untidy.class.getName(), method, PgServer.class.getName())))
                .execute()
                .testEvents();
    }

    @NoLeaks
    static class Untidy {

        @Test
        void leaves_a_thread_an_mbean_and_a_session(@Postgres PgServer server) throws Exception {
            CountDownLatch end = new CountDownLatch(1);
            startThread(end::await);
            LEFT.add(end::countDown);
            ObjectName name = new ObjectName("io.pgwatch:name=left");
            ManagementFactory.getPlatformMBeanServer().registerMBean(new Left(), name);
            LEFT.add(() -> ManagementFactory.getPlatformMBeanServer().unregisterMBean(name));
            LEFT.add(openSession(server));
        }

        @Test
        void leaves_a_thread_that_ends_soon(@Postgres PgServer server) {
            CountDownLatch never = new CountDownLatch(1);
            startThread(() -> never.await(300, TimeUnit.MILLISECONDS));
        }

        @Test
        void leaves_nothing(@Postgres PgServer server) throws SQLException {
            openSession(server).close();
        }

        private static Connection openSession(PgServer server) throws SQLException {
            Connection connection = server.connect("plain", "app");
            connection.setClientInfo("ApplicationName", "pgwatch:left");
            return connection;
        }

        private static void startThread(ThrowingRunnable work) {
            Thread thread = new Thread(() -> assertThatCode(work::run).doesNotThrowAnyException(), "pgwatch-sweeper");
            thread.start();
        }
    }

    private interface ThrowingRunnable {
        void run() throws Exception;
    }

    public interface LeftMBean {}

    public static class Left implements LeftMBean {}
}
