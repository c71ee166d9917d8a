package io.pgwatch.core.jmx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import io.pgwatch.core.jmx.TallTrees.Kind;
import io.pgwatch.core.jmx.TallTrees.Nest;
import io.pgwatch.core.jmx.TallTrees.Place;
import io.pgwatch.core.jmx.TallTrees.Tree;
import io.pgwatch.core.probes.BloatProbe;
import io.pgwatch.core.probes.IdleInTransactionProbe;
import io.pgwatch.core.probes.PoolSaturationProbe;
import io.pgwatch.core.probes.WraparoundProbe;
import io.pgwatch.evidence.Horizon;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Remedy;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.testsupport.TestClock;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.management.Attribute;
import javax.management.AttributeNotFoundException;
import javax.management.JMException;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanInfo;
import javax.management.MBeanServer;
import javax.management.MBeanServerConnection;
import javax.management.MBeanServerFactory;
import javax.management.Notification;
import javax.management.ObjectName;
import javax.management.openmbean.CompositeData;
import javax.management.openmbean.OpenMBeanInfo;
import javax.management.openmbean.TabularData;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXConnectorServer;
import javax.management.remote.JMXConnectorServerFactory;
import javax.management.remote.JMXServiceURL;
import javax.management.timer.Timer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PgWatchMBeansTests {

    private static final String WATCH = "io.pgwatch:type=Watch,name=\"forest\"";
    private static final String PROBE = "io.pgwatch:type=Probe,watch=\"forest\",name=tall-trees";

    private final MBeanServer server = MBeanServerFactory.newMBeanServer();
    private final TestClock clock = new TestClock();
    private final FakeWatch watch = new FakeWatch("forest", TallTrees.probe());

    @Test
    void says_of_everything_that_it_is_not_known_before_the_first_report() throws JMException {
        register();

        assertThat(get(WATCH, "Level")).isEqualTo("UNKNOWN");
        assertThat(get(WATCH, "LevelValue")).isEqualTo(-1);
        assertThat(get(WATCH, "SampledAt")).isNull();
        assertThat(get(WATCH, "SampleAgeSeconds")).isEqualTo(Double.NaN);
        assertThat(get(WATCH, "Summary")).isEqualTo("no report yet");
        assertThat(row(get(WATCH, "Probes"), "tall-trees").get("level")).isEqualTo("UNKNOWN");
        assertThat(server.invoke(name(WATCH), "report", null, null)).isEqualTo("no report yet");
        assertThat(get(PROBE, "Level")).isEqualTo("UNKNOWN");
        assertThat(get(PROBE, "LevelValue")).isEqualTo(-1);
        assertThat(get(PROBE, "HeightAboveGround")).isEqualTo(Double.NaN);
        assertThat(get(PROBE, "GrownSeconds")).isEqualTo(Double.NaN);
        assertThat(get(PROBE, "Wood")).isNull();
        assertThat(get(PROBE, "Tallest")).isNull();
        assertThat(get(PROBE, "Findings")).isNull();
    }

    @Test
    void shows_the_newest_report() throws JMException {
        register();
        publish(TallTrees.judged(Level.OK, TallTrees.of()));

        publish(TallTrees.judged(Level.CRITICAL, TallTrees.of()));
        clock.advance(Duration.ofMillis(3200));

        assertThat(get(WATCH, "Level")).isEqualTo("CRITICAL");
        assertThat(get(WATCH, "LevelValue")).isEqualTo(2);
        assertThat(get(WATCH, "SampledAt")).isEqualTo(Date.from(Instant.parse("2026-11-21T02:41:00Z")));
        assertThat(get(WATCH, "SampleAgeSeconds")).isEqualTo(3.2);
        assertThat(get(WATCH, "Summary")).isEqualTo("tall-trees: trees stand");
        assertThat(get(PROBE, "Level")).isEqualTo("CRITICAL");
        assertThat(get(PROBE, "LevelValue")).isEqualTo(2);
        assertThat(get(PROBE, "Summary")).isEqualTo("trees stand");
        CompositeData row = row(get(WATCH, "Probes"), "tall-trees");
        assertThat(row.getAll(new String[] {"id", "level", "levelValue", "summary"}))
                .containsExactly("tall-trees", "CRITICAL", 2, "trees stand");
    }

    @Test
    void says_why_where_no_probe_counts() throws JMException {
        register();

        publish(new Verdict.Unknown<>(Cause.NOT_APPLICABLE, "no forest"));

        assertThat(get(WATCH, "Level")).isEqualTo("UNKNOWN");
        assertThat(get(WATCH, "Summary")).isEqualTo("tall-trees: no forest");
    }

    @Test
    void shows_every_measure_as_a_number_of_its_own_and_of_rows_the_worst() throws JMException {
        register();

        publish(TallTrees.judged(Level.OK, TallTrees.of(TallTrees.tree("oak", 31.5), TallTrees.tree("ash", 28))));

        assertThat(get(PROBE, "TallTrees")).isEqualTo(2.0);
        assertThat(get(PROBE, "HeightAboveGround")).isEqualTo(31.5);
        assertThat(get(PROBE, "TallArea")).isEqualTo(7.0);
        assertThat(get(PROBE, "TallTreesSummary")).isEqualTo(1.0);
        assertThat(get(PROBE, "Broken")).isEqualTo(Double.NaN);
    }

    @Test
    void shows_the_rest_of_the_evidence_in_types_that_a_console_knows() throws JMException {
        register();

        publish(TallTrees.judged(Level.OK, TallTrees.of(TallTrees.tree("oak", 31.5))));

        assertThat(get(PROBE, "GrownSeconds")).isEqualTo(1.5);
        assertThat(get(PROBE, "Wood")).isEqualTo(12L);
        assertThat(get(PROBE, "Kind")).isEqualTo("with leaves");
        assertThat(get(PROBE, "Owner")).isEqualTo("the king");
        assertThat(get(PROBE, "Paths")).isEqualTo(new String[] {"north", "south"});
        CompositeData oak = row(get(PROBE, "Tallest"), "oak");
        assertThat(oak.getAll(new String[] {"name", "metres", "rings", "planted", "kind"}))
                .containsExactly("oak", 31.5, null, new Date(0), "with leaves");
    }

    @Test
    void what_the_evidence_does_not_know_is_no_zero() throws JMException {
        register();

        publish(TallTrees.judged(Level.OK, TallTrees.withNests()));

        assertThat(get(PROBE, "HeightAboveGround")).isEqualTo(Double.NaN);
        assertThat(get(PROBE, "GrownSeconds")).isEqualTo(Double.NaN);
        assertThat(get(PROBE, "Wood")).isNull();
        assertThat(get(PROBE, "Owner")).isNull();
    }

    @Test
    void an_unknown_verdict_shows_what_could_be_seen_all_the_same() throws JMException {
        register();
        publish(TallTrees.judged(Level.WARNING, TallTrees.of(TallTrees.tree("oak", 31.5))));

        publish(TallTrees.unknown());
        assertThat(get(PROBE, "Level")).isEqualTo("UNKNOWN");
        assertThat(get(PROBE, "Summary")).isEqualTo("fog");
        assertThat(get(PROBE, "TallTrees")).isEqualTo(Double.NaN);
        assertThat(get(PROBE, "Tallest")).isNull();

        publish(new Verdict.Unknown<>(Cause.TIMED_OUT, "dusk", null, TallTrees.of(TallTrees.tree("oak", 31.5))));
        assertThat(get(PROBE, "TallTrees")).isEqualTo(1.0);
        assertThat(get(PROBE, "LevelValue")).isEqualTo(-1);
    }

    @Test
    void rows_of_one_name_are_all_there_and_say_what_they_said() throws JMException {
        register();

        publish(TallTrees.judged(
                Level.OK,
                TallTrees.withNests(
                        new Nest(Kind.NEEDLES, new Place(12), 3),
                        new Nest(Kind.NEEDLES, new Place(9), 2),
                        new Nest(Kind.LEAVES, new Place(7), 1))));

        TabularData nests = (TabularData) get(PROBE, "NestsRows");
        assertThat(keys(nests)).containsExactly("with needles", "with needles #2", "with leaves");
        CompositeData second = row(nests, "with needles #2");
        assertThat(second.get("kind")).isEqualTo("with needles");
        assertThat(second.get("eggs")).isEqualTo(2);
        assertThat(((CompositeData) second.get("place")).get("metres")).isEqualTo(9.0);
        assertThat(get(PROBE, "Nests")).isEqualTo(3.0);
    }

    @Test
    void shows_findings_with_what_to_do() throws JMException {
        register();

        publish(TallTrees.judged(
                Level.WARNING,
                TallTrees.of(),
                TallTrees.finding("oak", new Remedy("Prop it up.", "SELECT prop();", Remedy.Impact.LOCKS)),
                TallTrees.finding("ash", null).explainedBy("tall-trees/oak")));

        TabularData findings = (TabularData) get(PROBE, "Findings");
        String[] columns = {"id", "level", "subject", "summary", "cause", "explainedBy", "remedy", "remedySql", "impact"
        };
        assertThat(row(findings, "tall-trees/oak").getAll(columns))
                .containsExactly(
                        "tall-trees/oak",
                        "WARNING",
                        "tree oak",
                        "oak leans",
                        "wind",
                        null,
                        "Prop it up.",
                        "SELECT prop();",
                        "LOCKS");
        assertThat(row(findings, "tall-trees/ash").getAll(columns))
                .containsExactly(
                        "tall-trees/ash",
                        "WARNING",
                        "tree ash",
                        "ash leans",
                        "wind",
                        "tall-trees/oak",
                        null,
                        null,
                        null);
    }

    @Test
    void everything_has_a_description_and_numbers_have_units() throws JMException {
        PgWatchMBeans beans = PgWatchMBeans.register(
                new FakeWatch(
                        "forest",
                        TallTrees.probe(),
                        WraparoundProbe.withDefaults(),
                        PoolSaturationProbe.withDefaults()),
                "io.pgwatch",
                server);

        for (ObjectName name : beans.names()) {
            MBeanInfo info = server.getMBeanInfo(name);
            assertThat(info).isInstanceOf(OpenMBeanInfo.class);
            assertThat(info.getDescription()).isNotBlank();
            assertThat(info.getAttributes()).allSatisfy(attribute -> {
                assertThat(attribute.getDescription()).hasSizeGreaterThan(5).isNotEqualTo(attribute.getName());
                assertThat(attribute.isWritable()).isFalse();
                assertThat(attribute.getDescription())
                        .containsIgnoringCase(Objects.requireNonNullElse(
                                (String) attribute.getDescriptor().getFieldValue("units"), ""));
            });
            assertThat(info.getOperations())
                    .allSatisfy(
                            operation -> assertThat(operation.getDescription()).contains(" "));
        }
        assertThat(info("io.pgwatch:type=Probe,watch=\"forest\",name=wraparound", "TimeLeft")
                        .getDescription())
                .isEqualTo("Time until the server refuses writes, at the rate of the last hour; in seconds");
        assertThat(units(WATCH, "SampleAgeSeconds")).isEqualTo("seconds");
        assertThat(units(PROBE, "HeightAboveGround")).isEqualTo("metres");
        assertThat(units(PROBE, "GrownSeconds")).isEqualTo("seconds");
        assertThat(units("io.pgwatch:type=Probe,watch=\"forest\",name=wraparound", "FreezeMaxAge"))
                .isEqualTo("transactions");
        assertThat(units("io.pgwatch:type=Probe,watch=\"forest\",name=wraparound", "XidAge"))
                .isEqualTo("transactions");
        assertThat(attributes("io.pgwatch:type=Probe,watch=\"forest\",name=wraparound"))
                .containsExactly(
                        "Level",
                        "LevelValue",
                        "Summary",
                        "Findings",
                        "XidAge",
                        "XidLeft",
                        "MultixactAge",
                        "MultixactLeft",
                        "MultixactMembersLeft",
                        "TimeLeft",
                        "Databases",
                        "OldestTables",
                        "XidsPerSecond",
                        "FreezeMaxAge",
                        "FailsafeAge",
                        "MultixactMembers");
        assertThat(attributes("io.pgwatch:type=Probe,watch=\"forest\",name=pool-saturation"))
                .containsExactly(
                        "Level",
                        "LevelValue",
                        "Summary",
                        "Findings",
                        "ConnectionsUsed",
                        "ConnectionsLimit",
                        "PoolActive",
                        "PoolIdle",
                        "PoolMax",
                        "PoolPending",
                        "Pools",
                        "Ceilings",
                        "Monitors",
                        "Fleet",
                        "NewPerSecond",
                        "SecondsUntilFull",
                        "Poolers",
                        "Diagnosis");
    }

    @Test
    void a_number_of_the_evidence_that_a_measure_gives_is_there_once() throws JMException {
        PgWatchMBeans beans = PgWatchMBeans.register(
                new FakeWatch("forest", IdleInTransactionProbe.withDefaults(), BloatProbe.withDefaults()),
                "io.pgwatch",
                server);

        assertThat(attributes(beans.names().get(1).toString()))
                .containsExactly(
                        "Level",
                        "LevelValue",
                        "Summary",
                        "Findings",
                        "IdleInTransaction",
                        "Pinning",
                        "Longest",
                        "Sessions");
        assertThat(attributes(beans.names().get(2).toString()))
                .containsExactly(
                        "Level",
                        "LevelValue",
                        "Summary",
                        "Findings",
                        "Reclaimable",
                        "Measured",
                        "Unmeasured",
                        "RelationReclaimable",
                        "Relations",
                        "UnmeasuredRows");
    }

    @Test
    void rows_stand_under_their_id_where_they_have_one() {
        OpenTable table = OpenTable.of(Horizon.Holder.class);

        TabularData rows = table.data(List.of(
                new Horizon.Holder(Horizon.Kind.SESSION, "4711", "shop", 9, true, Horizon.Scope.TABLES, null, null),
                new Horizon.Holder(Horizon.Kind.SLOT, "s", null, 5, true, Horizon.Scope.TABLES, null, null)));

        assertThat(keys(rows)).containsExactlyInAnyOrder("4711", "s");
    }

    @Test
    void refresh_asks_the_watch_and_report_tells_its_text() throws JMException {
        register();
        publish(TallTrees.judged(Level.OK, TallTrees.of()));

        server.invoke(name(WATCH), "refresh", new Object[0], new String[0]);

        assertThat(watch.refreshes()).isEqualTo(1);
        assertThat(server.invoke(name(WATCH), "report", null, null))
                .isEqualTo(watch.latest().orElseThrow().text(clock.instant()));
    }

    @Test
    void nothing_can_be_set_and_what_is_not_there_is_refused() {
        register();

        assertThatExceptionOfType(AttributeNotFoundException.class)
                .isThrownBy(() -> server.setAttribute(name(WATCH), new Attribute("Level", "OK")));
        assertThatExceptionOfType(AttributeNotFoundException.class).isThrownBy(() -> get(WATCH, "Nonsense"));
        assertThatExceptionOfType(JMException.class)
                .isThrownBy(() -> server.invoke(name(PROBE), "refresh", null, null));
    }

    @Test
    void typed_values_survive_the_way_to_a_remote_console() throws Exception {
        register();
        publish(TallTrees.judged(
                Level.WARNING,
                TallTrees.of(new Tree("oak", 31.5, 200, Instant.EPOCH, Kind.LEAVES)),
                TallTrees.finding("oak", null)));

        JMXConnectorServer connectorServer = JMXConnectorServerFactory.newJMXConnectorServer(
                new JMXServiceURL("service:jmx:rmi://localhost"), null, server);
        connectorServer.start();
        try (JMXConnector connector = JMXConnectorFactory.connect(connectorServer.getAddress())) {
            MBeanServerConnection remote = connector.getMBeanServerConnection();
            for (String bean : List.of(WATCH, PROBE)) {
                String[] all = Stream.of(remote.getMBeanInfo(name(bean)).getAttributes())
                        .map(MBeanAttributeInfo::getName)
                        .toArray(String[]::new);
                assertThat(remote.getAttributes(name(bean), all)).hasSameSizeAs(all);
            }
            assertThat(remote.getAttribute(name(PROBE), "HeightAboveGround")).isEqualTo(31.5);
            assertThat(remote.getAttribute(name(WATCH), "SampledAt")).isEqualTo(Date.from(clock.instant()));
            assertThat(remote.getAttribute(name(PROBE), "Paths")).isEqualTo(new String[] {"north", "south"});
            assertThat(row(remote.getAttribute(name(PROBE), "Tallest"), "oak").get("rings"))
                    .isEqualTo(200);
            assertThat(remote.getMBeanInfo(name(PROBE))
                            .getAttributes()[5]
                            .getDescriptor()
                            .getFieldValue("units"))
                    .isEqualTo("metres");
            List<Notification> told = new CopyOnWriteArrayList<>();
            remote.addNotificationListener(name(PROBE), (notification, handback) -> told.add(notification), null, null);
            publish(TallTrees.judged(Level.CRITICAL, TallTrees.of()));
            await().until(() -> told.size() == 1);
            assertThat(((CompositeData) told.get(0).getUserData()).get("newLevel"))
                    .isEqualTo("CRITICAL");
        } finally {
            connectorServer.stop();
        }
    }

    @Test
    void tells_changes_of_level_with_the_old_and_the_new_one() throws JMException {
        register();
        List<Notification> told = new CopyOnWriteArrayList<>();
        server.addNotificationListener(name(WATCH), (notification, handback) -> told.add(notification), null, null);
        server.addNotificationListener(name(PROBE), (notification, handback) -> told.add(notification), null, null);

        publish(TallTrees.judged(Level.OK, TallTrees.of()));
        publish(TallTrees.judged(Level.OK, TallTrees.of()));
        publish(TallTrees.judged(Level.CRITICAL, TallTrees.of()));

        await().until(() -> told.size() >= 4);
        assertThat(told)
                .extracting(Notification::getType)
                .containsOnly("io.pgwatch.level.changed")
                .hasSize(4);
        assertThat(told)
                .filteredOn(notification -> notification.getSource().equals(name(PROBE)))
                .extracting(notification -> notification.getMessage() + " "
                        + Arrays.toString(((CompositeData) notification.getUserData())
                                .getAll(new String[] {"oldLevel", "newLevel", "oldLevelValue", "newLevelValue"})))
                .containsExactly(
                        "forest tall-trees: UNKNOWN -> OK: trees stand [UNKNOWN, OK, -1, 0]",
                        "forest tall-trees: OK -> CRITICAL: trees stand [OK, CRITICAL, 0, 2]");
    }

    @Test
    @Timeout(value = 10, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void a_listener_that_hangs_holds_up_nothing() throws JMException, InterruptedException {
        PgWatchMBeans beans = register();
        CountDownLatch hanging = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        server.addNotificationListener(
                name(PROBE),
                (notification, handback) -> {
                    try {
                        hanging.countDown();
                        new CountDownLatch(1).await();
                    } catch (InterruptedException e) {
                        ended.countDown();
                    }
                },
                null,
                null);
        publish(TallTrees.judged(Level.OK, TallTrees.of()));
        assertThat(hanging.await(5, TimeUnit.SECONDS)).isTrue();

        for (int i = 0; i < 1000; i++) {
            publish(TallTrees.judged(i % 2 == 0 ? Level.WARNING : Level.OK, TallTrees.of()));
        }
        beans.close();

        assertThat(ended.await(5, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void a_second_watch_of_one_name_gets_a_number() {
        register();

        PgWatchMBeans second = PgWatchMBeans.register(new FakeWatch("forest", TallTrees.probe()), "io.pgwatch", server);

        assertThat(second.names())
                .containsExactly(
                        name("io.pgwatch:type=Watch,name=\"forest #2\""),
                        name("io.pgwatch:type=Probe,watch=\"forest #2\",name=tall-trees"));
        second.close();
        assertThat(server.isRegistered(name(PROBE))).isTrue();
    }

    @Test
    void a_name_that_is_taken_in_part_is_left_alone() throws JMException {
        ObjectName taken = name(PROBE);
        server.registerMBean(new Timer(), taken);

        PgWatchMBeans beans = register();

        assertThat(beans.names().get(0)).isEqualTo(name("io.pgwatch:type=Watch,name=\"forest #2\""));
        assertThat(server.isRegistered(name(WATCH))).isFalse();
        beans.close();
        assertThat(server.isRegistered(taken)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a,b", "a=b", "a\"b", "a:b", "a*b?", "line\nbreak", "back\\slash", "Übung"})
    void a_name_may_hold_any_character(String odd) throws JMException {
        PgWatchMBeans beans = PgWatchMBeans.register(new FakeWatch(odd, TallTrees.probe()), "io.pgwatch", server);

        assertThat(ObjectName.unquote(beans.names().get(0).getKeyProperty("name")))
                .isEqualTo(odd);
        assertThat(ObjectName.unquote(beans.names().get(1).getKeyProperty("watch")))
                .isEqualTo(odd);
        assertThat(beans.names())
                .allSatisfy(name -> assertThat(server.isRegistered(name)).isTrue());
    }

    @Test
    void leaves_nothing_behind_when_the_watch_is_closed() {
        int before = server.getMBeanCount();
        register();
        publish(TallTrees.judged(Level.OK, TallTrees.of()));
        assertThat(server.getMBeanCount()).isEqualTo(before + 2);

        watch.close();

        assertThat(server.getMBeanCount()).isEqualTo(before);
        await().until(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().equals("pgwatch forest jmx")));
    }

    @Test
    void leaves_nothing_behind_when_it_is_closed_itself() throws JMException {
        int before = server.getMBeanCount();
        PgWatchMBeans beans = register();
        server.unregisterMBean(name(PROBE));

        beans.close();
        beans.close();

        assertThat(server.getMBeanCount()).isEqualTo(before);
        assertThat(watch.listeners()).isZero();
    }

    @Test
    void the_domain_and_the_type_of_notifications_are_those_asked_for() throws JMException {
        PgWatchMBeans beans = PgWatchMBeans.register(watch, "acme.db", server);

        assertThat(beans.names()).allSatisfy(name -> {
            assertThat(name.getDomain()).isEqualTo("acme.db");
            assertThat(server.getMBeanInfo(name).getNotifications()[0].getNotifTypes())
                    .containsExactly("acme.db.level.changed");
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a:b", "a*", "a?b"})
    void a_domain_that_is_none_is_refused(String domain) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PgWatchMBeans.register(watch, domain, server))
                .withMessageContaining("'" + domain + "'");
    }

    @Test
    void goes_to_the_server_of_the_platform_when_nothing_else_is_said() {
        MBeanServer platform = ManagementFactory.getPlatformMBeanServer();

        try (PgWatchMBeans beans = PgWatchMBeans.register(watch)) {
            assertThat(beans.names())
                    .hasSize(2)
                    .allSatisfy(name -> assertThat(platform.isRegistered(name)).isTrue());
        }

        assertThat(platform.isRegistered(name(WATCH))).isFalse();
    }

    private PgWatchMBeans register() {
        return PgWatchMBeans.register(watch, "io.pgwatch", server, clock);
    }

    private void publish(Verdict<TallTrees> verdict) {
        watch.publish(TallTrees.report(clock.instant(), verdict));
    }

    private Object get(String bean, String attribute) throws JMException {
        return server.getAttribute(name(bean), attribute);
    }

    private List<String> attributes(String bean) throws JMException {
        return Stream.of(server.getMBeanInfo(name(bean)).getAttributes())
                .map(MBeanAttributeInfo::getName)
                .toList();
    }

    private Object units(String bean, String attribute) throws JMException {
        return info(bean, attribute).getDescriptor().getFieldValue("units");
    }

    private MBeanAttributeInfo info(String bean, String attribute) throws JMException {
        return Stream.of(server.getMBeanInfo(name(bean)).getAttributes())
                .filter(one -> one.getName().equals(attribute))
                .findFirst()
                .orElseThrow();
    }

    private static CompositeData row(Object table, String key) {
        return ((TabularData) table).get(new Object[] {key});
    }

    private static List<Object> keys(TabularData table) {
        List<Object> keys = new ArrayList<>();
        table.values().forEach(row -> keys.add(((CompositeData) row).get("key")));
        return keys;
    }

    private static ObjectName name(String name) {
        try {
            return new ObjectName(name);
        } catch (JMException e) {
            throw new IllegalArgumentException(name, e);
        }
    }
}
