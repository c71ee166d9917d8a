package io.pgwatch.testsupport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class MajorsTests {

    @Test
    void can_be_fewer_for_a_quick_run() {
        assertThat(Majors.parse("18, 15")).containsExactly(15, 18);
    }

    @Test
    void are_refused_when_not_supported() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Majors.parse("13"))
                .withMessageContaining("pgwatch.majors=13");
    }
}
