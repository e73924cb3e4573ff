package io.github.afterimage.experiments.report;

import java.util.ArrayList;
import java.util.List;

/**
 * A scale from values to pixels, with ticks at round numbers.
 *
 * @param least the value at pixel {@code from}
 * @param greatest the value at pixel {@code to}
 * @param step the distance of ticks
 */
record Axis(double least, double greatest, double from, double to, double step) {
    private static final int TICKS = 5;
    private static final double ROUNDING = 1e-9;

    /** Makes an axis that begins and ends at a tick. */
    static Axis covering(double least, double greatest, double from, double to) {
        double margin = greatest > least ? 0 : least == 0 ? 1 : Math.abs(least) / 10;
        double step = step(greatest - least + 2 * margin);
        return new Axis(
                Math.floor((least - margin) / step + ROUNDING) * step,
                Math.ceil((greatest + margin) / step - ROUNDING) * step,
                from,
                to,
                step);
    }

    double pixel(double value) {
        return from + (value - least) / (greatest - least) * (to - from);
    }

    List<Double> ticks() {
        List<Double> ticks = new ArrayList<>();
        for (long i = Math.round(least / step); i * step <= greatest + step * ROUNDING; i++) {
            ticks.add(i * step);
        }
        return ticks;
    }

    /** Returns the label of a tick, with as many decimals as the distance of ticks needs. */
    String label(double tick) {
        int decimals = (int) Math.max(0, -Math.floor(Math.log10(step) + ROUNDING));
        return Markup.format("%." + decimals + "f", tick);
    }

    private static double step(double range) {
        double rough = range / TICKS;
        double power = Math.pow(10, Math.floor(Math.log10(rough)));
        double mantissa = rough / power - ROUNDING;
        return power * (mantissa <= 1 ? 1 : mantissa <= 2 ? 2 : mantissa <= 5 ? 5 : 10);
    }
}
