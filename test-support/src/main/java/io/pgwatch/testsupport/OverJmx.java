package io.pgwatch.testsupport;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.ListenerNotFoundException;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServer;
import javax.management.MBeanServerDelegate;
import javax.management.MBeanServerNotification;
import javax.management.MalformedObjectNameException;
import javax.management.Notification;
import javax.management.NotificationListener;
import javax.management.ObjectName;

/** What the MBeans {@code io.pgwatch:*} say, whether or not they are asked; those that are registered from now on. */
public final class OverJmx implements AutoCloseable {

    private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    private final NotificationListener registrations = (notification, with) -> heardOf(notification);
    private final Queue<String> notified = new ConcurrentLinkedQueue<>();
    private final ObjectName all;

    /** Begins to listen. */
    public OverJmx() {
        try {
            this.all = new ObjectName("io.pgwatch:*");
            server.addNotificationListener(MBeanServerDelegate.DELEGATE_NAME, registrations, null, null);
        } catch (MalformedObjectNameException | InstanceNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }

    private void heardOf(Notification notification) {
        if (notification instanceof MBeanServerNotification bean
                && bean.getType().equals(MBeanServerNotification.REGISTRATION_NOTIFICATION)
                && all.apply(bean.getMBeanName())) {
            try {
                server.addNotificationListener(
                        bean.getMBeanName(), (told, with) -> notified.add(inWords(told)), null, null);
            } catch (InstanceNotFoundException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static String inWords(Notification told) {
        return told.getType() + " " + told.getSource() + ": " + told.getMessage() + " " + told.getUserData();
    }

    /** Of what they have notified: type, source, message and user data. */
    public List<String> notified() {
        return List.copyOf(notified);
    }

    /** Their names, what is said of them, their attributes and what the operation {@code report} returns. */
    public String asked() throws JMException {
        StringBuilder told = new StringBuilder();
        for (ObjectName name : names()) {
            told.append(name).append(server.getMBeanInfo(name));
            for (MBeanAttributeInfo attribute : server.getMBeanInfo(name).getAttributes()) {
                told.append(server.getAttribute(name, attribute.getName()));
            }
            if (name.getKeyProperty("type").equals("Watch")) {
                told.append(server.invoke(name, "report", null, null));
            }
        }
        return told.toString();
    }

    public Set<ObjectName> names() {
        return server.queryNames(all, null);
    }

    @Override
    public void close() throws InstanceNotFoundException, ListenerNotFoundException {
        server.removeNotificationListener(MBeanServerDelegate.DELEGATE_NAME, registrations);
    }
}
