package io.github.afterimage.cli.index;

import io.github.afterimage.Tuner;
import io.github.afterimage.experiments.options.GridOptions;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.model.evaluation.GridSearch;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/**
 * Reports the points that {@code tune} tried.
 *
 * @param share the share of the examples that may be above the threshold of novelty
 */
record TuneReport(GridSearch.SearchedGrid found, double share) {

    void report(Report report, String data, Text index) {
        Tuner tuner = found.tuner();
        int points = tuner.thetas().length * tuner.betas().length * (tuner.hasNetwork() ? tuner.lambdas().length : 1);
        report.line(
                        "%s of %s at %s",
                        Text.count("examples", tuner.examples(), "example"),
                        Text.value("data", data),
                        Format.count(points, "point"))
                .line(index);
        Table table = new Table("lrllll").row("", "error", "", "theta", "lambda", "beta");
        if (tuner.hasNetwork()) {
            mixed(report, table);
        }
        Tuner.Point alone = tuner.bestCacheOnly();
        double theta = alone.hyperparameters().theta();
        boolean edge = GridOptions.atEdge(tuner.thetas(), theta);
        table.row(
                "best memory alone",
                Text.percent("bestCacheOnly.cacheOnlyError", alone.error()),
                "",
                Text.figure("bestCacheOnly.theta", theta, Format.number(theta) + (edge ? " (the grid's edge)" : "")),
                "",
                Text.number("bestCacheOnly.beta", alone.hyperparameters().beta()));
        report.table(table)
                .line("")
                .line(verdict(tuner))
                .line(novelty(tuner))
                .field("widenings", found.widenings())
                .field("thetas", tuner.thetas())
                .field("lambdas", tuner.lambdas())
                .field("betas", tuner.betas())
                .field("cacheOnlyErrors", errors(tuner.thetas().length, tuner::cacheOnlyError));
        edges(tuner).forEach(report::line);
    }

    /** The gain of the best point over the network, on the examples that the point was chosen on. */
    private static Gain gain(Tuner tuner) {
        Tuner.Point best = tuner.best();
        return new Gain(best.corrected(), best.broken(), tuner.examples());
    }

    /** The verdict on the memory: a word for programs, a sentence for people. */
    private static Text verdict(Tuner tuner) {
        String word = "helps";
        String sentence = "";
        Gain gain = gain(tuner);
        if (!tuner.hasNetwork()) {
            word = "cache-alone";
            sentence = "There are no probabilities of a network of these classes: theta is tuned for the memory alone.";
        } else if (gain.corrected() <= gain.broken()) {
            word = "no-help";
            sentence = "The memory does not help: no lambda above 0 makes fewer errors than the network alone.";
        } else if (!gain.isClear()) {
            word = "within-chance";
            sentence = "The gain is within chance. " + optimistic(gain);
        } else if (tuner.best().hyperparameters().lambda() == 1) {
            word = "cache-alone";
            sentence = "Lambda is 1: the memory alone is best, and the network adds nothing to it. " + optimistic(gain);
        } else {
            sentence = optimistic(gain);
        }
        return Text.figure("verdict", word, sentence);
    }

    private static String optimistic(Gain gain) {
        return gain.words()
                + " Theta, lambda and beta were chosen on these examples, so this is optimistic; evaluate on others.";
    }

    private void mixed(Report report, Table table) {
        Tuner tuner = found.tuner();
        Tuner.Point best = tuner.best();
        table.row("network", Text.percent("networkError", tuner.networkError()))
                .row(
                        "best mixture",
                        Text.percent("best.mixedError", best.error()),
                        "",
                        Text.number("best.theta", best.hyperparameters().theta()),
                        Text.number("best.lambda", best.hyperparameters().lambda()),
                        Text.number("best.beta", best.hyperparameters().beta()));
        report.field("corrected", best.corrected())
                .field("broken", best.broken())
                .field("p", gain(tuner).p())
                .field(
                        "mixedErrors",
                        IntStream.range(0, tuner.thetas().length)
                                .mapToObj(t -> errors(tuner.lambdas().length, l -> tuner.mixedError(t, l)))
                                .toList());
    }

    private Text novelty(Tuner tuner) {
        return tuner.noveltyThreshold(share)
                .map(threshold -> Text.of(
                        "At most %s of the examples have a novelty above %s.",
                        Text.percent("noveltyShare", share), Text.fixed("noveltyMost", threshold.most(), 2)))
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
        if (tuner.hasNetwork() && lambda > 0 && lambda < 1 && GridOptions.atEdge(tuner.lambdas(), lambda)) {
            sentences.add("The best lambda is at the edge of its grid: a wider --lambda may find a better one.");
        }
        return sentences;
    }
}
