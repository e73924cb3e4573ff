package io.github.afterimage.experiments.sets;

import static io.github.afterimage.experiments.report.Text.figure;
import static io.github.afterimage.experiments.report.Text.fixed;
import static io.github.afterimage.experiments.report.Text.number;
import static io.github.afterimage.experiments.report.Text.percent;
import static io.github.afterimage.experiments.report.Text.value;

import io.github.afterimage.experiments.report.Columns;
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
        Table table = new Columns<Result>()
                .right("alpha", each -> number("alpha", each.alpha()))
                .left("", each -> name(each.model()))
                .right("coverage", each -> percent("coverage", each.sets().coverage()))
                .left(
                        "95 % interval",
                        each -> Text.interval("coverageInterval", each.sets().coverageInterval()))
                .right("mean size", each -> fixed("meanSize", each.sets().meanSize(), 3))
                .right("empty", each -> percent("emptyShare", each.sets().share(0)))
                .right("single", each -> percent("singleShare", each.sets().share(1)))
                .left("worst class", each -> {
                    int worst = each.sets().worstClass();
                    return Text.of(
                            "%s %s",
                            percent("worstClassCoverage", each.sets().coverage(worst)),
                            value("worstClass", classNames.get(worst)));
                })
                .field("unlimitedClasses", each -> names(each.sets().unlimited()))
                .table(results);
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
