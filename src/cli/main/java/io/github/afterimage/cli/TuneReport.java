package io.github.afterimage.cli;

import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Tuner;
import io.github.afterimage.cli.options.Grid;
import io.github.afterimage.cli.output.Format;
import io.github.afterimage.cli.output.Report;
import io.github.afterimage.cli.output.Table;
import io.github.afterimage.experiments.TuningVerdict;
import io.github.afterimage.model.evaluation.GridSearch;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** The report of {@code tune} on the points that it tried. */
record TuneReport(GridSearch.SearchedGrid found) {

    void report(Report report, String data, String described) {
        Tuner tuner = found.tuner();
        report.field("data", data).field("examples", tuner.examples());
        report.line(Format.count(tuner.examples(), "example") + " of " + data + " at "
                + Format.count(
                        (long) tuner.thetas().length * (tuner.hasNetwork() ? tuner.lambdas().length : 1), "point"));
        report.line(described);
        Table table = new Table("lrlll").row("", "error", "", "theta", "lambda");
        if (tuner.hasNetwork()) {
            mixed(report, table);
        }
        Tuner.Point alone = tuner.bestCacheOnly();
        double theta = alone.hyperparameters().theta();
        table.row("best cache only", Format.percent(alone.error()), "", edge(tuner.thetas(), theta));
        report.table(table);
        report.field("bestCacheOnly", Report.object("theta", theta, "cacheOnlyError", alone.error()))
                .field("verdict", TuningVerdict.of(tuner).word())
                .field("widenings", found.widenings())
                .field("thetas", tuner.thetas())
                .field("lambdas", tuner.lambdas())
                .field(
                        "cacheOnlyErrors",
                        IntStream.range(0, tuner.thetas().length)
                                .mapToDouble(tuner::cacheOnlyError)
                                .toArray());
        report.line("").line(TuningVerdict.of(tuner).sentence(tuner));
        edges(tuner).forEach(report::line);
    }

    private void mixed(Report report, Table table) {
        Tuner tuner = found.tuner();
        Tuner.Point best = tuner.best();
        Hyperparameters chosen = best.hyperparameters();
        table.row("network", Format.percent(tuner.networkError()))
                .row(
                        "best mixed",
                        Format.percent(best.error()),
                        "",
                        Format.number(chosen.theta()),
                        Format.number(chosen.lambda()));
        List<double[]> errors = new ArrayList<>();
        for (int t = 0; t < tuner.thetas().length; t++) {
            int row = t;
            errors.add(IntStream.range(0, tuner.lambdas().length)
                    .mapToDouble(l -> tuner.mixedError(row, l))
                    .toArray());
        }
        report.field("networkError", tuner.networkError())
                .field(
                        "best",
                        Report.object("theta", chosen.theta(), "lambda", chosen.lambda(), "mixedError", best.error()))
                .field("corrected", best.corrected())
                .field("broken", best.broken())
                .field("p", TuningVerdict.gain(tuner).p())
                .field("mixedErrors", errors);
    }

    private static String edge(double[] values, double value) {
        return Format.number(value) + (Grid.atEdge(values, value) ? " (the grid's edge)" : "");
    }

    /** Sentences on a best point at the edge of its grid. */
    private List<String> edges(Tuner tuner) {
        List<String> sentences = new ArrayList<>();
        double[] thetas = tuner.thetas();
        if (found.widenings() > 0) {
            sentences.add("The best theta was at the edge of its grid, which was widened to " + Format.number(thetas[0])
                    + " to " + Format.number(thetas[thetas.length - 1]) + ".");
        }
        if (tuner.bestIsFirstTheta() || tuner.bestIsLastTheta()) {
            sentences.add("The best theta is at the edge of its grid: a wider --theta may find a better one.");
        }
        double lambda = tuner.best().hyperparameters().lambda();
        if (tuner.hasNetwork() && lambda > 0 && lambda < 1 && Grid.atEdge(tuner.lambdas(), lambda)) {
            sentences.add("The best lambda is at the edge of its grid: a wider --lambda may find a better one.");
        }
        return sentences;
    }
}
