package io.pgwatch.testsupport;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a scrape of Prometheus gave, read as strictly as its format is written: each line is a comment or a sample. */
public final class Exposition {

    private static final String NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
    private static final Pattern COMMENT = Pattern.compile("# (HELP|TYPE) " + NAME + " [^\\n]+");
    private static final Pattern BEGINNING = Pattern.compile("(" + NAME + ")(\\{?)");
    private static final Pattern KEY = Pattern.compile("(" + NAME + ")=\"");
    private static final Pattern VALUE = Pattern.compile(" (NaN|[-+]?[0-9.]+([eE][-+]?[0-9]+)?)");

    private final List<Sample> samples = new ArrayList<>();

    /** One line that is no comment. */
    public record Sample(String name, Map<String, String> labels, double value) {}

    /**
     * Reads it whole.
     *
     * @throws IllegalArgumentException if there is a line that is neither
     */
    public Exposition(String scraped) {
        for (String line : scraped.split("\n")) {
            if (!COMMENT.matcher(line).matches()) {
                samples.add(new Line(line).sample());
            }
        }
    }

    /** The values of a label of one name's samples. */
    public List<String> labels(String name, String key) {
        return samples.stream()
                .filter(sample -> sample.name().equals(name))
                .map(sample -> sample.labels().get(key))
                .toList();
    }

    private static final class Line {

        private final String text;
        private int at;

        Line(String text) {
            this.text = text;
        }

        Sample sample() {
            Matcher beginning = next(BEGINNING);
            Map<String, String> labels = new LinkedHashMap<>();
            if (!beginning.group(2).isEmpty()) {
                do {
                    String key = next(KEY).group(1);
                    if (labels.put(key, labelValue()) != null) {
                        throw wrong("twice the label " + key);
                    }
                } while (character() == ',');
                at--;
                if (character() != '}') {
                    throw wrong("the labels do not end");
                }
            }
            String value = next(VALUE).group(1);
            if (at < text.length()) {
                throw wrong("more than a sample");
            }
            return new Sample(beginning.group(1), labels, Double.parseDouble(value));
        }

        private String labelValue() {
            StringBuilder value = new StringBuilder();
            for (char c = character(); c != '"'; c = character()) {
                value.append(c == '\\' ? escaped(character()) : c);
            }
            return value.toString();
        }

        private char escaped(char c) {
            return switch (c) {
                case 'n' -> '\n';
                case '\\', '"' -> c;
                default -> throw wrong("an escape that is none");
            };
        }

        private char character() {
            if (at == text.length()) {
                throw wrong("it ends too early");
            }
            return text.charAt(at++);
        }

        private Matcher next(Pattern pattern) {
            Matcher found = pattern.matcher(text).region(at, text.length());
            if (!found.lookingAt()) {
                throw wrong("neither a comment nor a sample");
            }
            at = found.end();
            return found;
        }

        private IllegalArgumentException wrong(String what) {
            return new IllegalArgumentException(what + ", at " + at + " of: " + text);
        }
    }
}
