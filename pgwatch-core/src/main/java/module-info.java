/** Reads one PostgreSQL database and judges its health; shows what it says over JMX. */
module io.pgwatch.core {
    requires transitive io.pgwatch.api;
    requires transitive java.management;
    requires transitive java.sql;
    requires org.slf4j;
    requires static com.zaxxer.hikari;
    requires static org.jspecify;
    requires static org.postgresql.jdbc;

    exports io.pgwatch.core;
    exports io.pgwatch.core.jmx;
    exports io.pgwatch.core.probes;
}
