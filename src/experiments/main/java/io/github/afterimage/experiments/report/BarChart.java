package io.github.afterimage.experiments.report;

import java.util.ArrayList;
import java.util.List;

/** Horizontal bars, positive to the right and negative to the left, as an SVG element. Not thread-safe. */
public final class BarChart implements Chart {
    private static final int WIDTH = 720;
    private static final int NARROW = 400; // on a small screen, where names are above the bars
    private static final int ROW = 32;
    private static final int NAME_ROW = 20;
    private static final int BAR = 16;
    private static final int CHARACTER = 8; // of the font in Page, on average
    private static final int LONGEST_NAME = 28;
    private static final int LABEL = 64;
    private static final int GAP = 8;

    private final List<Bar> bars = new ArrayList<>();

    /**
     * The room for bars.
     *
     * @param left where they begin
     * @param names the height of a row for the name above each bar; 0 for names on the left
     */
    private record Layout(int width, int left, int names) {}

    private record Bar(String name, double value, String label, String note) {}

    /**
     * Adds a bar.
     *
     * @param value finite
     * @param label the text of the value at the end of the bar
     * @param note a few words beside the bar; may be empty
     */
    public BarChart bar(String name, double value, String label, String note) {
        bars.add(new Bar(name, value, label, note));
        return this;
    }

    private static String shortened(String name, int length) {
        return name.length() <= length ? name : name.substring(0, length - 1) + "\u2026";
    }

    @Override
    public String svg() {
        int left = CHARACTER
                        * Math.min(
                                LONGEST_NAME,
                                longest(bars.stream().map(Bar::name).toList()))
                + 2 * GAP;
        int right = CHARACTER * longest(bars.stream().map(Bar::note).toList()) + LABEL;
        return svg(new Layout(WIDTH, left, 0), axis(left, WIDTH - right));
    }

    @Override
    public String narrowSvg() {
        return svg(new Layout(NARROW, 0, NAME_ROW), axis(0, NARROW - LABEL));
    }

    /** Makes an axis with room for the labels of negative values. */
    private Axis axis(int left, int right) {
        double least = Math.min(0, bars.stream().mapToDouble(Bar::value).min().orElse(0));
        double greatest =
                Math.max(0, bars.stream().mapToDouble(Bar::value).max().orElse(0));
        return new Axis(least, greatest > least ? greatest : least + 1, least < 0 ? left + LABEL : left, right, 1);
    }

    private String svg(Layout layout, Axis axis) {
        int row = ROW + layout.names;
        int height = row * bars.size();
        Svg svg = new Svg(layout.width, height, "");
        bars.forEach(bar -> svg.add(
                "<title>%s: %s%s</title>\n",
                Markup.escape(bar.name),
                Markup.escape(bar.label),
                bar.note.isEmpty() ? "" : ", " + Markup.escape(bar.note)));
        for (int i = 0; i < bars.size(); i++) {
            append(svg, bars.get(i), i * row, layout, axis);
        }
        double zero = axis.pixel(0);
        return svg.line("zero", zero, zero, 0, height).end();
    }

    private static void append(Svg svg, Bar bar, int top, Layout layout, Axis axis) {
        double start = Math.min(axis.pixel(0), axis.pixel(bar.value));
        double end = Math.max(axis.pixel(0), axis.pixel(bar.value));
        boolean beside = layout.names == 0;
        int middle = top + layout.names + ROW / 2 + 5; // a text's baseline
        int ofName = beside ? middle : top + layout.names;
        int room = beside ? 0 : (layout.width - 3 * GAP) / CHARACTER - bar.note.length();
        String name = shortened(bar.name, Math.max(LONGEST_NAME, room));
        svg.text("name", beside ? layout.left - 2 * GAP : GAP, ofName, beside ? "end" : "start", name)
                .add(
                        "<rect class=\"bar %s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>",
                        bar.value < 0 ? "s2" : "s1", start, top + layout.names + (ROW - BAR) / 2, end - start, BAR)
                .text(
                        "value",
                        bar.value < 0 ? start - GAP : end + GAP,
                        middle,
                        bar.value < 0 ? "end" : "start",
                        bar.label)
                .text("tick", layout.width, ofName, "end", bar.note);
    }

    private static int longest(List<String> texts) {
        return texts.stream().mapToInt(String::length).max().orElse(0);
    }
}
