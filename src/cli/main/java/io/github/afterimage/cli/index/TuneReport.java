package io.github.afterimage.cli.index;

import static io.github.afterimage.experiments.report.Text.count;
import static io.github.afterimage.experiments.report.Text.figure;
import static io.github.afterimage.experiments.report.Text.fixed;
import static io.github.afterimage.experiments.report.Text.number;
import static io.github.afterimage.experiments.report.Text.percent;
import static io.github.afterimage.experiments.report.Text.value;

import io.github.afterimage.Tuner;
import io.github.afterimage.experiments.TuningVerdict;
import io.github.afterimage.experiments.options.Grid;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.evaluation.GridSearch;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/**
 * Reports the points that {@code tune} tried.
 *
 * @param share the share of the examples that may be below the threshold of the log mass
 */
record TuneReport(GridSearch.SearchedGrid found, double share) {

    void report(Report report, String data, Text index) {
        Tuner tuner = found.tuner();
        int points = tuner.thetas().length * tuner.betas().length * (tuner.hasNetwork() ? tuner.lambdas().length : 1);
        report.line(
                        "%s of %s at %s",
                        count("examples", tuner.examples(), "example"),
                        value("data", data),
                        Format.count(points, "point"))
                .line(index);
        Table table = new Table("lrllll").row("", "error", "", "theta", "lambda", "beta");
        if (tuner.hasNetwork()) {
            mixed(report, table);
        }
        Tuner.Point alone = tuner.bestCacheOnly();
        double theta = alone.hyperparameters().theta();
        boolean edge = Grid.atEdge(tuner.thetas(), theta);
        table.row(
                "best memory alone",
                percent("bestCacheOnly.cacheOnlyError", alone.error()),
                "",
                figure("bestCacheOnly.theta", theta, Format.number(theta) + (edge ? " (the grid's edge)" : "")),
                "",
                number("bestCacheOnly.beta", alone.hyperparameters().beta()));
        TuningVerdict verdict = TuningVerdict.of(tuner);
        report.table(table)
                .line("")
                .line(figure("verdict", verdict.word(), verdict.sentence(tuner)))
                .line(logMass(tuner))
                .field("widenings", found.widenings())
                .field("thetas", tuner.thetas())
                .field("lambdas", tuner.lambdas())
                .field("betas", tuner.betas())
                .field("cacheOnlyErrors", errors(tuner.thetas().length, tuner::cacheOnlyError));
        edges(tuner).forEach(report::line);
    }

    private void mixed(Report report, Table table) {
        Tuner tuner = found.tuner();
        Tuner.Point best = tuner.best();
        table.row("network", percent("networkError", tuner.networkError()))
                .row(
                        "best mixture",
                        percent("best.mixedError", best.error()),
                        "",
                        number("best.theta", best.hyperparameters().theta()),
                        number("best.lambda", best.hyperparameters().lambda()),
                        number("best.beta", best.hyperparameters().beta()));
        report.field("corrected", best.corrected())
                .field("broken", best.broken())
                .field("p", TuningVerdict.gain(tuner).p())
                .field(
                        "mixedErrors",
                        IntStream.range(0, tuner.thetas().length)
                                .mapToObj(t -> errors(tuner.lambdas().length, l -> tuner.mixedError(t, l)))
                                .toList());
    }

    private Text logMass(Tuner tuner) {
        return tuner.logMassThreshold(share)
                .map(threshold -> Text.of(
                        "At most %s of the examples have a log mass below %s.",
                        percent("logMassShare", share), fixed("logMassLow", threshold.least(), 2)))
                .orElse(Text.of(""));
    }

    private static double[] errors(int points, IntToDoubleFunction error) {
        return IntStream.range(0, points).mapToDouble(error).toArray();
    }

    /** Says whether the best point is at the edge of its grid. */
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
