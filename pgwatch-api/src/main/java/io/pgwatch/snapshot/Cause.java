package io.pgwatch.snapshot;

/** Why something is not known. */
public enum Cause {
    /** The server is too old for it, or a managed service took it away. */
    NOT_SUPPORTED,
    /** The role may not see it; a GRANT would help. */
    NOT_PERMITTED,
    /** It means nothing here, as vacuum on a standby. Weighs nothing in the overall level. */
    NOT_APPLICABLE,
    /** It has not been read so far, or too little of it for a judgement. */
    NOT_YET,
    /** Another instance of the service reads it. Weighs nothing in the overall level. */
    ELSEWHERE,
    /** The server, or the lock in front of it, took longer than the budget. */
    TIMED_OUT,
    /** Reading it failed: no connection, an error of the server. */
    FAILED,
    /** It was known once, too long ago to be told as news. */
    STALE;

    /** Whether not knowing for this cause makes the overall level UNKNOWN. */
    public boolean weighs() {
        return this != NOT_APPLICABLE && this != ELSEWHERE;
    }
}
