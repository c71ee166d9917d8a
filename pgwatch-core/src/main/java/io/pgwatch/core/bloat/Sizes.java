package io.pgwatch.core.bloat;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/** Small things about arrays of sizes. */
final class Sizes {

    private Sizes() {}

    static int[] concat(List<PageSample> sample, Function<PageSample, int[]> sizes) {
        return sample.stream()
                .flatMapToInt(page -> Arrays.stream(sizes.apply(page)))
                .toArray();
    }

    static long sum(int[] sizes) {
        long sum = 0;
        for (int size : sizes) {
            sum += size;
        }
        return sum;
    }
}
