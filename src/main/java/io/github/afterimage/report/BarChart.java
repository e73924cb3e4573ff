package io.github.afterimage.report;

import java.util.ArrayList;
import java.util.List;

/** Horizontal bars, positive to the right and negative to the left, as an SVG element. Not thread-safe. */
public final class BarChart {
    private static final int WIDTH = 640;
    private static final int ROW = 28;
    private static final int LEFT = 120;
    private static final int RIGHT = 110;

    private final List<Bar> bars = new ArrayList<>();

    private record Bar(String name, double value, String label) {}

    /**
     * Adds a bar.
     *
     * @param label the value as it is written at the end of the bar, with its unit
     */
    public BarChart bar(String name, double value, String label) {
        bars.add(new Bar(name, value, label));
        return this;
    }

    /** The chart: an {@code <svg>} element. */
    public String svg() {
        double least = Math.min(0, bars.stream().mapToDouble(Bar::value).min().orElse(0));
        double greatest =
                Math.max(0, bars.stream().mapToDouble(Bar::value).max().orElse(0));
        Axis axis =
                new Axis(least, greatest > least ? greatest : least + 1, least < 0 ? LEFT + 60 : LEFT, WIDTH - RIGHT);
        int height = ROW * bars.size() + 8;
        StringBuilder svg = new StringBuilder(Text.format("<svg viewBox=\"0 0 %d %d\" role=\"img\">\n", WIDTH, height));
        for (int i = 0; i < bars.size(); i++) {
            Bar bar = bars.get(i);
            double start = Math.min(axis.pixel(0), axis.pixel(bar.value));
            double end = Math.max(axis.pixel(0), axis.pixel(bar.value));
            int top = i * ROW + 4;
            svg.append(Text.format(
                    "<text class=\"name\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>"
                            + "<rect class=\"bar %s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\"/>"
                            + "<text class=\"tick\" x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">%s</text>\n",
                    LEFT - 10,
                    top + 17,
                    Text.escape(bar.name),
                    bar.value < 0 ? "s2" : "s1",
                    start,
                    top + 3,
                    Math.max(1, end - start),
                    ROW - 10,
                    bar.value < 0 ? start - 6 : end + 6,
                    top + 17,
                    bar.value < 0 ? "end" : "start",
                    Text.escape(bar.label)));
        }
        return svg.append("</svg>\n").toString();
    }
}
