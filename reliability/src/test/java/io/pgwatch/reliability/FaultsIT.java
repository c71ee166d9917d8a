package io.pgwatch.reliability;

import io.pgwatch.testsupport.Majors;
import io.pgwatch.testsupport.PgServer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the library and the Spring Boot sample tell and do while something breaks. The system property {@code
 * pgwatch.faults} is {@code quick} or {@code all}, or a pattern for what happens.
 */
class FaultsIT {

    private static final String WANTED = System.getProperty("pgwatch.faults", "quick");
    private static final List<Outcome> OUTCOMES = new ArrayList<>();

    private static PgServer server;

    static List<Fault> faults() {
        return Faults.all().stream()
                .filter(fault -> switch (WANTED) {
                    case "all" -> true;
                    case "quick" -> fault.quick();
                    default ->
                        Pattern.compile(WANTED).matcher(fault.happening()).find();
                })
                .toList();
    }

    @BeforeAll
    static void start() {
        server = PgServer.major(Majors.newest()).with("max_connections", "30").start();
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
        OUTCOMES.forEach(one -> System.out.print(Page.figures(one)));
        if (server.major() == Collections.max(Majors.SUPPORTED)) {
            Page.writeFigures(OUTCOMES);
        }
    }

    @Test
    void what_is_told_is_documented() throws IOException {
        Page.assertDocumented(Faults.all());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("faults")
    void is_told_costs_nobody_anything_and_passes(Fault fault) throws Exception {
        OUTCOMES.add(new Trial(fault, server, WANTED.equals("all") || Page.isWanted()).run());
    }
}
