package io.pgwatch.core.jmx;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NamesTests {

    @ParameterizedTest(name = "{0} of {1} is {2}")
    @CsvSource({
        "wraparound.xid.age, wraparound, XidAge",
        "connections.used, pool-saturation, ConnectionsUsed",
        "pool.active, pool-saturation, PoolActive",
        "idle.in.transaction, idle-in-transaction, IdleInTransaction",
        "idle.in.transaction.longest, idle-in-transaction, Longest",
        "bloat.relation.reclaimable, bloat, RelationReclaimable",
        "horizons.age, horizon, HorizonsAge",
        "pool.wait.longest, pool-saturation, PoolWaitLongest",
    })
    void an_attribute_leaves_out_what_the_name_of_its_bean_says(String measure, String probe, String expected) {
        assertThat(Names.attribute(measure, probe)).isEqualTo(expected);
    }

    @ParameterizedTest(name = "{0} is \"{1}\"")
    @CsvSource({"xidsPerSecond, xids per second", "databases, databases", "FindingRow, finding row"})
    void words_are_told_apart(String camel, String expected) {
        assertThat(Names.ofCamel(camel)).isEqualTo(expected);
    }

    @ParameterizedTest(name = "{0} is in \"{1}\"")
    @CsvSource({
        "secondsLeft, seconds",
        "longestSeconds, seconds",
        "reclaimableBytes, bytes",
        "bytes, bytes",
        "freezeMaxAge, transactions",
        "multixactAge, multixacts",
        "xidsPerSecond, xids per second",
        "ages, ''",
        "count, ''"
    })
    void a_component_may_name_its_unit(String component, String expected) {
        assertThat(Names.unit(component)).isEqualTo(expected);
    }
}
