package io.github.afterimage.experiments.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Lines, or points, over a common horizontal axis, as an SVG element. Each line has its name at its end; a line of one point is
 * a ring. Not thread-safe.
 */
public final class LineChart {
    private static final int WIDTH = 720;
    private static final int NARROW = 400; // on a small screen, where letters of the wide chart would be illegible
    private static final int HEIGHT = 356;
    private static final int LEFT = 60;
    private static final int RIGHT = 120;
    private static final int TOP = 44;
    private static final int BOTTOM = 52;
    private static final int NAME_DISTANCE = 18;
    private static final int GUIDE_NAME = 4; // a guide has its name at one part in this many of its length
    private static final int CHARACTER = 7; // of the name of a guide, on average

    private final String horizontal;
    private final String vertical;
    private final List<Line> lines = new ArrayList<>();
    private final List<Line> guides = new ArrayList<>();
    private final List<Line> dots = new ArrayList<>();
    private final List<Band> bands = new ArrayList<>();
    private final List<Section> sections = new ArrayList<>();
    private @Nullable String markName;
    private double mark;
    private int marked; // the line
    private boolean logarithmicX;

    private record Section(String name, double from) {}

    private record Band(int line, double[] low, double[] high) {}

    private record Line(String name, double[] x, double[] y) {
        double end() {
            return y[y.length - 1];
        }

        /** Returns the vertical value at a horizontal one, interpolated between the points around it. */
        double value(double at) {
            for (int i = 1; i < x.length; i++) {
                if (at <= x[i] && x[i] > x[i - 1]) {
                    return y[i - 1] + (y[i] - y[i - 1]) * (Math.max(at, x[i - 1]) - x[i - 1]) / (x[i] - x[i - 1]);
                }
            }
            return end();
        }
    }

    /**
     * @param horizontal the title of the horizontal axis, with units
     * @param vertical the title of the vertical axis, with units
     */
    public LineChart(String horizontal, String vertical) {
        this.horizontal = horizontal;
        this.vertical = vertical;
    }

    /**
     * Adds a line through the points (x, y), in ascending order of x.
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

    /** Adds a line with a point for each of these, in ascending order of x. */
    public <T> LineChart line(String name, List<T> points, ToDoubleFunction<T> x, ToDoubleFunction<T> y) {
        return line(name, values(points, x), values(points, y));
    }

    private static <T> double[] values(List<T> points, ToDoubleFunction<T> value) {
        return points.stream().mapToDouble(value).toArray();
    }

    /**
     * Adds a line with a band around it.
     *
     * @param deviation not negative; the band reaches from y - deviation to y + deviation
     */
    public <T> LineChart line(
            String name, List<T> points, ToDoubleFunction<T> x, ToDoubleFunction<T> y, ToDoubleFunction<T> deviation) {
        line(name, points, x, y);
        bands.add(new Band(
                lines.size() - 1,
                values(points, point -> y.applyAsDouble(point) - deviation.applyAsDouble(point)),
                values(points, point -> y.applyAsDouble(point) + deviation.applyAsDouble(point))));
        return this;
    }

    /** Adds a dotted line to compare with; its name is at a quarter of its length. */
    public LineChart guide(String name, double[] x, double[] y) {
        guides.add(new Line(name, x.clone(), y.clone()));
        return this;
    }

    /** Adds a dotted line to compare with, with a point for each of these. */
    public <T> LineChart guide(String name, List<T> points, ToDoubleFunction<T> x, ToDoubleFunction<T> y) {
        return guide(name, values(points, x), values(points, y));
    }

    /** Adds a horizontal guide below or above the line that was added last. */
    public LineChart level(String name, double y) {
        double[] x = lines.get(lines.size() - 1).x;
        return guide(name, new double[] {x[0], x[x.length - 1]}, new double[] {y, y});
    }

    /**
     * Adds points without a line.
     *
     * @throws IllegalArgumentException if the lengths differ
     */
    public LineChart dots(double[] x, double[] y) {
        if (x.length != y.length) {
            throw new IllegalArgumentException(
                    x.length + " x and " + y.length + " y values of points: expected as many");
        }
        dots.add(new Line("", x.clone(), y.clone()));
        return this;
    }

    /** Begins a section of the horizontal axis with a line and a name along it. */
    public LineChart section(String name, double from) {
        sections.add(new Section(name, from));
        return this;
    }

    /** Makes the horizontal axis logarithmic; its values must be positive. */
    public LineChart logarithmicHorizontal() {
        logarithmicX = true;
        return this;
    }

    /** Marks a value of the horizontal axis, and the point there of the line that was added last before. */
    public LineChart mark(String name, double x) {
        markName = name;
        mark = x;
        marked = Math.max(0, lines.size() - 1);
        return this;
    }

    /**
     * Returns the chart, an {@code <svg>} element.
     *
     * @throws IllegalStateException if it has neither a line nor points
     */
    public String svg() {
        return svg(WIDTH);
    }

    /** Returns the chart for a small screen. */
    String narrowSvg() {
        return svg(NARROW);
    }

    private String svg(int width) {
        if (lines.isEmpty() && dots.isEmpty()) {
            throw new IllegalStateException("the chart has no line and no points");
        }
        List<Line> all = Stream.of(lines, guides, dots).flatMap(List::stream).toList();
        Axis x = axis(all.stream().flatMapToDouble(line -> Arrays.stream(line.x)), logarithmicX, LEFT, width - RIGHT);
        Axis y = axis(
                Stream.concat(
                                all.stream().map(line -> line.y),
                                bands.stream().flatMap(band -> Stream.of(band.low, band.high)))
                        .flatMapToDouble(Arrays::stream),
                false,
                HEIGHT - BOTTOM,
                TOP);
        StringBuilder svg = new StringBuilder(Markup.format(
                "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s over %s\">\n",
                width, HEIGHT, Markup.escape(vertical), Markup.escape(horizontal)));
        for (double tick : y.ticks()) {
            svg.append(Markup.format(
                    "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>"
                            + "<text class=\"tick\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
                    LEFT, width - RIGHT, y.pixel(tick), y.pixel(tick), LEFT - 10, y.pixel(tick) + 4, y.label(tick)));
        }
        for (double tick : x.ticks()) {
            svg.append(Markup.format(
                    "<text class=\"tick\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>\n",
                    x.pixel(tick), HEIGHT - BOTTOM + 20, x.label(tick)));
        }
        svg.append(Markup.format(
                "<text class=\"axis\" x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>"
                        + "<text class=\"axis\" x=\"%d\" y=\"14\">%s</text>\n",
                (LEFT + width - RIGHT) / 2,
                HEIGHT - 8,
                Markup.escape(horizontal),
                LEFT,
                Markup.escape(verticalTitle(y))));
        if (markName != null) {
            svg.append(Markup.format(
                    "<line class=\"mark\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>"
                            + "<text class=\"tick\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>\n",
                    x.pixel(mark),
                    x.pixel(mark),
                    TOP - 6,
                    HEIGHT - BOTTOM,
                    x.pixel(mark),
                    TOP - 10,
                    Markup.escape(markName)));
        }
        sections.forEach(section -> append(svg, section, x));
        bands.forEach(band -> append(svg, band, x, y));
        guides.forEach(guide -> append(svg, guide, x, y));
        for (Line points : dots) {
            for (int i = 0; i < points.x.length; i++) {
                svg.append(Markup.format(
                        "<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"2.5\"/>\n",
                        x.pixel(points.x[i]), y.pixel(points.y[i])));
            }
        }
        for (int i = lines.size() - 1; i >= 0; i--) { // the first one on top
            append(svg, lines.get(i), i + 1, x, y);
        }
        if (markName != null) {
            svg.append(Markup.format(
                    "<circle class=\"point\" cx=\"%.1f\" cy=\"%.1f\" r=\"4.5\"/>\n",
                    x.pixel(mark), y.pixel(lines.get(marked).value(mark))));
        }
        names(svg, y, width);
        return svg.append("</svg>\n").toString();
    }

    /** Returns the title, with the beginning of the axis unless it is 0: readers take distances from the ground for sizes. */
    private String verticalTitle(Axis y) {
        return y.least() <= 0 ? vertical : vertical + " (axis begins at " + y.label(y.least()) + ")";
    }

    private static void append(StringBuilder svg, Section section, Axis x) {
        double place = x.pixel(section.from);
        svg.append(Markup.format(
                "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>"
                        + "<text class=\"tick\" text-anchor=\"end\" transform=\"translate(%.1f %d) rotate(-90)\">%s</text>\n",
                place, place, TOP, HEIGHT - BOTTOM, place + 13, TOP + 2, Markup.escape(section.name)));
    }

    private void append(StringBuilder svg, Band band, Axis x, Axis y) {
        double[] positions = lines.get(band.line).x;
        svg.append(Markup.format("<polygon class=\"band s%d\" points=\"", band.line + 1));
        for (int i = 0; i < positions.length; i++) {
            svg.append(Markup.format("%.1f,%.1f ", x.pixel(positions[i]), y.pixel(band.high[i])));
        }
        for (int i = positions.length - 1; i >= 0; i--) {
            svg.append(Markup.format("%.1f,%.1f ", x.pixel(positions[i]), y.pixel(band.low[i])));
        }
        svg.append("\"/>\n");
    }

    private static void append(StringBuilder svg, Line guide, Axis x, Axis y) {
        svg.append("<polyline class=\"guide\" points=\"");
        for (int i = 0; i < guide.x.length; i++) {
            svg.append(Markup.format("%.1f,%.1f ", x.pixel(guide.x[i]), y.pixel(guide.y[i])));
        }
        double place = guide.x[0] + (guide.x[guide.x.length - 1] - guide.x[0]) / GUIDE_NAME;
        double at = x.pixel(place);
        double height = y.pixel(guide.value(place));
        boolean before = at - 8 - CHARACTER * guide.name.length() >= LEFT; // else the name would cover the axis
        boolean rises = height < y.pixel(guide.y[0]);
        svg.append(Markup.format(
                "\"/>\n<text class=\"tick\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n",
                before ? at - 8 : rises ? at + 8 : LEFT + 8,
                before || !rises ? height - 6 : height + 14,
                before ? "end" : "start",
                Markup.escape(guide.name)));
    }

    private static void append(StringBuilder svg, Line line, int number, Axis x, Axis y) {
        if (line.x.length == 1) { // a polyline would show nothing
            svg.append(Markup.format(
                    "<circle class=\"line s%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/>\n",
                    number, x.pixel(line.x[0]), y.pixel(line.y[0])));
            return;
        }
        svg.append(Markup.format("<polyline class=\"line s%d\" points=\"", number));
        for (int i = 0; i < line.x.length; i++) {
            svg.append(Markup.format("%.1f,%.1f ", x.pixel(line.x[i]), y.pixel(line.y[i])));
        }
        svg.append("\"/>\n");
    }

    /** Writes each name at the end of its line; moves names down that would overlap, and all up if the last would fall out. */
    private void names(StringBuilder svg, Axis y, int width) {
        List<Line> order = lines.stream()
                .sorted(Comparator.comparingDouble(line -> y.pixel(line.end())))
                .toList();
        double[] positions = new double[order.size()];
        for (int i = 0; i < positions.length; i++) {
            double wanted = y.pixel(order.get(i).end());
            positions[i] = i == 0 ? wanted : Math.max(wanted, positions[i - 1] + NAME_DISTANCE);
        }
        if (order.isEmpty()) {
            return;
        }
        double over = Math.max(0, positions[positions.length - 1] - (HEIGHT - BOTTOM));
        for (int i = positions.length - 1; i >= 0; i--) {
            double limit = i == positions.length - 1 ? positions[i] - over : positions[i + 1] - NAME_DISTANCE;
            positions[i] = Math.min(positions[i], limit);
            svg.append(Markup.format(
                    "<text class=\"name s%d\" x=\"%d\" y=\"%.1f\">%s</text>\n",
                    lines.indexOf(order.get(i)) + 1,
                    width - RIGHT + 10,
                    positions[i] + 4,
                    Markup.escape(order.get(i).name)));
        }
    }

    private static Axis axis(DoubleStream values, boolean logarithmic, double from, double to) {
        double[] sorted = values.sorted().toArray();
        if (logarithmic) {
            return Axis.logarithmic(sorted[0], sorted[sorted.length - 1], from, to);
        }
        return Axis.covering(sorted[0], sorted[sorted.length - 1], from, to);
    }
}
