package io.pgwatch.reliability;

/**
 * What a fault came to.
 *
 * @param toldAfter seconds until both watches told it
 * @param threads of pgwatch at most meanwhile, beside one a watch and the timer
 * @param connections of pgwatch at most meanwhile for one watch, as far as the server could be asked
 * @param recoveredAfter seconds from the mending until both told that nothing is wrong
 * @param closedAfter seconds that the closing of both watches and the application took, the fault over
 */
record Outcome(
        Fault fault,
        double toldAfter,
        Cost cost,
        int threads,
        int connections,
        double recoveredAfter,
        double closedAfter) {}
