package io.github.afterimage.experiments.report;

import java.util.Locale;

/** Escapes and formats text for HTML and SVG. */
final class Markup {
    private Markup() {}

    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    /** A share of 1 in percent, with a decimal where the difference matters, as the page of the server writes it. */
    static String percent(double share) {
        double value = 100 * share;
        boolean fine = value > 0.05 && value < 9.95 || value > 99 && value < 99.95;
        return format(fine ? "%.1f\u202f%%" : "%.0f\u202f%%", value);
    }

    static String format(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }
}
