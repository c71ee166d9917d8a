package io.pgwatch.reliability;

import io.pgwatch.PgWatch;
import io.pgwatch.testsupport.PgServer;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;

/** What pgwatch has of this JVM and of a server. */
final class Holdings {

    private Holdings() {}

    /** The names of its live threads. */
    static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("pgwatch"))
                .sorted()
                .toList();
    }

    /** How many threads one watch has at most, beside the one that sweeps; the timer is everybody's. */
    static int extraThreads(List<PgWatch> watches) {
        List<String> names = threads();
        return watches.stream()
                .mapToInt(watch -> (int) names.stream()
                        .filter(name -> name.startsWith("pgwatch-" + watch.name() + "-"))
                        .count())
                .max()
                .orElse(0);
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

    /** The most sessions that one watch has at the server. */
    static int sessions(PgServer server) {
        return Integer.parseInt(server.ask("select coalesce(max(n), 0) from (select count(*) as n from pg_stat_activity"
                + " where application_name like 'pgwatch %' group by split_part(application_name, ' ', 2)) as each"));
    }
}
