package io.github.afterimage.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;

/** Lines over a common horizontal axis, as an SVG element. Not thread-safe. */
public final class LineChart {
    private static final int WIDTH = 640;
    private static final int HEIGHT = 320;
    private static final int LEFT = 64;
    private static final int RIGHT = 150;
    private static final int TOP = 16;
    private static final int BOTTOM = 48;

    private final String horizontal;
    private final String vertical;
    private final List<Line> lines = new ArrayList<>();

    private record Line(String name, double[] x, double[] y) {}

    /** @param horizontal and {@code vertical}: what the axes mean, with units */
    public LineChart(String horizontal, String vertical) {
        this.horizontal = horizontal;
        this.vertical = vertical;
    }

    /**
     * Adds a line through the points (x, y).
     *
     * @throws IllegalArgumentException if the lengths differ or there is no point
     */
    public LineChart line(String name, double[] x, double[] y) {
        if (x.length != y.length || x.length == 0) {
            throw new IllegalArgumentException("line \"" + name + "\" has " + x.length + " x and " + y.length
                    + " y values: expected the same positive number");
        }
        lines.add(new Line(name, x.clone(), y.clone()));
        return this;
    }

    /** The chart: an {@code <svg>} element. */
    public String svg() {
        Axis x = axis(lines.stream().flatMapToDouble(line -> Arrays.stream(line.x)), LEFT, WIDTH - RIGHT);
        Axis y = axis(lines.stream().flatMapToDouble(line -> Arrays.stream(line.y)), HEIGHT - BOTTOM, TOP);
        StringBuilder svg = new StringBuilder(Text.format(
                "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s over %s\">\n",
                WIDTH, HEIGHT, Text.escape(vertical), Text.escape(horizontal)));
        for (double tick : y.ticks()) {
            svg.append(Text.format(
                    "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>"
                            + "<text class=\"tick\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
                    LEFT, WIDTH - RIGHT, y.pixel(tick), y.pixel(tick), LEFT - 8, y.pixel(tick) + 4, y.label(tick)));
        }
        for (double tick : x.ticks()) {
            svg.append(Text.format(
                    "<text class=\"tick\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>\n",
                    x.pixel(tick), HEIGHT - BOTTOM + 18, x.label(tick)));
        }
        svg.append(Text.format(
                "<text class=\"axis\" x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>"
                        + "<text class=\"axis\" transform=\"rotate(-90)\" x=\"%d\" y=\"14\" text-anchor=\"middle\">%s</text>\n",
                (LEFT + WIDTH - RIGHT) / 2,
                HEIGHT - 8,
                Text.escape(horizontal),
                -(TOP + HEIGHT - BOTTOM) / 2,
                Text.escape(vertical)));
        for (int i = 0; i < lines.size(); i++) {
            append(svg, lines.get(i), i + 1, x, y);
        }
        return svg.append("</svg>\n").toString();
    }

    private static void append(StringBuilder svg, Line line, int number, Axis x, Axis y) {
        svg.append(Text.format("<polyline class=\"line s%d\" points=\"", number));
        for (int i = 0; i < line.x.length; i++) {
            svg.append(Text.format("%.1f,%.1f ", x.pixel(line.x[i]), y.pixel(line.y[i])));
        }
        svg.append("\"/>\n");
        int legend = TOP + 8 + 22 * (number - 1);
        svg.append(Text.format(
                "<line class=\"line s%d\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>"
                        + "<text class=\"name\" x=\"%d\" y=\"%d\">%s</text>\n",
                number,
                WIDTH - RIGHT + 12,
                WIDTH - RIGHT + 32,
                legend,
                legend,
                WIDTH - RIGHT + 38,
                legend + 4,
                Text.escape(line.name)));
    }

    private static Axis axis(DoubleStream values, double from, double to) {
        double[] sorted = values.sorted().toArray();
        return Axis.covering(sorted[0], sorted[sorted.length - 1], from, to);
    }
}
