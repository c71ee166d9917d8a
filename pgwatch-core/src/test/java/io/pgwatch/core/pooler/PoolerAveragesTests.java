package io.pgwatch.core.pooler;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Averages from two or more answers to {@code SHOW STATS}, in the columns of several versions. */
class PoolerAveragesTests {

    private static final String OF_1_7 = "database total_requests total_received total_sent total_query_time"
            + " avg_req avg_recv avg_sent avg_query";

    private static final String OF_1_18 = "database total_xact_count total_query_count total_received total_sent"
            + " total_xact_time total_query_time total_wait_time avg_xact_count avg_query_count avg_recv avg_sent"
            + " avg_xact_time avg_query_time avg_wait_time";

    private static final String OF_1_24 = "database total_server_assignment_count total_xact_count total_query_count"
            + " total_received total_sent total_xact_time total_query_time total_wait_time total_client_parse_count"
            + " total_server_parse_count total_bind_count avg_server_assignment_count avg_xact_count avg_query_count"
            + " avg_recv avg_sent avg_xact_time avg_query_time avg_wait_time avg_client_parse_count"
            + " avg_server_parse_count avg_bind_count";

    private final PoolerAverages averages = new PoolerAverages();

    @Test
    void are_in_seconds_of_a_transaction_and_of_a_wait() {
        look(0, OF_1_18, "shop 100 300 9 9 5000000 4000000 1000000 0 0 0 0 0 0 0");
        look(15, OF_1_18, "shop 120 360 9 9 25000000 9000000 3000000 1 3 0 0 999 999 999");

        assertThat(averages.transactionSeconds("shop")).isEqualTo(1);
        assertThat(averages.waitSeconds("shop", "transaction")).isEqualTo(0.1);
    }

    @Test
    void count_a_wait_by_the_assignments_where_the_version_does_and_else_by_transactions_that_need_one() {
        look(0, OF_1_24, "shop 10 100 300 9 9 0 0 1000000 0 0 0 0 0 0 0 0 0 0 0 0 0 0");
        look(15, OF_1_24, "shop 14 200 600 9 9 0 0 3000000 0 0 0 0 0 0 0 0 0 0 0 0 0 0");
        assertThat(averages.waitSeconds("shop", "session")).isEqualTo(0.5);
        assertThat(averages.waitSeconds("shop", "transaction")).isEqualTo(0.5);

        look(30, OF_1_18, "other 4 0 0 0 0 0 2000000 0 0 0 0 0 0 0");
        assertThat(averages.waitSeconds("other", "transaction")).isEqualTo(0.5);
        assertThat(averages.waitSeconds("other", "session")).isNull();
        assertThat(averages.waitSeconds("other", null)).isNull();
    }

    @Test
    void count_all_of_a_database_that_nobody_had_asked_for_before() {
        look(0, OF_1_18, "pgbouncer 1 0 0 0 0 0 0 0 0 0 0 0 0 0");
        look(15, OF_1_18, "shop 4 0 0 0 8000000 0 1000000 0 0 0 0 0 0 0");

        assertThat(averages.transactionSeconds("shop")).isEqualTo(2);
    }

    @Test
    void of_nothing_are_not_0_and_of_no_wait_are() {
        assertThat(averages.transactionSeconds("shop")).as("never looked").isNull();
        look(0, OF_1_18, "shop 100 0 0 0 5000000 0 1000000 0 0 0 0 0 0 0");
        assertThat(averages.transactionSeconds("shop")).as("once").isNull();
        look(15, OF_1_18, "shop 100 0 0 0 5000000 0 1000000 0 0 0 0 0 0 0");
        assertThat(averages.transactionSeconds("shop")).as("none ended").isNull();
        assertThat(averages.waitSeconds("shop", "transaction")).isNull();
        look(20, OF_1_18, "shop 101 0 0 0 5002000 0 1000000 0 0 0 0 0 0 0");
        assertThat(averages.transactionSeconds("shop")).isEqualTo(0.002);
        assertThat(averages.waitSeconds("shop", "transaction")).isZero();
        assertThat(averages.transactionSeconds("other")).isNull();
    }

    @Test
    void are_of_the_last_minute() {
        look(0, OF_1_18, "shop 0 0 0 0 0 0 0 0 0 0 0 0 0 0");
        look(15, OF_1_18, "shop 1000 0 0 0 9000000000 0 0 0 0 0 0 0 0 0");
        look(30, OF_1_18, "shop 1000 0 0 0 9000000000 0 0 0 0 0 0 0 0 0");
        look(45, OF_1_18, "shop 1001 0 0 0 9001000000 0 0 0 0 0 0 0 0 0");
        assertThat(averages.transactionSeconds("shop")).as("of 45 s").isGreaterThan(8);

        look(60, OF_1_18, "shop 1001 0 0 0 9001000000 0 0 0 0 0 0 0 0 0");
        assertThat(averages.transactionSeconds("shop")).as("of the last 30").isEqualTo(1);
    }

    @Test
    void begin_anew_with_a_pgbouncer_that_does() {
        look(0, OF_1_18, "shop 100 0 0 0 5000000 0 1000000 0 0 0 0 0 0 0");
        look(15, OF_1_18, "shop 7 0 0 0 9000000 0 2000000 0 0 0 0 0 0 0");
        assertThat(averages.transactionSeconds("shop")).isNull();
        look(30, OF_1_18, "shop 9 0 0 0 13000000 0 2000000 0 0 0 0 0 0 0");
        assertThat(averages.transactionSeconds("shop")).isEqualTo(2);
    }

    @Test
    void are_not_known_of_a_version_that_does_not_count_transactions() {
        look(0, OF_1_7, "shop 100 9 9 5000000 0 0 0 0");
        look(15, OF_1_7, "shop 200 9 9 9000000 0 0 0 0");

        assertThat(averages.transactionSeconds("shop")).isNull();
        assertThat(averages.waitSeconds("shop", "transaction")).isNull();
    }

    private void look(int second, String columns, String row) {
        Map<String, @Nullable String> values = new LinkedHashMap<>();
        String[] names = columns.split(" ");
        String[] texts = row.split(" ");
        assertThat(texts).hasSameSizeAs(names);
        for (int i = 0; i < names.length; i++) {
            values.put(names[i], texts[i]);
        }
        averages.add(Instant.EPOCH.plusSeconds(second), List.of(values));
    }
}
