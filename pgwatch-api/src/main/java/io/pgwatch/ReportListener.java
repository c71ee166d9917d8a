package io.pgwatch;

/** Is told each report of a watch. It must return quickly; what it throws is logged and otherwise ignored. */
@FunctionalInterface
public interface ReportListener {

    void onReport(Report report);

    /** The watch was closed; no report follows. */
    default void onClose() {}
}
