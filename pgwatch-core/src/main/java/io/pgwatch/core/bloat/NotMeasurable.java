package io.pgwatch.core.bloat;

import io.pgwatch.snapshot.Cause;
import org.jspecify.annotations.Nullable;

/** A table cannot be measured, for a reason that is no failure. */
final class NotMeasurable extends Exception {

    private static final long serialVersionUID = 1;

    private final Cause why;
    private final String detail;
    private final @Nullable String grant;
    private final String table;
    private final long pages;

    NotMeasurable(Cause why, String detail, @Nullable String grant, String table, long pages) {
        super(detail, null, false, false);
        this.why = why;
        this.detail = detail;
        this.grant = grant;
        this.table = table;
        this.pages = pages;
    }

    Cause why() {
        return why;
    }

    String detail() {
        return detail;
    }

    @Nullable
    String grant() {
        return grant;
    }

    String table() {
        return table;
    }

    long pages() {
        return pages;
    }
}
