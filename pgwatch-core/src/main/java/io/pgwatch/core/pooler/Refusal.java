package io.pgwatch.core.pooler;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/** The other side answered with an error. */
final class Refusal extends IOException {

    private static final long serialVersionUID = 1;

    private final String sqlState;
    private final boolean ofPostgres;

    Refusal(Wire.Message error) {
        this(fields(error));
    }

    private Refusal(Map<Character, String> fields) {
        super(fields.getOrDefault('M', "no reason given"));
        this.sqlState = fields.getOrDefault('C', "");
        this.ofPostgres = fields.containsKey('R');
    }

    /** Whether PostgreSQL said it, which names the routine that did; PgBouncer never does. */
    boolean isOfPostgres() {
        return ofPostgres;
    }

    String sqlState() {
        return sqlState;
    }

    private static Map<Character, String> fields(Wire.Message error) {
        Map<Character, String> fields = new HashMap<>();
        while (error.content().hasRemaining()) {
            char field = (char) error.content().get();
            if (field != 0) {
                fields.put(field, error.text());
            }
        }
        return fields;
    }
}
