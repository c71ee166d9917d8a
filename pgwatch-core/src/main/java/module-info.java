/** Reads one PostgreSQL database and judges its health; shows what it says over JMX. */
module io.pgwatch.core {
    requires transitive io.pgwatch.api;
    requires transitive java.management;
    requires transitive java.sql;
    requires org.slf4j;
    requires static com.mchange.v2.c3p0;
    requires static com.zaxxer.hikari;
    requires static io.agroal.api;
    requires static org.apache.commons.dbcp2;
    requires static org.apache.commons.pool2;
    requires static org.jspecify;
    requires static org.postgresql.jdbc;
    requires static org.vibur.dbcp;
    requires static org.vibur.objectpool;

    exports io.pgwatch.core;
    exports io.pgwatch.core.jmx;
    exports io.pgwatch.core.probes;
}
