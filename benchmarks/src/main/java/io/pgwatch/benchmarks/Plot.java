package io.pgwatch.benchmarks;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** Lines on logarithmic axes, side by side, as SVG. */
final class Plot {

    private static final int WIDTH = 960;
    private static final int HEIGHT = 500;
    private static final int TOP = 150;
    private static final int BOTTOM = HEIGHT - 60;
    private static final int PANEL_WIDTH = 340;
    private static final int[] LEFT = {75, 555};

    private static final List<String> COLOURS = List.of("#b7791f", "#6b7280", "#1d4ed8", "#0f9d76");

    private Plot() {}

    /** Some values of one subject. */
    static final class Line {

        private final String name;
        private final List<double[]> points = new ArrayList<>();

        private Line(String name) {
            this.name = name;
        }

        private double[] last() {
            return points.get(points.size() - 1);
        }

        void point(double x, double y) {
            points.add(new double[] {x, y});
        }
    }

    /** One pair of axes. */
    static final class Panel {

        private final String title;
        private final List<Line> lines = new ArrayList<>();
        private double goal = Double.NaN;
        private @Nullable String goalText;

        Panel(String title) {
            this.title = title;
        }

        /** A line across, not to be passed. */
        Panel goal(double y, String text) {
            goal = y;
            goalText = text;
            return this;
        }

        Line line(String name) {
            Line line = new Line(name);
            lines.add(line);
            return line;
        }

        private double[] all(ToDoubleFunction<double[]> coordinate) {
            return lines.stream()
                    .flatMap(line -> line.points.stream())
                    .mapToDouble(coordinate)
                    .distinct()
                    .sorted()
                    .toArray();
        }
    }

    /** At most two panels, which have the same lines. */
    static String svg(String title, String remark, List<Panel> panels) {
        StringBuilder svg = new StringBuilder();
        add(
                svg,
                "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' width='%d' height='%d'"
                        + " font-family='DejaVu Sans, Verdana, sans-serif' font-size='13' fill='#1f2937'>",
                WIDTH,
                HEIGHT,
                WIDTH,
                HEIGHT);
        add(svg, "<rect width='100%%' height='100%%' fill='#ffffff'/>");
        text(svg, 30, 36, "start", "font-size='19' font-weight='bold'", title);
        legend(svg, panels.get(0));
        for (int i = 0; i < panels.size(); i++) {
            panel(svg, panels.get(i), LEFT[i]);
        }
        text(svg, 30, HEIGHT - 14, "start", "font-size='12' fill='#6b7280'", remark);
        return svg.append("</svg>\n").toString();
    }

    private static void legend(StringBuilder svg, Panel panel) {
        for (int i = 0; i < panel.lines.size(); i++) {
            String name = panel.lines.get(i).name;
            int x = i % 2 == 0 ? 30 : LEFT[1] - 45;
            int y = 66 + i / 2 * 22;
            add(svg, "<path d='M%d %d h24' stroke='%s' stroke-width='%s'/>", x, y, COLOURS.get(i), width(name));
            text(svg, x + 32, y + 4, "start", isOurs(name) ? "font-weight='bold'" : "", name);
        }
    }

    private static String width(String name) {
        return isOurs(name) ? "3.5" : "2";
    }

    private static boolean isOurs(String name) {
        return name.startsWith("pgwatch");
    }

    private static void panel(StringBuilder svg, Panel panel, int left) {
        double[] xs = panel.all(point -> point[0]);
        double[] ys = panel.all(point -> point[1]);
        if (xs.length == 0) {
            return;
        }
        Axis x = new Axis(Math.log10(xs[0]), Math.log10(xs[xs.length - 1]), left, left + PANEL_WIDTH);
        Axis y = new Axis(Math.floor(Math.log10(ys[0])), Math.ceil(Math.log10(ys[ys.length - 1])), BOTTOM, TOP);
        text(svg, left, 128, "start", "font-size='14' font-weight='bold'", panel.title);
        for (double power = y.from; power <= y.to; power++) {
            double at = y.at(Math.pow(10, power));
            add(svg, "<path d='M%d %.1f h%d' stroke='#e5e7eb'/>", left, at, PANEL_WIDTH);
            text(svg, left - 10, at + 4, "end", "fill='#4b5563'", number(Math.pow(10, power)));
        }
        for (double value : xs) {
            add(svg, "<path d='M%.1f %d v5' stroke='#9ca3af'/>", x.at(value), BOTTOM);
            text(svg, x.at(value), BOTTOM + 21, "middle", "fill='#4b5563'", number(value));
        }
        if (panel.goal > ys[0] && panel.goalText != null) {
            double at = y.at(panel.goal);
            add(svg, "<path d='M%d %.1f h%d' stroke='#dc2626' stroke-dasharray='5 4'/>", left, at, PANEL_WIDTH);
            text(
                    svg,
                    left + 8,
                    at + 16,
                    "start",
                    "font-size='12' fill='#dc2626'",
                    panel.goalText + ": " + TextTable.number(panel.goal));
        }
        for (int i = 0; i < panel.lines.size(); i++) {
            line(svg, panel.lines.get(i), COLOURS.get(i), x, y);
        }
        ends(svg, panel, x, y);
    }

    private static void line(StringBuilder svg, Line line, String colour, Axis x, Axis y) {
        StringBuilder path = new StringBuilder();
        for (double[] point : line.points) {
            add(path, "%s%.1f %.1f ", path.isEmpty() ? "M" : "L", x.at(point[0]), y.at(point[1]));
        }
        add(svg, "<path d='%s' fill='none' stroke='%s' stroke-width='%s'/>", path, colour, width(line.name));
        for (double[] point : line.points) {
            add(svg, "<circle cx='%.1f' cy='%.1f' r='4' fill='%s'/>", x.at(point[0]), y.at(point[1]), colour);
        }
    }

    /** The last values, beside their points and not upon each other. */
    private static void ends(StringBuilder svg, Panel panel, Axis x, Axis y) {
        double free = 0;
        List<Line> fromTop = panel.lines.stream()
                .filter(line -> !line.points.isEmpty())
                .sorted(Comparator.comparing(line -> -line.last()[1]))
                .toList();
        for (Line line : fromTop) {
            double at = Math.max(free, y.at(line.last()[1]) + 4);
            String style = "font-size='12' fill='" + COLOURS.get(panel.lines.indexOf(line)) + "'";
            text(svg, x.at(line.last()[0]) + 10, at, "start", style, TextTable.number(line.last()[1]));
            free = at + 14;
        }
    }

    private static String number(double value) {
        return value >= 1 ? String.format(Locale.ROOT, "%,.0f", value) : Double.toString(value);
    }

    private static void text(StringBuilder svg, double x, double y, String anchor, String style, String text) {
        add(
                svg,
                "<text x='%.1f' y='%.1f' text-anchor='%s' %s>%s</text>",
                x,
                y,
                anchor,
                style,
                text.replace("&", "&amp;"));
    }

    private static void add(StringBuilder svg, String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values));
        if (format.startsWith("<")) {
            svg.append('\n');
        }
    }

    /** Powers of ten, laid out on pixels. */
    private record Axis(double from, double to, double start, double end) {

        double at(double value) {
            double share = to == from ? 0.5 : (Math.log10(value) - from) / (to - from);
            return start + share * (end - start);
        }
    }
}
