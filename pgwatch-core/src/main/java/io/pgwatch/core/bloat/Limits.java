package io.pgwatch.core.bloat;

/**
 * How much reading pages may cost.
 *
 * @param cpuShare of one core of the server, on the average
 * @param pagesPerSecond on the average
 * @param runsUserCode whether functions and operators that are no part of PostgreSQL may run, as index expressions name them
 */
public record Limits(double cpuShare, int pagesPerSecond, boolean runsUserCode) {}
