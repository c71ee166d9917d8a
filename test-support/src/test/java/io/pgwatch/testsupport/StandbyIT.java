package io.pgwatch.testsupport;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;

class StandbyIT {

    @ParameterizedTest
    @SupportedMajors
    void follows_its_primary_until_it_is_promoted(PgServer primary) {
        String slot;
        try (FreshDatabase database = primary.freshDatabase();
                Standby standby = Standby.of(primary)) {
            slot = standby.slot();
            Database copy = standby.server().database(database.name());
            database.execute("create table t (i int)", "insert into t values (7)");

            standby.catchUp();
            assertThat(copy.ask("select i from t")).isEqualTo("7");
            assertThat(copy.ask("select pg_is_in_recovery()")).isEqualTo("t");
            assertThat(primary.ask("select state from pg_stat_replication where application_name = '" + slot + "'"))
                    .isEqualTo("streaming");

            standby.promote();
            copy.execute("insert into t values (8)");
            assertThat(copy.ask("select count(*) from t")).isEqualTo("2");
            assertThat(database.ask("select count(*) from t")).isEqualTo("1");
        }
        assertThat(primary.ask("select count(*) from pg_replication_slots where slot_name = '" + slot + "'"))
                .isEqualTo("0");
    }
}
