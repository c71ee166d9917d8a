package io.pgwatch.core;

/** What is kept of each borrowing of a connection, so that a finding can name the borrower. */
public enum Attribution {
    /** Nothing. */
    OFF,
    /** Which thread, and when. */
    THREAD,
    /** The stack of the thread at that moment as well, which costs some microseconds a borrowing. */
    STACK
}
