package io.pgwatch.testsupport;

import static org.awaitility.Awaitility.await;

import java.lang.management.ManagementFactory;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import javax.management.ObjectName;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/**
 * Compares what pgwatch holds before and after a test: live threads named {@code pgwatch...}, MBeans in domains
 * {@code io.pgwatch...}, and sessions with an application_name of {@code pgwatch...} on each server of this JVM that answers.
 *
 * <p>What is closed may take a few seconds to go, and more on a machine that is busy with other things.
 */
public final class LeakCheck implements BeforeEachCallback, AfterEachCallback {

    private static final Namespace NAMESPACE = Namespace.create(LeakCheck.class);

    @Override
    public void beforeEach(ExtensionContext context) {
        context.getStore(NAMESPACE).put(Holdings.class, Holdings.now());
    }

    @Override
    public void afterEach(ExtensionContext context) {
        Holdings before = context.getStore(NAMESPACE).getOrDefault(Holdings.class, Holdings.class, Holdings.NONE);
        try {
            await().pollDelay(Duration.ZERO)
                    .until(() -> Holdings.now().without(before).isEmpty());
        } catch (ConditionTimeoutException e) {
            throw new AssertionError(
                    "left behind: " + Holdings.now().without(before).names());
        }
    }

    /** Each set holds what tells two things of the same name apart. */
    private record Holdings(Set<Thread> threads, Set<ObjectName> beans, Set<Session> sessions) {

        static final Holdings NONE = new Holdings(Set.of(), Set.of(), Set.of());

        static Holdings now() {
            Set<Thread> threads = new HashSet<>(Thread.getAllStackTraces().keySet());
            threads.removeIf(thread -> !thread.getName().startsWith("pgwatch"));
            Set<ObjectName> beans = ManagementFactory.getPlatformMBeanServer().queryNames(null, null);
            beans.removeIf(bean -> !bean.getDomain().startsWith("io.pgwatch"));
            Set<Session> sessions = new HashSet<>();
            LocalServer.answering().forEach(server -> addSessions(server, sessions));
            return new Holdings(threads, beans, sessions);
        }

        Holdings without(Holdings other) {
            return new Holdings(
                    minus(threads, other.threads), minus(beans, other.beans), minus(sessions, other.sessions));
        }

        boolean isEmpty() {
            return equals(NONE);
        }

        Set<String> names() {
            Set<String> names = new TreeSet<>();
            threads.forEach(thread -> names.add("thread " + thread.getName()));
            beans.forEach(bean -> names.add("MBean " + bean));
            sessions.forEach(session -> names.add("session " + session.application() + " on " + session.server()));
            return names;
        }

        private static <T> Set<T> minus(Set<T> all, Set<T> others) {
            Set<T> rest = new HashSet<>(all);
            rest.removeAll(others);
            return rest;
        }

        private static void addSessions(PgServer server, Set<Session> sessions) {
            try (Connection connection = server.connect("postgres", "postgres");
                    Statement statement = connection.createStatement();
                    ResultSet rows = statement.executeQuery(
                            "select pid, application_name from pg_stat_activity where application_name like 'pgwatch%'")) {
                while (rows.next()) {
                    sessions.add(new Session(server.toString(), rows.getLong(1), rows.getString(2)));
                }
            } catch (SQLException e) {
                throw new Database.SqlFailure(e);
            }
        }
    }

    private record Session(String server, long pid, String application) {}
}
