package io.github.afterimage.cli;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.cli.output.Format;
import io.github.afterimage.experiments.EngineTiming;
import io.github.afterimage.experiments.report.BarChart;
import io.github.afterimage.experiments.report.Page;
import java.util.Comparator;
import java.util.Locale;

/**
 * Section 3 of the page of {@code demo}.
 *
 * @param threads that the engines used
 */
record DemoEngineSection(CacheIndex index, DemoEngines engines, int threads) {
    /** A paragraph explains greater differences of a probability. */
    private static final double VISIBLE = 1e-3;

    void addTo(Page page) {
        StringBuilder missing = new StringBuilder();
        for (EngineTiming row : engines.timings()) {
            if (row.problem() != null) {
                missing.append(" ")
                        .append(row.engine())
                        .append(" cannot be used here: ")
                        .append(row.problem())
                        .append(".");
            }
        }
        page.heading("3. The engines side by side");
        page.paragraph("Queries per second over all " + Format.count(index.size()) + " keys, the same "
                + Format.count(engines.queries()) + " for each engine on "
                + Format.count(threads, "thread")
                + ". \u0394p is the greatest difference of a probability from that of the reference, which"
                + " computes the definition in double precision." + rounded() + missing);
        page.chart(speed());
        DemoEngines.int8Words(index).ifPresent(page::note);
    }

    /** Explains the greatest difference. */
    private String rounded() {
        return engines.timings().stream()
                .filter(row -> row.problem() == null)
                .max(Comparator.comparing(EngineTiming::largestDifference))
                .filter(row -> row.largestDifference() > VISIBLE)
                .map(row -> " The largest is that of " + row.engine()
                        + ", which rounds queries as well, to multiply small integers. Its cache names the same class as the"
                        + " reference for " + Format.count(row.agreeing()) + " of "
                        + Format.count(engines.queries()) + " queries.")
                .orElse("");
    }

    BarChart speed() {
        BarChart chart = new BarChart();
        for (EngineTiming row : engines.timings()) {
            if (row.problem() == null) {
                double rate = engines.queriesPerSecond(row);
                boolean reference = row.engine().equals("reference");
                chart.bar(
                        row.engine(),
                        rate,
                        Format.count(Math.round(rate)),
                        reference ? "" : String.format(Locale.ROOT, "|\u0394p| %.1e", row.largestDifference()));
            }
        }
        return chart;
    }
}
