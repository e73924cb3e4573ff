package io.github.afterimage.experiments.report;

import java.util.stream.DoubleStream;

/** Points over two axes of the same scale, with the diagonal, as an SVG element. Immutable. */
public record ScatterChart(String horizontal, String vertical, double[] x, double[] y) {
    private static final int SIDE = 420;
    private static final int LEFT = 60;
    private static final int TOP = 28;
    private static final int BOTTOM = 52;
    private static final int WIDTH = 720;

    /**
     * @param horizontal the title of the horizontal axis, with units
     * @param vertical the title of the vertical axis, with units
     * @throws IllegalArgumentException if the lengths differ or there is no point
     */
    public ScatterChart {
        if (x.length != y.length || x.length == 0) {
            throw new IllegalArgumentException(
                    x.length + " x and " + y.length + " y values: expected the same positive number");
        }
    }

    /** Returns the chart, an {@code <svg>} element. */
    public String svg() {
        double greatest = DoubleStream.concat(DoubleStream.of(x), DoubleStream.of(y))
                .max()
                .orElseThrow();
        Axis across = Axis.covering(0, greatest, LEFT, LEFT + SIDE);
        Axis up = Axis.covering(0, greatest, TOP + SIDE, TOP);
        StringBuilder svg = new StringBuilder(Markup.format(
                "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s over %s\">\n",
                WIDTH, TOP + SIDE + BOTTOM, Markup.escape(vertical), Markup.escape(horizontal)));
        for (double tick : up.ticks()) {
            svg.append(Markup.format(
                    "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>"
                            + "<text class=\"tick\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>"
                            + "<text class=\"tick\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>\n",
                    LEFT,
                    LEFT + SIDE,
                    up.pixel(tick),
                    up.pixel(tick),
                    LEFT - 10,
                    up.pixel(tick) + 4,
                    up.label(tick),
                    across.pixel(tick),
                    TOP + SIDE + 20,
                    across.label(tick)));
        }
        svg.append(Markup.format(
                "<line class=\"mark\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n",
                LEFT, TOP + SIDE, LEFT + SIDE, TOP));
        for (int i = 0; i < x.length; i++) {
            svg.append(Markup.format(
                    "<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"2.5\"/>\n", across.pixel(x[i]), up.pixel(y[i])));
        }
        return svg.append(Markup.format(
                        "<text class=\"axis\" x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>"
                                + "<text class=\"axis\" x=\"%d\" y=\"14\">%s</text>\n</svg>\n",
                        LEFT + SIDE / 2,
                        TOP + SIDE + BOTTOM - 8,
                        Markup.escape(horizontal),
                        LEFT,
                        Markup.escape(vertical)))
                .toString();
    }
}
