package io.pgwatch.reliability;

import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * What a fault came to.
 *
 * @param toldAfter seconds until both watches told it
 * @param threads of pgwatch at most at once meanwhile, beside one a watch and the timer
 * @param connections that one watch had open at most at once, from before until after
 * @param sessions that one watch had at the server meanwhile; empty where that could not be asked
 * @param recoveredAfter seconds from the mending until both told that nothing is wrong; empty where that was not waited for
 * @param closedMeanwhile seconds until nothing was left of a watch that was closed while it lasted
 * @param closedAfter seconds until nothing was left of both watches and the application, the fault over
 * @param left what was left of them all the same
 */
record Outcome(
        Fault fault,
        double toldAfter,
        Cost cost,
        int threads,
        int connections,
        OptionalInt sessions,
        OptionalDouble recoveredAfter,
        double closedMeanwhile,
        double closedAfter,
        List<String> left) {}
