package io.pgwatch.benchmarks;

import org.openjdk.jmh.annotations.Benchmark;

/** What a measured call costs that does nothing: the floor under every other number here. */
public class BaselineBenchmark {

    @Benchmark
    public void nothing() {}
}
