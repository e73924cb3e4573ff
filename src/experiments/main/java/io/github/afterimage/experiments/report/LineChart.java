package io.github.afterimage.experiments.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;

/**
 * Lines over a common horizontal axis, as an SVG element. Each line has its name at its end; a line of one point is
 * a ring. Not thread-safe.
 */
public final class LineChart implements Chart {
    private static final int WIDTH = 720;
    private static final int NARROW = 400; // on a small screen, where letters of the wide chart would be illegible
    private static final int HEIGHT = 356;
    private static final int LEFT = 60;
    private static final int RIGHT = 120;
    private static final int TOP = 44;
    private static final int BOTTOM = 52;
    private static final int NAME_DISTANCE = 18;
    private static final int GUIDE_NAME = 4; // a guide has its name at one part in this many of its length
    private static final int CHARACTER = 7; // of a name, on average

    private final String horizontal;
    private final String vertical;
    private final List<Line> lines = new ArrayList<>();
    private final List<Line> measured = new ArrayList<>(); // all that the axes cover
    private final List<Layer> behind = new ArrayList<>(); // what is drawn before the lines

    private interface Layer {
        void draw(Svg svg, Axis x, Axis y);
    }

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

        void draw(Svg svg, String kind, Axis across, Axis up) {
            if (x.length == 1) { // a polyline would show nothing
                svg.circle(kind, across.pixel(x[0]), up.pixel(y[0]), 4);
            } else {
                svg.points("polyline", kind, x.length, i -> across.pixel(x[i]), i -> up.pixel(y[i]));
            }
        }

        /** Draws a line with its name at a part of its length. */
        void drawGuide(Svg svg, Axis across, Axis up) {
            draw(svg, "guide", across, up);
            double place = x[0] + (x[x.length - 1] - x[0]) / GUIDE_NAME;
            double at = across.pixel(place);
            double height = up.pixel(value(place));
            boolean before = at - 8 - CHARACTER * name.length() >= LEFT; // else the name would cover the axis
            boolean rises = height < up.pixel(y[0]);
            svg.text(
                    "tick",
                    before ? at - 8 : rises ? at + 8 : LEFT + 8,
                    before || !rises ? height - 6 : height + 14,
                    before ? "end" : "start",
                    name);
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
        lines.add(measured(new Line(name, x.clone(), y.clone())));
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
        double[] at = values(points, x);
        Line low = measured(
                new Line("", at, values(points, point -> y.applyAsDouble(point) - deviation.applyAsDouble(point))));
        Line high = measured(
                new Line("", at, values(points, point -> y.applyAsDouble(point) + deviation.applyAsDouble(point))));
        String kind = "band s" + lines.size();
        int n = at.length; // there along the upper bound, and back along the lower one
        behind.add((svg, across, up) -> svg.points(
                "polygon",
                kind,
                2 * n,
                i -> across.pixel(at[i < n ? i : 2 * n - 1 - i]),
                i -> up.pixel(i < n ? high.y[i] : low.y[2 * n - 1 - i])));
        return this;
    }

    private Line measured(Line line) {
        measured.add(line);
        return line;
    }

    /** Adds a dotted line to compare with; its name is at a quarter of its length. */
    public LineChart guide(String name, double[] x, double[] y) {
        behind.add(measured(new Line(name, x.clone(), y.clone()))::drawGuide);
        return this;
    }

    /** Adds a horizontal guide below or above the line that was added last. */
    public LineChart level(String name, double y) {
        double[] x = lines.get(lines.size() - 1).x;
        return guide(name, new double[] {x[0], x[x.length - 1]}, new double[] {y, y});
    }

    /**
     * Returns the chart, an {@code <svg>} element.
     *
     * @throws IllegalStateException if it has no line
     */
    @Override
    public String svg() {
        return svg(WIDTH);
    }

    @Override
    public String narrowSvg() {
        return svg(NARROW);
    }

    private String svg(int width) {
        if (measured.isEmpty()) {
            throw new IllegalStateException("the chart has no line");
        }
        int right = width - margin(width);
        Axis x = axis(measured.stream().flatMapToDouble(line -> Arrays.stream(line.x)), LEFT, right);
        Axis y = axis(measured.stream().flatMapToDouble(line -> Arrays.stream(line.y)), HEIGHT - BOTTOM, TOP);
        Svg svg = new Svg(width, HEIGHT, vertical + " over " + horizontal);
        for (double tick : y.ticks()) {
            svg.line("grid", LEFT, right, y.pixel(tick), y.pixel(tick))
                    .text("tick", LEFT - 10, y.pixel(tick) + 4, "end", y.label(tick));
        }
        for (double tick : x.ticks()) {
            svg.text("tick", x.pixel(tick), HEIGHT - BOTTOM + 20, "middle", x.label(tick));
        }
        svg.text("axis", (LEFT + right) / 2.0, HEIGHT - 8, "middle", horizontal)
                .text("axis", LEFT, 14, "start", verticalTitle(y));
        behind.forEach(layer -> layer.draw(svg, x, y));
        for (int i = lines.size() - 1; i >= 0; i--) { // the first one on top
            lines.get(i).draw(svg, "line s" + (i + 1), x, y);
        }
        names(svg, y, right);
        return svg.end();
    }

    /** Returns the room for the names on the right, but for so much of a narrow chart that the lines vanish. */
    private int margin(int width) {
        int longest = lines.stream().mapToInt(line -> line.name.length()).max().orElse(0);
        return Math.max(RIGHT, Math.min(width * 2 / 5, 10 + CHARACTER * longest));
    }

    /** Returns the title, with the beginning of the axis unless it is 0: readers take distances from the ground for sizes. */
    private String verticalTitle(Axis y) {
        return y.least() <= 0 ? vertical : vertical + " (axis begins at " + y.label(y.least()) + ")";
    }

    /** Writes each name at the end of its line; moves names down that would overlap, and all up if the last would fall out. */
    private void names(Svg svg, Axis y, int right) {
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
            String kind = "name s" + (lines.indexOf(order.get(i)) + 1);
            svg.text(kind, right + 10, positions[i] + 4, "start", order.get(i).name);
        }
    }

    private static Axis axis(DoubleStream values, double from, double to) {
        double[] sorted = values.sorted().toArray();
        return Axis.covering(sorted[0], sorted[sorted.length - 1], from, to);
    }
}
