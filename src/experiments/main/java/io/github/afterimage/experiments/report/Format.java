package io.github.afterimage.experiments.report;

import java.util.Locale;

/** Numbers as people read them; the same on every machine, whatever its language. */
public final class Format {
    private static final String[] BYTE_UNITS = {"kB", "MB", "GB", "TB"};

    private Format() {}

    /** {@code 12,288}. */
    public static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** {@code 12,288 keys}, {@code 1 key}. */
    public static String count(long value, String singular) {
        String plural = singular + (singular.endsWith("s") || singular.endsWith("x") ? "es" : "s");
        return count(value) + " " + (value == 1 ? singular : plural);
    }

    /** A fraction as {@code 8.31 %}. */
    public static String percent(double fraction) {
        return String.format(Locale.ROOT, "%.2f %%", 100 * fraction);
    }

    /** Two fractions as {@code 8.10 to 9.21 %}. */
    public static String percentages(double low, double high) {
        return String.format(Locale.ROOT, "%.2f to %.2f %%", 100 * low, 100 * high);
    }

    /** {@code 4.92 GB}, in powers of 1000. */
    public static String bytes(long bytes) {
        if (bytes < 1000) {
            return bytes + " B";
        }
        double value = bytes;
        int unit = -1;
        while (value >= 999.995 && unit < BYTE_UNITS.length - 1) {
            value /= 1000;
            unit++;
        }
        return String.format(Locale.ROOT, "%.2f %s", value, BYTE_UNITS[unit]);
    }

    /** {@code 12.34 s}. */
    public static String seconds(double seconds) {
        return String.format(Locale.ROOT, "%.2f s", seconds);
    }

    /** {@code 12 minutes}, {@code 40 seconds}. */
    public static String duration(double seconds) {
        return seconds < 90
                ? count(Math.max(1, Math.round(seconds)), "second")
                : count(Math.round(seconds / 60), "minute");
    }

    /** {@code 1,610 images/s}; empty where no time was measured. */
    public static String rate(long count, double seconds, String plural) {
        double rate = perSecond(count, seconds);
        if (rate == 0) {
            return "";
        }
        return String.format(Locale.ROOT, rate < 10 ? "%,.2f %s/s" : "%,.0f %s/s", rate, plural);
    }

    /** {@code 1.59 GB/s}; empty where no time was measured. */
    public static String byteRate(long bytes, double seconds) {
        double rate = perSecond(bytes, seconds);
        return rate == 0 ? "" : bytes((long) rate) + "/s";
    }

    /** A rate; 0 if no time was measured, because JSON has no infinity. */
    public static double perSecond(long count, double seconds) {
        return seconds > 0 ? count / seconds : 0;
    }

    /** {@code 0.2710}: with this many decimals. */
    public static String fixed(double value, int decimals) {
        return String.format(Locale.ROOT, "%." + decimals + "f", value);
    }

    /** {@code 0.0312}, and {@code 9.7e-07} below one thousandth. */
    public static String probability(double value) {
        return value < 1e-3 ? String.format(Locale.ROOT, "%.1e", value) : fixed(value, 4);
    }

    /** {@code 80}, {@code 0.5111}: at most four decimals; {@code 1.0E-5} and {@code 1.0E15} where that says little. */
    public static String number(double value) {
        if (value != 0 && (Math.abs(value) < 1e-4 || Math.abs(value) >= 1e15)) {
            return Double.toString(value);
        }
        String text = String.format(Locale.ROOT, "%.4f", value);
        return text.replaceFirst("\\.?0+$", "");
    }
}
