package io.pgwatch.reliability;

import io.pgwatch.testsupport.PgServer;
import java.lang.management.ManagementFactory;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;

/** What pgwatch has of this JVM and of a server. */
final class Holdings {

    /** Not from the view pg_stat_activity, which reads pg_database and pg_authid. */
    private static final String MOST_SESSIONS =
            "select coalesce(max(n), 0) from (select count(*) as n from pg_stat_get_activity(null)"
                    + " where application_name like 'pgwatch %' group by split_part(application_name, ' ', 2)) as each";

    private Holdings() {}

    /** The names of its live threads. */
    static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("pgwatch"))
                .sorted()
                .toList();
    }

    static Set<String> beans() {
        try {
            return ManagementFactory.getPlatformMBeanServer().queryNames(new ObjectName("io.pgwatch*:*"), null).stream()
                    .map(ObjectName::toString)
                    .collect(Collectors.toCollection(TreeSet::new));
        } catch (MalformedObjectNameException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** What a watch of that name has in this JVM. */
    static List<String> of(String watch) {
        List<String> all = new ArrayList<>();
        threads().stream()
                .filter(thread -> thread.matches("pgwatch[- ]" + watch + "([- ].*)?"))
                .forEach(thread -> all.add("thread " + thread));
        beans().stream().filter(bean -> bean.contains(watch)).forEach(bean -> all.add("MBean " + bean));
        if (Sockets.open().containsKey(watch)) {
            all.add(Sockets.open().get(watch) + " connections");
        }
        return all;
    }

    /** What pgwatch has in this JVM. */
    static List<String> all() {
        List<String> all = new ArrayList<>();
        threads().forEach(thread -> all.add("thread " + thread));
        beans().forEach(bean -> all.add("MBean " + bean));
        Sockets.open().forEach((watch, open) -> all.add(open + " connections of " + watch));
        return all;
    }

    /** The most sessions that one watch has at the server. */
    static int sessions(PgServer server) {
        return Integer.parseInt(server.ask(MOST_SESSIONS));
    }

    /** The same, in a session that is there already, since somebody may have locked what a login reads. */
    static int sessions(Connection session) throws SQLException {
        try (Statement statement = session.createStatement();
                ResultSet row = statement.executeQuery(MOST_SESSIONS)) {
            row.next();
            return row.getInt(1);
        }
    }
}
