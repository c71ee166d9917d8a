package io.pgwatch.core.bloat;

/**
 * Writes SQL for the length of a row's data: each value is put at the next multiple of its alignment. What is known beforehand
 * is added up here; what is not, is left to the server, in steps that no parser finds too deep.
 */
final class Layout {

    private static final int DEEPEST = 20;

    private final String alias;
    private final StringBuilder laterals;
    private String base = "";
    private int baseIsMultipleOf = 8;
    private int added;
    private int depth;
    private int steps;

    /**
     * Nothing so far.
     *
     * @param alias for the subqueries that long rows need
     * @param laterals takes those subqueries
     */
    Layout(String alias, StringBuilder laterals) {
        this.alias = alias;
        this.laterals = laterals;
    }

    /** A value of known length that is never NULL. */
    void add(int align, int length) {
        if (align > baseIsMultipleOf) {
            base = "((" + sum() + " + " + (align - 1) + ") & " + -align + ")";
            baseIsMultipleOf = align;
            added = 0;
            deeper();
        }
        added = (added + align - 1 & -align) + length;
    }

    /**
     * A value of which only the server knows the length.
     *
     * @param align from 1 on, where {@code aligned} holds
     * @param aligned SQL; where it does not hold, the value follows without a gap
     * @param length SQL; 0 for NULL
     */
    void add(int align, String aligned, String length) {
        if (align <= baseIsMultipleOf && added % align == 0) {
            base = "(" + sum() + " + " + length + ")"; // it stands there already
        } else {
            String pad = "(case when " + aligned + " then " + (align - 1) + " else 0 end)";
            base = "(((" + sum() + " + " + pad + ") & ~" + pad + ") + " + length + ")";
        }
        baseIsMultipleOf = 1;
        added = 0;
        deeper();
    }

    private void deeper() {
        depth++;
        if (depth >= DEEPEST) {
            String step = alias + ++steps;
            laterals.append("\n    cross join lateral (select ")
                    .append(base)
                    .append(" as pgw_sum offset 0) ")
                    .append(step);
            base = step + ".pgw_sum";
            depth = 0;
        }
    }

    /** The length so far, as SQL. */
    String sum() {
        return base.isEmpty() ? Integer.toString(added) : added == 0 ? base : "(" + base + " + " + added + ")";
    }
}
