package io.github.afterimage.experiments.report;

import java.util.function.IntToDoubleFunction;

/** The elements of a chart, one after the other; their kind is their class in the style sheet. Not thread-safe. */
final class Svg {
    private final StringBuilder text = new StringBuilder();

    /** @param label what it shows, for those who do not see it; may be empty */
    Svg(int width, int height, String label) {
        add(
                "<svg viewBox=\"0 0 %d %d\" role=\"img\"%s>\n",
                width, height, label.isEmpty() ? "" : " aria-label=\"" + Markup.escape(label) + "\"");
    }

    /** Adds what a format makes. */
    Svg add(String format, Object... arguments) {
        text.append(Markup.format(format, arguments));
        return this;
    }

    Svg line(String kind, double x1, double x2, double y1, double y2) {
        return add("<line class=\"%s\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>", kind, x1, x2, y1, y2);
    }

    Svg text(String kind, double x, double y, String anchor, String words) {
        return add(
                "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n",
                kind, x, y, anchor, Markup.escape(words));
    }

    Svg circle(String kind, double x, double y, double radius) {
        return add("<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%s\"/>\n", kind, x, y, radius);
    }

    /** Adds a polyline or a polygon. */
    Svg points(String element, String kind, int count, IntToDoubleFunction x, IntToDoubleFunction y) {
        add("<%s class=\"%s\" points=\"", element, kind);
        for (int i = 0; i < count; i++) {
            add("%.1f,%.1f ", x.applyAsDouble(i), y.applyAsDouble(i));
        }
        return add("\"/>\n");
    }

    String end() {
        return add("</svg>\n").text.toString();
    }
}
