package io.github.afterimage.experiments.report;

import io.github.afterimage.answer.Mixture;
import io.github.afterimage.experiments.statistics.Interval;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A piece of a report: its text, and the figures that the text states. Text output prints the text; JSON output prints the
 * figures as members of an object. Each figure is thus stated once.
 *
 * @param figures values by name; in {@code best.theta}, theta is a member of the object {@code best}
 */
public record Text(String text, Map<String, Object> figures) {
    public Text {
        figures = Collections.unmodifiableMap(figures);
    }

    /** A text without figures. */
    public static Text of(String text) {
        return new Text(text, Map.of());
    }

    /** Puts texts, and other objects as they print themselves, in the place of each {@code %s}. */
    public static Text of(String format, Object... parts) {
        return new Text(String.format(Locale.ROOT, format, parts), figures(parts));
    }

    /** Returns the figures of those parts that are texts. */
    static Map<String, Object> figures(Object... parts) {
        Map<String, Object> figures = new LinkedHashMap<>();
        for (Object part : parts) {
            if (part instanceof Text piece) {
                figures.putAll(piece.figures);
            }
        }
        return figures;
    }

    /** A figure that the text states in words of its own. */
    public static Text figure(String name, Object value, String text) {
        return new Text(text, Map.of(name, value));
    }

    /** A figure for JSON only; null is left out. */
    public static Text hidden(String name, @Nullable Object value) {
        return new Text("", value == null ? Map.of() : Map.of(name, value));
    }

    /** A value that prints itself. */
    public static Text value(String name, Object value) {
        return figure(name, value, value.toString());
    }

    /** {@code 12,288}. */
    public static Text count(String name, long value) {
        return figure(name, value, Format.count(value));
    }

    /** {@code 12,288 keys}, {@code 1 key}. */
    public static Text count(String name, long value, String singular) {
        return figure(name, value, Format.count(value, singular));
    }

    /** Makes an interval of shares. */
    public static Text interval(String name, Interval interval) {
        return figure(
                name,
                new double[] {interval.low(), interval.high()},
                Format.percentages(interval.low(), interval.high()));
    }

    /** A fraction as {@code 8.31 %}. */
    public static Text percent(String name, double fraction) {
        return figure(name, fraction, Format.percent(fraction));
    }

    /** {@code 4.92 GB}. */
    public static Text bytes(String name, long bytes) {
        return figure(name, bytes, Format.bytes(bytes));
    }

    /** {@code 12.34 s}. */
    public static Text seconds(String name, double seconds) {
        return figure(name, seconds, Format.seconds(seconds));
    }

    /** {@code 80}, {@code 0.5111}: at most four decimals. */
    public static Text number(String name, double value) {
        return figure(name, value, Format.number(value));
    }

    /** {@code 0.2710}: with this many decimals. */
    public static Text fixed(String name, double value, int decimals) {
        return figure(name, value, Format.fixed(value, decimals));
    }

    /** {@code 1,610 images/s}; 0 and no text if no time was measured. */
    public static Text rate(String name, long count, double seconds, String plural) {
        return figure(name, Format.perSecond(count, seconds), Format.rate(count, seconds, plural));
    }

    /** {@code theta 80, lambda 0.5111}. */
    public static Text mixture(Mixture mixture) {
        return of("theta %s, lambda %s", number("theta", mixture.theta()), number("lambda", mixture.lambda()));
    }

    @Override
    public String toString() {
        return text;
    }
}
