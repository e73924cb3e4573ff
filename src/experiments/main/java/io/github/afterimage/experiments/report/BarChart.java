package io.github.afterimage.experiments.report;

import java.util.ArrayList;
import java.util.List;

/** Horizontal bars, positive to the right and negative to the left, as an SVG element. Not thread-safe. */
public final class BarChart {
    private static final int WIDTH = 720;
    private static final int ROW = 32;
    private static final int BAR = 16;
    private static final int CHARACTER = 8; // of the font in Page, on average
    private static final int LONGEST_NAME = 28;
    private static final int LABEL = 64;
    private static final int GAP = 8;

    private final List<Bar> bars = new ArrayList<>();

    private record Bar(String name, double value, String label, String note) {}

    /**
     * Adds a bar.
     *
     * @param value finite
     * @param label the text of the value at the end of the bar
     * @param note a few words beside the bar; may be empty
     */
    public BarChart bar(String name, double value, String label, String note) {
        bars.add(new Bar(shortened(name), value, label, note));
        return this;
    }

    private static String shortened(String name) {
        return name.length() <= LONGEST_NAME ? name : name.substring(0, LONGEST_NAME - 1) + "\u2026";
    }

    /** Returns the chart, an {@code <svg>} element. */
    public String svg() {
        int left = CHARACTER * longest(bars.stream().map(Bar::name).toList()) + 2 * GAP;
        int right = CHARACTER * longest(bars.stream().map(Bar::note).toList()) + LABEL;
        double least = Math.min(0, bars.stream().mapToDouble(Bar::value).min().orElse(0));
        double greatest =
                Math.max(0, bars.stream().mapToDouble(Bar::value).max().orElse(0));
        Axis axis = new Axis(
                least, greatest > least ? greatest : least + 1, least < 0 ? left + LABEL : left, WIDTH - right, 1);
        int height = ROW * bars.size();
        StringBuilder svg = new StringBuilder(Text.format("<svg viewBox=\"0 0 %d %d\" role=\"img\">\n", WIDTH, height));
        bars.forEach(bar -> svg.append(Text.format(
                "<title>%s: %s%s</title>\n",
                Text.escape(bar.name),
                Text.escape(bar.label),
                bar.note.isEmpty() ? "" : ", " + Text.escape(bar.note))));
        for (int i = 0; i < bars.size(); i++) {
            append(svg, bars.get(i), i * ROW, left, axis);
        }
        double zero = axis.pixel(0);
        return svg.append(Text.format(
                        "<line class=\"zero\" x1=\"%.1f\" x2=\"%.1f\" y1=\"0\" y2=\"%d\"/>\n</svg>\n",
                        zero, zero, height))
                .toString();
    }

    private static void append(StringBuilder svg, Bar bar, int top, int left, Axis axis) {
        double start = Math.min(axis.pixel(0), axis.pixel(bar.value));
        double end = Math.max(axis.pixel(0), axis.pixel(bar.value));
        int middle = top + ROW / 2 + 5; // a text's baseline
        svg.append(Text.format(
                "<text class=\"name\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>"
                        + "<rect class=\"bar %s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>"
                        + "<text class=\"value\" x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">%s</text>"
                        + "<text class=\"tick\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n",
                left - 2 * GAP,
                middle,
                Text.escape(bar.name),
                bar.value < 0 ? "s2" : "s1",
                start,
                top + (ROW - BAR) / 2,
                end - start,
                BAR,
                bar.value < 0 ? start - GAP : end + GAP,
                middle,
                bar.value < 0 ? "end" : "start",
                Text.escape(bar.label),
                WIDTH,
                middle,
                Text.escape(bar.note)));
    }

    private static int longest(List<String> texts) {
        return texts.stream().mapToInt(String::length).max().orElse(0);
    }
}
