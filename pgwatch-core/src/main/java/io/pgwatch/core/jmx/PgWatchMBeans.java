package io.pgwatch.core.jmx;

import static java.util.Objects.requireNonNull;

import io.pgwatch.PgWatch;
import io.pgwatch.Report;
import io.pgwatch.ReportListener;
import io.pgwatch.core.text.OneLine;
import io.pgwatch.probe.Probe;
import java.lang.management.ManagementFactory;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.management.InstanceAlreadyExistsException;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanRegistrationException;
import javax.management.MBeanServer;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;
import org.jspecify.annotations.Nullable;

/**
 * A watch as MBeans: {@code io.pgwatch:type=Watch,name="<watch>"}, and for each probe
 * {@code io.pgwatch:type=Probe,watch="<watch>",name=<id>}. They show the newest report, never wait for the server, and tell
 * listeners when a level changes. They are unregistered when this or the watch is closed.
 *
 * <p>Where another watch of the same name is registered already, from whichever class loader, this one is shown as
 * {@code "<watch> #2"} and so on. Listeners are told on a thread of their own that is there only while it has something to
 * tell; one that does not return makes later notifications of this watch be lost, and nothing else.
 */
public final class PgWatchMBeans implements AutoCloseable {

    private static final String DEFAULT_DOMAIN = "io.pgwatch";

    private static final int NAMESAKES = 1000;

    private static final int NOTIFICATIONS_WAITING = 100;

    private final MBeanServer server;
    private final ExecutorService notifier;
    private final List<ObjectName> names;
    private final Object lock = new Object();
    private boolean closed;
    private PgWatch.@Nullable Listening listening;

    /** Registers with the MBean server of the platform, in the domain {@code io.pgwatch}. */
    public static PgWatchMBeans register(PgWatch watch) {
        return register(watch, DEFAULT_DOMAIN, ManagementFactory.getPlatformMBeanServer());
    }

    /**
     * Registers with a server of one's own choice.
     *
     * @throws IllegalArgumentException if MBean names cannot begin with such a domain
     * @throws IllegalStateException if the server refuses
     */
    public static PgWatchMBeans register(PgWatch watch, String domain, MBeanServer server) {
        return register(watch, domain, server, Clock.systemUTC());
    }

    static PgWatchMBeans register(PgWatch watch, String domain, MBeanServer server, Clock clock) {
        requireNonNull(watch, "watch");
        requireNonNull(server, "server");
        return new PgWatchMBeans(watch, requireDomain(domain), server, clock);
    }

    /**
     * The domain itself, if MBean names can begin with it.
     *
     * @throws IllegalArgumentException if they cannot
     */
    public static String requireDomain(String domain) {
        if (domain.isBlank() || domain.matches("(?s).*[:*?\\n].*")) {
            throw new IllegalArgumentException(
                    "want a JMX domain without ':', '*' and '?', such as io.pgwatch, got '" + domain + "'");
        }
        return domain;
    }

    private PgWatchMBeans(PgWatch watch, String domain, MBeanServer server, Clock clock) {
        this.server = server;
        this.notifier = notifier(watch.name());
        Beans beans = new Beans(watch, domain, clock, notifier);
        this.names = registerAll(beans, watch.name());
        listen(watch, beans);
    }

    /** At most one thread, and none while there is nothing to tell. */
    private static ExecutorService notifier(String watch) {
        ThreadPoolExecutor executor = new ThreadPoolExecutor(
                1,
                1,
                1,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(NOTIFICATIONS_WAITING),
                task -> {
                    Thread thread = new Thread(task, "pgwatch " + OneLine.of(watch) + " jmx");
                    thread.setDaemon(true);
                    return thread;
                },
                new ThreadPoolExecutor.DiscardOldestPolicy());
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }

    private List<ObjectName> registerAll(Beans beans, String watch) {
        for (int n = 1; n <= NAMESAKES; n++) {
            List<ObjectName> registered = new ArrayList<>();
            try {
                for (Map.Entry<ObjectName, ReportBean> bean :
                        beans.named(n == 1 ? watch : watch + " #" + n).entrySet()) {
                    server.registerMBean(bean.getValue(), bean.getKey());
                    registered.add(bean.getKey());
                }
                return List.copyOf(registered);
            } catch (InstanceAlreadyExistsException e) {
                registered.forEach(this::unregister);
            } catch (JMException e) {
                registered.forEach(this::unregister);
                throw new IllegalStateException("cannot register the MBeans of watch '" + watch + "'", e);
            }
        }
        throw new IllegalStateException("want fewer than " + NAMESAKES + " watches of the name '" + watch + "'");
    }

    private void listen(PgWatch watch, Beans beans) {
        PgWatch.Listening started = watch.listen(new ReportListener() {
            @Override
            public void onReport(Report report) {
                beans.all().forEach(bean -> bean.tell(report));
            }

            @Override
            public void onClose() {
                close();
            }
        });
        boolean tooLate;
        synchronized (lock) {
            listening = started;
            tooLate = closed;
        }
        if (tooLate) {
            started.close();
        }
    }

    /** The names under which the watch and its probes are registered, the watch's first. */
    public List<ObjectName> names() {
        return names;
    }

    /** Unregisters them. Closing twice is one close. */
    @Override
    public void close() {
        PgWatch.Listening ended;
        synchronized (lock) {
            if (closed) {
                return;
            }
            closed = true;
            ended = listening;
        }
        names.forEach(this::unregister);
        notifier.shutdownNow();
        if (ended != null) {
            ended.close();
        }
    }

    private void unregister(ObjectName name) {
        try {
            server.unregisterMBean(name);
        } catch (InstanceNotFoundException | MBeanRegistrationException e) {
            // somebody else has unregistered it: then it is gone, as wanted
        }
    }

    /** The beans of one watch, whatever name they will have. */
    private static final class Beans {

        private final String domain;
        private final ReportBean watchBean;
        private final Map<String, ReportBean> probeBeans = new LinkedHashMap<>();

        Beans(PgWatch watch, String domain, Clock clock, ExecutorService notifier) {
            this.domain = domain;
            LevelChanges changes = new LevelChanges(domain + ".level.changed", notifier, clock);
            this.watchBean = WatchBean.of(watch, changes, clock);
            for (Probe<?> probe : watch.probes()) {
                probeBeans.put(probe.id().value(), new ProbeBean<>(probe).of(watch, changes));
            }
        }

        Map<ObjectName, ReportBean> named(String watch) throws MalformedObjectNameException {
            String quoted = ObjectName.quote(watch);
            Map<ObjectName, ReportBean> named = new LinkedHashMap<>();
            named.put(new ObjectName(domain + ":type=Watch,name=" + quoted), watchBean);
            for (Map.Entry<String, ReportBean> probe : probeBeans.entrySet()) {
                named.put(
                        new ObjectName(domain + ":type=Probe,watch=" + quoted + ",name=" + probe.getKey()),
                        probe.getValue());
            }
            return named;
        }

        List<ReportBean> all() {
            List<ReportBean> all = new ArrayList<>(probeBeans.values());
            all.add(watchBean);
            return all;
        }
    }
}
