package io.github.afterimage.experiments.sets;

import static io.github.afterimage.experiments.report.Text.figure;
import static io.github.afterimage.experiments.report.Text.fixed;
import static io.github.afterimage.experiments.report.Text.number;
import static io.github.afterimage.experiments.report.Text.percent;

import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.experiments.sets.ConformalEvaluation.Model;
import io.github.afterimage.experiments.sets.ConformalEvaluation.Result;
import io.github.afterimage.experiments.statistics.Interval;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Reports coverage and size of prediction sets. */
record SetsReport(List<String> classNames, List<Result> results) {
    private static final int NAMES_SHOWN = 6;

    void write(Report report) {
        Table table = new Table("rlrlrrrl")
                .row("alpha", "", "coverage", "95 % interval", "mean size", "empty", "single", "worst class");
        for (Result result : results) {
            SetStatistics sets = result.sets();
            int worst = sets.worstClass();
            table.row(
                            number("alpha", result.alpha()),
                            name(result.model()),
                            percent("coverage", sets.coverage()),
                            Text.interval("coverageInterval", sets.coverageInterval()),
                            fixed("meanSize", sets.meanSize(), 3),
                            percent("emptyShare", sets.share(0)),
                            percent("singleShare", sets.share(1)),
                            Text.of(
                                    "%s %s",
                                    percent("worstClassCoverage", sets.coverage(worst)),
                                    figure("worstClass", classNames.get(worst), classNames.get(worst))))
                    .field("unlimitedClasses", names(sets.unlimited()));
        }
        report.list("results", table).line("");
        results.stream().map(Result::alpha).distinct().forEach(alpha -> {
            List<Result> level =
                    results.stream().filter(result -> result.alpha() == alpha).toList();
            compare(report, alpha, level);
            explainUnlimited(report, alpha, level.get(0).sets().unlimited());
        });
    }

    private static Text name(Model model) {
        return switch (model) {
            case NETWORK -> figure("model", "network", "network");
            case MIXED -> figure("model", "mixed", "mixed");
            case CACHE_ONLY -> figure("model", "cacheOnly", "cache only");
        };
    }

    /** The sets of the model with the smaller ones may also be right less often, so both differences are stated. */
    private static void compare(Report report, double alpha, List<Result> level) {
        if (level.size() == 1) {
            return;
        }
        SetStatistics network = level.get(Model.NETWORK.ordinal()).sets();
        SetStatistics mixed = level.get(Model.MIXED.ordinal()).sets();
        Interval more = mixed.sizeDifference(network);
        report.line(
                "alpha %s: from the network to the mixture, the mean size changes by %s to %s classes (95 %% interval, for these"
                        + " thresholds) and the coverage by %s points.",
                Format.number(alpha),
                signed(more.low(), 3),
                signed(more.high(), 3),
                signed(100 * (mixed.coverage() - network.coverage()), 2));
    }

    private static String signed(double value, int decimals) {
        return (value > 0 ? "+" : "") + Format.fixed(value, decimals);
    }

    private void explainUnlimited(Report report, double alpha, int[] unlimited) {
        if (unlimited.length > 0) {
            List<String> names = names(unlimited);
            report.line(
                    "alpha %s: %s in every set, because fewer than %s calibration examples are too few for a threshold.",
                    Format.number(alpha),
                    names.size() == classNames.size()
                            ? "all classes are"
                            : names.stream().limit(NAMES_SHOWN).collect(Collectors.joining(", "))
                                    + (names.size() > NAMES_SHOWN
                                            ? " and " + (names.size() - NAMES_SHOWN) + " more are"
                                            : names.size() == 1 ? " is" : " are"),
                    Format.count(SetStatistics.required(alpha)));
        }
    }

    private List<String> names(int[] classes) {
        return Arrays.stream(classes).mapToObj(classNames::get).toList();
    }
}
