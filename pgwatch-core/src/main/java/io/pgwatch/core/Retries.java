package io.pgwatch.core;

import io.pgwatch.snapshot.Reading.Missing;
import io.pgwatch.snapshot.Section;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Which sections failed, and when each is tried again: after 2, 4, 8 … 60 sweeps. */
final class Retries {

    private static final int LONGEST = 60;

    private final Map<Section<?>, Broken> broken = new HashMap<>();

    private record Broken(Missing<?> reason, int sweeps, int left) {}

    /** A sweep begins. */
    void tick() {
        broken.replaceAll((section, one) -> new Broken(one.reason(), one.sweeps(), one.left() - 1));
    }

    /** Why the section is left out of the joined statement; empty for one that works. */
    Optional<Missing<?>> reason(Section<?> section) {
        return Optional.ofNullable(broken.get(section)).map(Broken::reason);
    }

    /** Whether a section that failed is to be tried again in this sweep. */
    boolean due(Section<?> section) {
        Broken one = broken.get(section);
        return one != null && one.left() <= 0;
    }

    void failed(Section<?> section, Missing<?> reason) {
        Broken before = broken.get(section);
        int sweeps = before == null ? 2 : Math.min(LONGEST, before.sweeps() * 2);
        broken.put(section, new Broken(reason, sweeps, sweeps));
    }

    void worked(Section<?> section) {
        broken.remove(section);
    }

    /** Something changed that may have mended them. */
    void forget() {
        broken.clear();
    }
}
