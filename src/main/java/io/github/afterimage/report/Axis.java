package io.github.afterimage.report;

import java.util.ArrayList;
import java.util.List;

/** A linear scale from values to pixels, with ticks at round numbers. */
record Axis(double least, double greatest, double from, double to) {
    private static final int TICKS = 5;

    static Axis covering(double least, double greatest, double from, double to) {
        double margin = greatest > least ? 0 : Math.max(1e-9, Math.abs(least) / 10);
        double step = step(least - margin, greatest + margin);
        return new Axis(
                Math.floor((least - margin) / step) * step, Math.ceil((greatest + margin) / step) * step, from, to);
    }

    double pixel(double value) {
        return from + (value - least) / (greatest - least) * (to - from);
    }

    List<Double> ticks() {
        double step = step(least, greatest);
        List<Double> ticks = new ArrayList<>();
        for (long i = Math.round(least / step); i * step <= greatest + step / 1e6; i++) {
            ticks.add(i * step);
        }
        return ticks;
    }

    /** A tick's value with as many decimals as the distance of ticks needs. */
    String label(double tick) {
        int decimals = (int) Math.max(0, -Math.floor(Math.log10(step(least, greatest)) + 1e-9));
        return Text.format("%." + decimals + "f", tick);
    }

    private static double step(double least, double greatest) {
        double rough = (greatest - least) / TICKS;
        double power = Math.pow(10, Math.floor(Math.log10(rough)));
        double mantissa = rough / power;
        return power * (mantissa <= 1 ? 1 : mantissa <= 2 ? 2 : mantissa <= 5 ? 5 : 10);
    }
}
