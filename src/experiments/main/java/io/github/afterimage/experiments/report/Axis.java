package io.github.afterimage.experiments.report;

import java.util.ArrayList;
import java.util.List;

/**
 * A scale from values to pixels, with ticks at round numbers.
 *
 * @param least the value at pixel {@code from}
 * @param greatest the value at pixel {@code to}
 * @param step the distance of ticks; 0 for a logarithmic scale
 */
record Axis(double least, double greatest, double from, double to, double step) {
    private static final int TICKS = 5;
    private static final double ROUNDING = 1e-9;
    private static final int FEW_DECADES = 2; // a range of at most so many has ticks within decades

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

    /**
     * Makes a logarithmic axis that begins and ends at a tick.
     *
     * @throws IllegalArgumentException if a value is not positive
     */
    static Axis logarithmic(double least, double greatest, double from, double to) {
        if (!(least > 0)) {
            throw new IllegalArgumentException("value " + least + " on a logarithmic axis: expected positive values");
        }
        Axis wide = new Axis(
                Math.pow(10, Math.floor(Math.log10(least) + ROUNDING)),
                Math.pow(10, Math.ceil(Math.log10(greatest) - ROUNDING)),
                from,
                to,
                0);
        if (wide.greatest <= wide.least) {
            wide = new Axis(wide.least, wide.least * 10, from, to, 0);
        }
        double first = wide.least;
        double last = wide.greatest;
        for (double tick : wide.ticks()) {
            first = tick <= least * (1 + ROUNDING) ? tick : first;
        }
        for (double tick : wide.ticks()) {
            last = tick >= greatest * (1 - ROUNDING) ? Math.min(tick, last) : last;
        }
        return new Axis(first, last > first ? last : wide.greatest, from, to, 0);
    }

    double pixel(double value) {
        if (step == 0) {
            return from + Math.log(value / least) / Math.log(greatest / least) * (to - from);
        }
        return from + (value - least) / (greatest - least) * (to - from);
    }

    List<Double> ticks() {
        List<Double> ticks = new ArrayList<>();
        if (step == 0) {
            double[] within =
                    Math.log10(greatest / least) <= FEW_DECADES + ROUNDING ? new double[] {1, 2, 5} : new double[] {1};
            for (double power = Math.pow(10, Math.floor(Math.log10(least) + ROUNDING));
                    power <= greatest * (1 + ROUNDING);
                    power *= 10) {
                for (double mantissa : within) {
                    double tick = mantissa * power;
                    if (tick >= least * (1 - ROUNDING) && tick <= greatest * (1 + ROUNDING)) {
                        ticks.add(tick);
                    }
                }
            }
            return ticks;
        }
        for (long i = Math.round(least / step); i * step <= greatest + step * ROUNDING; i++) {
            ticks.add(i * step);
        }
        return ticks;
    }

    /** Returns the label of a tick, with as many decimals as the distance of ticks needs. */
    String label(double tick) {
        if (step == 0) {
            return tick >= 1e6
                    ? Markup.format("%.0fM", tick / 1e6)
                    : tick >= 1 - ROUNDING
                            ? Markup.format("%,.0f", tick)
                            : Markup.format("%." + (int) -Math.floor(Math.log10(tick) + ROUNDING) + "f", tick);
        }
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
