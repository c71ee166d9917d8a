package io.pgwatch.reliability;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;

/** A log that throws at whatever pgwatch has to say. */
final class BrokenLog extends TurboFilter {

    private BrokenLog() {}

    static AutoCloseable install() {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        BrokenLog broken = new BrokenLog();
        broken.start();
        context.addTurboFilter(broken);
        return () -> context.getTurboFilterList().remove(broken);
    }

    @Override
    public FilterReply decide(
            Marker marker, Logger logger, Level level, String format, Object[] params, Throwable thrown) {
        if (logger.getName().startsWith("io.pgwatch")) {
            throw new OutOfMemoryError("thrown by the log");
        }
        return FilterReply.NEUTRAL;
    }
}
