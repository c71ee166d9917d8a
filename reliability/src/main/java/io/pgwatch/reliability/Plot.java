package io.pgwatch.reliability;

import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Draws a soak as SVG: a panel for each number over the same time, faults as grey bands. */
final class Plot {

    private static final int WIDTH = 900;
    private static final int LEFT = 60;
    private static final int HEIGHT = 110;
    private static final int GAP = 40;

    /**
     * When a fault lasted, in seconds since the beginning.
     *
     * @param momentary whether it leaves a frozen backend at the server, beside the one that took its place
     */
    record Band(String fault, double from, double to, boolean momentary) {

        boolean leavesOneMore(double second) {
            return momentary && from <= second && second <= to + 2;
        }
    }

    private final StringBuilder svg = new StringBuilder();
    private final List<Samples.Sample> samples;
    private final List<Band> bands;
    private final double seconds;
    private int panels;

    private Plot(List<Samples.Sample> samples, List<Band> bands, double seconds) {
        this.samples = samples;
        this.bands = bands;
        this.seconds = seconds;
    }

    static String of(List<Samples.Sample> samples, List<Band> bands, double seconds, String title) {
        Plot plot = new Plot(samples, bands, seconds);
        plot.panel("heap after collection, MB", Samples.Sample::heap);
        plot.panel("threads of the JVM", Samples.Sample::threads);
        plot.panel("sessions of a watch at the server", Samples.Sample::sessions);
        plot.panel("CPU of all backends of the watches, s", Samples.Sample::cpu);
        int height = GAP + plot.panels * (HEIGHT + GAP);
        return "<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' font-family='sans-serif' font-size='11'>%n"
                        .formatted(WIDTH, height)
                + "<rect width='100%' height='100%' fill='white'/>\n"
                + "<text x='10' y='16' font-size='13'>" + title + "</text>\n" + plot.svg + "</svg>\n";
    }

    private void panel(String name, ToDoubleFunction<Samples.Sample> value) {
        int top = GAP + panels++ * (HEIGHT + GAP);
        double most = samples.stream()
                .mapToDouble(value)
                .filter(one -> !Double.isNaN(one))
                .max()
                .orElse(1);
        double scale = most <= 0 ? 1 : most * 1.1;
        for (Band band : bands) {
            add(
                    "<rect x='%.1f' y='%d' width='%.1f' height='%d' fill='#ddd'><title>%s</title></rect>",
                    x(band.from()), top, Math.max(1, x(band.to()) - x(band.from())), HEIGHT, escaped(band.fault()));
        }
        add(
                "<rect x='%d' y='%d' width='%d' height='%d' fill='none' stroke='#999'/>",
                LEFT, top, WIDTH - LEFT - 10, HEIGHT);
        add("<text x='%d' y='%d'>%s</text>", LEFT, top - 5, name);
        add("<text x='%d' y='%d' text-anchor='end'>%.4g</text>", LEFT - 5, top + 10, scale);
        add("<text x='%d' y='%d' text-anchor='end'>0</text>", LEFT - 5, top + HEIGHT);
        add("<text x='%d' y='%d' text-anchor='end'>%.0f s</text>", WIDTH - 10, top + HEIGHT + 13, seconds);
        StringBuilder points = new StringBuilder();
        for (Samples.Sample sample : samples) {
            double one = value.applyAsDouble(sample);
            if (Double.isNaN(one)) {
                line(points);
            } else {
                points.append(
                        String.format(Locale.ROOT, "%.1f,%.1f ", x(sample.second()), top + HEIGHT * (1 - one / scale)));
            }
        }
        line(points);
    }

    /** A gap is where nothing could be measured. */
    private void line(StringBuilder points) {
        if (points.length() > 0) {
            add(
                    "<polyline points='%s' fill='none' stroke='#06c' stroke-width='1.5'/>",
                    points.toString().strip());
            points.setLength(0);
        }
    }

    private double x(double second) {
        return LEFT + (WIDTH - LEFT - 10) * second / seconds;
    }

    private void add(String format, Object... arguments) {
        svg.append(String.format(Locale.ROOT, format, arguments)).append('\n');
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;");
    }
}
