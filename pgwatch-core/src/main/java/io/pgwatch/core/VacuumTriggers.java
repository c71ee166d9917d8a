package io.pgwatch.core;

import io.pgwatch.snapshot.Tables.Trigger;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * When autovacuum takes a table: the formulas of relation_needs_vacanalyze() in PostgreSQL's source, the same on 14 to 18
 * but for what 18 added. Computed in single precision, as there, so that the result is the same to the row.
 *
 * @param maxThreshold at most so many dead rows; negative for no limit, and before 18
 */
record VacuumTriggers(
        double threshold, double scaleFactor, double insertThreshold, double insertScaleFactor, double maxThreshold) {

    /**
     * Those of one table.
     *
     * @param options its storage options, {@code name=value} a line, the value as somebody once wrote it; null for none
     * @param rows {@code reltuples}; negative when never counted
     * @param frozenPages of the pages; 0 before 18
     */
    Trigger of(@Nullable String options, double rows, long pages, long frozenPages) {
        Map<String, String> own = parse(options);
        float counted = (float) Math.max(0, rows);
        double threshold = atLeast(0, own.get("autovacuum_vacuum_threshold"), this.threshold);
        double scaleFactor = atLeast(0, own.get("autovacuum_vacuum_scale_factor"), this.scaleFactor);
        double max = atLeast(-1, own.get("autovacuum_vacuum_max_threshold"), maxThreshold);
        double inserts = atLeast(-1, own.get("autovacuum_vacuum_insert_threshold"), insertThreshold);
        double insertScaleFactor = atLeast(0, own.get("autovacuum_vacuum_insert_scale_factor"), this.insertScaleFactor);
        float unfrozen = pages > 0 && frozenPages > 0 ? 1 - (float) Math.min(frozenPages, pages) / pages : 1;
        float dead = (float) threshold + (float) scaleFactor * counted;
        float inserted = (float) inserts + (float) insertScaleFactor * counted * unfrozen;
        return new Trigger(
                (long) (max >= 0 && dead > (float) max ? (float) max : dead),
                inserts < 0 ? null : (long) inserted,
                !isFalse(own.getOrDefault("autovacuum_enabled", "true")),
                (long) threshold,
                scaleFactor);
    }

    private static Map<String, String> parse(@Nullable String options) {
        Map<String, String> parsed = new HashMap<>();
        if (options != null) {
            for (String option : options.split("\n", -1)) {
                int equals = option.indexOf('=');
                if (equals > 0) {
                    parsed.put(option.substring(0, equals), option.substring(equals + 1));
                }
            }
        }
        return parsed;
    }

    /** The server takes a lower value for one that is not set. */
    private static double atLeast(double least, @Nullable String own, double global) {
        OptionalDouble number = own == null ? OptionalDouble.empty() : number(own.strip());
        return number.isPresent() && number.getAsDouble() >= least ? number.getAsDouble() : global;
    }

    /** Decimals and whole numbers in the forms that the server takes; empty for what it can only have taken otherwise. */
    private static OptionalDouble number(String text) {
        try {
            String digits = text.replaceFirst("^[+-]", "");
            if (digits.startsWith("0x") || digits.startsWith("0X") || digits.matches("0[0-7]+")) {
                return OptionalDouble.of(Long.decode(text));
            }
            return digits.matches("[0-9.].*") ? OptionalDouble.of(Double.parseDouble(text)) : OptionalDouble.empty();
        } catch (NumberFormatException e) {
            return OptionalDouble.empty();
        }
    }

    /** As the server reads a boolean: any beginning of a word that no other word has. */
    private static boolean isFalse(String text) {
        String word = text.toLowerCase(Locale.ROOT);
        return word.equals("0")
                || !word.isEmpty() && ("false".startsWith(word) || "no".startsWith(word))
                || word.length() > 1 && "off".startsWith(word);
    }
}
