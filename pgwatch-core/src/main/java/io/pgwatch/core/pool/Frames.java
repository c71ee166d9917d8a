package io.pgwatch.core.pool;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds the application's own code in a stack. */
final class Frames {

    /** What calls and is called around an application's code. Others may be missing: then one of their frames is told. */
    private static final List<String> NOT_THE_APPLICATIONS = List.of(
            "java.",
            "javax.",
            "jdk.",
            "sun.",
            "com.sun.",
            "jakarta.",
            "io.pgwatch.core.AttributedDataSource",
            "io.pgwatch.core.pool.Borrow",
            "org.postgresql.",
            "com.zaxxer.hikari.",
            "org.apache.",
            "io.agroal.",
            "com.mchange.",
            "oracle.",
            "org.vibur.",
            "com.alibaba.druid.",
            "org.springframework.",
            "org.hibernate.",
            "org.jooq.",
            "org.mybatis.",
            "org.jdbi.",
            "com.querydsl.",
            "org.eclipse.",
            "org.flywaydb.",
            "liquibase.",
            "io.micrometer.",
            "io.opentelemetry.",
            "net.ttddyy.",
            "com.p6spy.",
            "net.bytebuddy.",
            "io.netty.",
            "reactor.",
            "io.quarkus.",
            "io.undertow.",
            "org.jboss.",
            "kotlin.",
            "kotlinx.",
            "scala.",
            "groovy.",
            "org.junit.");

    private Frames() {}

    /** The innermost frame that is the application's, as file and line; null where the stack has none. */
    static @Nullable String ofApplication(StackTraceElement[] stack) {
        for (StackTraceElement frame : stack) {
            if (isApplications(frame.getClassName())) {
                return inWords(frame);
            }
        }
        return null;
    }

    private static boolean isApplications(String className) {
        return !className.contains("$$") // proxies and enhanced classes
                && !className.startsWith("$Proxy")
                && NOT_THE_APPLICATIONS.stream().noneMatch(className::startsWith);
    }

    private static String inWords(StackTraceElement frame) {
        String file = frame.getFileName();
        return file == null || frame.getLineNumber() < 0
                ? frame.getClassName() + "." + frame.getMethodName()
                : file + ":" + frame.getLineNumber();
    }
}
