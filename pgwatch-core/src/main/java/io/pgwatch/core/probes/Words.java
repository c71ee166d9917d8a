package io.pgwatch.core.probes;

import io.pgwatch.core.text.OneLine;
import java.util.Locale;

/** Figures as people read them, and names as a sentence or a statement takes them, whoever chose them. */
final class Words {

    private Words() {}

    /** A count: exact below a million, in millions from there on. */
    static String count(long count) {
        if (Math.abs(count) < 1_000_000) {
            return grouped(count);
        }
        return Math.abs(count) < 100_000_000
                ? String.format(Locale.ROOT, "%.1f M", count / 1e6)
                : grouped(Math.round(count / 1e6)) + " M";
    }

    /** A whole number, its digits in threes. A hundredth of what a format costs, and some of these go into every report. */
    static String grouped(long number) {
        StringBuilder digits = new StringBuilder().append(number);
        int first = number < 0 ? 1 : 0;
        for (int i = digits.length() - 3; i > first; i -= 3) {
            digits.insert(i, ',');
        }
        return digits.toString();
    }

    /** A time span in its largest sensible unit. */
    static String duration(double seconds) {
        if (seconds < 180) {
            return grouped(Math.round(seconds)) + " s";
        }
        if (seconds < 3 * 3600) {
            return grouped(Math.round(seconds / 60)) + " min";
        }
        return seconds < 3 * 86400
                ? grouped(Math.round(seconds / 3600)) + " h"
                : grouped(Math.round(seconds / 86400)) + " days";
    }

    /** The same where it may be less than some seconds. */
    static String shortDuration(double seconds) {
        if (seconds >= 10) {
            return duration(seconds);
        }
        return seconds >= 1
                ? String.format(Locale.ROOT, "%.1f s", seconds)
                : String.format(Locale.ROOT, seconds < 0.01 ? "%.1f ms" : "%.0f ms", seconds * 1e3);
    }

    /** How fast a count rises: a second, or a minute where that is less than one a second. */
    static String pace(double perSecond) {
        return perSecond < 1
                ? String.format(Locale.ROOT, "%.1f a minute", perSecond * 60)
                : String.format(Locale.ROOT, "%,.1f a second", perSecond);
    }

    /** A share as a percentage, never rounded up to a limit that it has not reached. */
    static String percent(double share) {
        return (int) Math.floor(share * 100) + " %";
    }

    /** A size in its largest sensible unit, in tenths where that is few of them. */
    static String bytes(long bytes) {
        if (bytes < 1 << 20) {
            return grouped(bytes / 1024) + " kB";
        }
        if (bytes < 10 << 20) {
            long tenths = bytes * 10 >> 20;
            return tenths / 10 + "." + tenths % 10 + " MB";
        }
        return bytes < 10L << 30 ? grouped(bytes >> 20) + " MB" : grouped(bytes >> 30) + " GB";
    }

    /** An identifier as SQL takes it. */
    static String quoted(String identifier) {
        return OneLine.quoted(identifier);
    }

    /** A text as SQL takes it. */
    static String literal(String text) {
        return OneLine.literal(text);
    }

    /** SQL with identifiers that the server quoted. */
    static String sql(String quotedByServer) {
        return OneLine.sql(quotedByServer);
    }

    /** A name that anybody may have chosen, fit for a line of text. */
    static String inLine(String name) {
        return OneLine.of(name);
    }

    /** One, or that many, of a thing. */
    static String number(long count, String thing) {
        return count == 1 ? "one " + thing : grouped(count) + " " + thing + "s";
    }
}
