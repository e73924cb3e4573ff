package io.github.afterimage.experiments.report;

import java.util.Locale;

/** Escapes and formats text for HTML and SVG. */
final class Text {
    private Text() {}

    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    static String format(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }
}
