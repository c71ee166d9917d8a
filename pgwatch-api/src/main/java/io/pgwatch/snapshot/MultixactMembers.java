package io.pgwatch.snapshot;

/**
 * How far the server has come in numbering the members of multixacts, as of its last checkpoint. Each session that locks a
 * row together with others is a member; there is room for 2^32 of them at a time, whatever room is left for multixacts.
 *
 * @param nextMember the number of the next member, 32 bits wide: it wraps
 * @param nextMultixact the next multixact id, 32 bits wide: it wraps
 * @param oldestMultixact the oldest one whose members the server still keeps
 */
public record MultixactMembers(long nextMember, long nextMultixact, long oldestMultixact) implements Tracked {

    public static final Section<MultixactMembers> SECTION = new Section<>("multixact-members", MultixactMembers.class);

    /** The number of the next member. */
    public static final SeriesKey NEXT_MEMBER = SeriesKey.of("next multixact member");

    /** The next multixact id, as of the same checkpoint. */
    public static final SeriesKey NEXT_MULTIXACT = SeriesKey.of("next multixact at checkpoint");

    private static final long IDS = 1L << 32;

    /** How many multixacts the server keeps. */
    public long kept() {
        return Math.floorMod(nextMultixact - oldestMultixact, IDS);
    }

    @Override
    public void track(Recorder recorder) {
        recorder.record(NEXT_MEMBER, nextMember);
        recorder.record(NEXT_MULTIXACT, nextMultixact);
    }
}
