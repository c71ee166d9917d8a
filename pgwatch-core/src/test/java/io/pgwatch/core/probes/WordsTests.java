package io.pgwatch.core.probes;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WordsTests {

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "999999, '999,999'",
        "-999999, '-999,999'",
        "1000000, 1.0 M",
        "99999999, 100.0 M",
        "100000000, 100 M",
        "-1000000, -1.0 M",
        "2147483647, '2,147 M'"
    })
    void counts_exactly_up_to_a_million(long count, String expected) {
        assertThat(Words.count(count)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "0.4, 0 s",
        "179, 179 s",
        "180, 3 min",
        "10799, 180 min",
        "10800, 3 h",
        "259199, 72 h",
        "259200, 3 days",
        "172800000, '2,000 days'"
    })
    void tells_a_time_in_its_largest_sensible_unit(double seconds, String expected) {
        assertThat(Words.duration(seconds)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"0.3999, 39 %", "0.4, 40 %", "1.255, 125 %", "0, 0 %"})
    void never_rounds_a_share_up_to_a_limit(double share, String expected) {
        assertThat(Words.percent(share)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "1023, 0 kB",
        "1024, 1 kB",
        "1048575, '1,023 kB'",
        "1048576, 1.0 MB",
        "10485759, 9.9 MB",
        "10485760, 10 MB",
        "10737418239, '10,239 MB'",
        "10737418240, 10 GB"
    })
    void tells_a_size_in_its_largest_sensible_unit(long bytes, String expected) {
        assertThat(Words.bytes(bytes)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"0.5, 30.0 a minute", "0.99, 59.4 a minute", "1, 1.0 a second", "1234.5, '1,234.5 a second'"})
    void tells_a_pace_by_the_second_or_the_minute(double perSecond, String expected) {
        assertThat(Words.pace(perSecond)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"0, 0 sessions", "1, one session", "2, 2 sessions", "1234, '1,234 sessions'"})
    void counts_things(long count, String expected) {
        assertThat(Words.number(count, "session")).isEqualTo(expected);
    }

    @Test
    void quotes_what_the_name_itself_holds() {
        assertThat(Words.quoted("a\"b\\c")).isEqualTo("\"a\"\"b\\c\"");
        assertThat(Words.literal("a'b\\c")).isEqualTo("'a''b\\c'");
    }

    @Test
    void writes_sql_in_which_everything_is_seen() {
        assertThat(Words.quoted("a\"\n\\b")).isEqualTo("U&\"a\"\"\\+00000a\\\\b\"");
        assertThat(Words.literal("a'\u001b[31m")).isEqualTo("U&'a''\\+00001b[31m'");
        assertThat(Words.sql("GRANT SELECT ON public.\"My \u202eorders\", \"a\"\"b\" TO app;"))
                .isEqualTo("GRANT SELECT ON public.U&\"My \\+00202eorders\", \"a\"\"b\" TO app;");
    }

    @ParameterizedTest
    @CsvSource({
        "'a\nb', a b",
        "'a\u001b[1mb', a [1mb",
        "'a\u202eb', a b",
        "'a\u200bb', a b",
        "'a\u2028b', a b",
        "größe 表 😀, größe 表 😀"
    })
    void fits_a_name_into_a_line(String name, String expected) {
        assertThat(Words.inLine(name)).isEqualTo(expected);
    }
}
