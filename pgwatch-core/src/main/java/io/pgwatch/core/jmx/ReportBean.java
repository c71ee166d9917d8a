package io.pgwatch.core.jmx;

import io.pgwatch.Report;
import io.pgwatch.core.text.OneLine;
import io.pgwatch.probe.Level;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import javax.management.Attribute;
import javax.management.AttributeList;
import javax.management.AttributeNotFoundException;
import javax.management.DynamicMBean;
import javax.management.ImmutableDescriptor;
import javax.management.MBeanException;
import javax.management.MBeanInfo;
import javax.management.MBeanNotificationInfo;
import javax.management.Notification;
import javax.management.NotificationBroadcasterSupport;
import javax.management.ReflectionException;
import javax.management.openmbean.OpenMBeanAttributeInfoSupport;
import javax.management.openmbean.OpenMBeanConstructorInfo;
import javax.management.openmbean.OpenMBeanInfoSupport;
import javax.management.openmbean.OpenMBeanOperationInfoSupport;
import org.jspecify.annotations.Nullable;

/** An MBean whose attributes are taken from the newest report, and that tells listeners when its level changes. */
final class ReportBean extends NotificationBroadcasterSupport implements DynamicMBean {

    private final MBeanInfo info;
    private final Map<String, ReportAttribute> attributes;
    private final Map<String, ReportOperation> operations;
    private final Supplier<Optional<Report>> latest;
    private final Subject subject;
    private final LevelChanges changes;
    private Level told = Level.UNKNOWN;
    private long notifications;

    /**
     * What the bean is about.
     *
     * @param name for the messages of notifications
     */
    record Subject(String name, String description, Function<Report, Level> level, Function<Report, String> summary) {}

    ReportBean(
            Subject subject,
            List<ReportAttribute> attributes,
            List<ReportOperation> operations,
            Supplier<Optional<Report>> latest,
            LevelChanges changes) {
        super(changes.executor(), new MBeanNotificationInfo[] {
            new MBeanNotificationInfo(
                    new String[] {changes.type()},
                    Notification.class.getName(),
                    "The level has changed; the user data holds the old and the new one")
        });
        this.subject = subject;
        this.attributes = attributes.stream().collect(Collectors.toMap(ReportAttribute::name, Function.identity()));
        this.operations = operations.stream().collect(Collectors.toMap(ReportOperation::name, Function.identity()));
        this.latest = latest;
        this.changes = changes;
        this.info = new OpenMBeanInfoSupport(
                ReportBean.class.getName(),
                subject.description(),
                attributes.stream().map(ReportAttribute::info).toArray(OpenMBeanAttributeInfoSupport[]::new),
                new OpenMBeanConstructorInfo[0],
                operations.stream().map(ReportOperation::info).toArray(OpenMBeanOperationInfoSupport[]::new),
                getNotificationInfo(),
                new ImmutableDescriptor("immutableInfo=true"));
    }

    /** Tells listeners if the level is another one than in the report before. Reports come one at a time. */
    void tell(Report report) {
        Level level = subject.level().apply(report);
        if (level == told) {
            return;
        }
        Notification notification = new Notification(
                changes.type(),
                this,
                ++notifications,
                changes.clock().millis(),
                OneLine.of(subject.name() + ": " + told + " -> " + level + ": "
                        + subject.summary().apply(report)));
        notification.setUserData(Levels.change(told, level));
        told = level;
        sendNotification(notification);
    }

    @Override
    public MBeanInfo getMBeanInfo() {
        return info;
    }

    @Override
    public @Nullable Object getAttribute(String name) throws AttributeNotFoundException {
        return find(name).value().apply(latest.get());
    }

    /** All values are of one report. A measure that throws leaves its attribute out, and no other. */
    @Override
    public AttributeList getAttributes(String[] names) {
        Optional<Report> report = latest.get();
        AttributeList list = new AttributeList();
        for (String name : names) {
            ReportAttribute attribute = attributes.get(name);
            if (attribute != null) {
                try {
                    list.add(new Attribute(name, attribute.value().apply(report)));
                } catch (RuntimeException | Error e) {
                    // as the interface wants it
                }
            }
        }
        return list;
    }

    private ReportAttribute find(String name) throws AttributeNotFoundException {
        ReportAttribute attribute = attributes.get(name);
        if (attribute == null) {
            throw new AttributeNotFoundException("no attribute " + name);
        }
        return attribute;
    }

    @Override
    public void setAttribute(Attribute attribute) throws AttributeNotFoundException {
        throw new AttributeNotFoundException(
                "attribute " + find(attribute.getName()).name() + " is read only");
    }

    @Override
    public AttributeList setAttributes(AttributeList ignored) {
        return new AttributeList();
    }

    @Override
    public @Nullable Object invoke(String name, Object @Nullable [] arguments, String @Nullable [] signature)
            throws MBeanException, ReflectionException {
        ReportOperation operation = operations.get(name);
        if (operation == null || (signature != null && signature.length > 0)) {
            throw new ReflectionException(new NoSuchMethodException(name));
        }
        return operation.run().get();
    }
}
