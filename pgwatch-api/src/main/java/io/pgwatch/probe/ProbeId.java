package io.pgwatch.probe;

import static java.util.Objects.requireNonNull;

import java.util.regex.Pattern;

/**
 * Names a probe and the type of its evidence.
 *
 * @param value lower case, words joined by hyphens: tag value, property key, MBean name and name of its page
 * @param evidence the record that its verdicts hold
 */
public record ProbeId<E>(String value, Class<E> evidence) {

    private static final Pattern FORM = Pattern.compile("[a-z][a-z0-9]*(-[a-z0-9]+)*");

    public ProbeId {
        requireNonNull(evidence, "evidence");
        if (!FORM.matcher(value).matches()) {
            throw new IllegalArgumentException(
                    "want a probe id of lower-case words joined by hyphens, such as pool-saturation, got '" + value
                            + "'");
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
