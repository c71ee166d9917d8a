package io.pgwatch;

/**
 * How a watch's sweeps go.
 *
 * @param seconds how long the newest sweep took, connecting included
 * @param failures sweeps since the watch was started in which something that should have been read was not
 */
public record Sweep(double seconds, long failures) {}
