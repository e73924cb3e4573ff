package io.github.afterimage.cli;

import static io.github.afterimage.experiments.report.Text.count;
import static io.github.afterimage.experiments.report.Text.figure;
import static io.github.afterimage.experiments.report.Text.percent;
import static io.github.afterimage.experiments.report.Text.value;

import io.github.afterimage.experiments.novelty.NoveltyComparison;
import io.github.afterimage.experiments.novelty.NoveltyComparison.Estimate;
import io.github.afterimage.experiments.novelty.NoveltyComparison.Row;
import io.github.afterimage.experiments.novelty.NoveltyComparison.UnknownSet;
import io.github.afterimage.experiments.novelty.Refusals;
import io.github.afterimage.experiments.report.BarChart;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Reports how well detectors tell known examples from unknown ones.
 *
 * @param known the name of the known examples
 * @param index the description of the index
 * @param refusals of each set by the threshold that tune stored; empty if there is none
 */
record NoveltyReport(NoveltyComparison found, String known, Text index, List<Refusals> refusals) {
    private static final int DIGITS = 4;

    void write(Report report) {
        report.titled(
                "Like nothing remembered",
                "Which score tells known images from unknown ones? The AUROC is the probability that a known image has a greater "
                        + "score than an unknown one: 1 is perfect, and 0.5 is chance.");
        report.line("%s of %s", count("examples", found.known(), "known example"), value("data", known))
                .line(index);
        for (UnknownSet set : found.sets()) {
            report.element(
                    "unknown",
                    new Report()
                            .heading(set.name())
                            .field("name", set.name())
                            .line("%s", count("examples", set.examples(), "unknown example"))
                            .onPage(page -> page.chart(chart(set)))
                            .list("detectors", table(set))
                            .line(verdict(set)));
        }
        report.note(
                "Unknown pass: the share of unknown images that pass as known where 95 % of the known ones do. Intervals: a "
                        + "bootstrap with the same images for all detectors. The best of several detectors is chosen on these images, so "
                        + "its figures are a little too good.");
        if (!refusals.isEmpty()) {
            report.section("Refused by the threshold of the log mass that tune stored", "refused", refusalTable(), "");
        }
    }

    private static BarChart chart(UnknownSet set) {
        BarChart chart = new BarChart();
        set.rows()
                .forEach(row -> chart.bar(
                        row.detector().words(),
                        row.auroc().value(),
                        fixed(row.auroc().value()),
                        ""));
        return chart;
    }

    private Table refusalTable() {
        Table table = new Table("lrrl").row("", "refused", "", "95 % interval");
        for (Refusals each : refusals) {
            table.row(
                    value("name", each.name()),
                    figure(
                            "refused",
                            each.refused(),
                            Format.count(each.refused()) + " of " + Format.count(each.examples())),
                    percent("share", each.share()),
                    figure(
                            "interval",
                            new double[] {each.interval().low(), each.interval().high()},
                            Format.percentages(
                                    each.interval().low(), each.interval().high())));
        }
        return table;
    }

    private static Table table(UnknownSet set) {
        Table table = new Table("lrlrlrl")
                .row("", "AUROC", "95 % interval", "unknown pass", "95 % interval", "behind best", "95 % interval");
        for (Row row : set.rows()) {
            Estimate behind = row.behind();
            boolean best = row == set.best();
            table.row(
                    value("detector", row.detector().words()),
                    figure("auroc", row.auroc().value(), fixed(row.auroc().value())),
                    figure("aurocInterval", ends(row.auroc()), interval(row.auroc())),
                    percent("falsePositiveRate", row.falsePositiveRate().value()),
                    figure(
                            "falsePositiveRateInterval",
                            ends(row.falsePositiveRate()),
                            Format.percentages(
                                    row.falsePositiveRate().interval().low(),
                                    row.falsePositiveRate().interval().high())),
                    figure("behindBest", behind.value(), best ? "best" : fixed(behind.value())),
                    figure("behindBestInterval", ends(behind), best ? "" : interval(behind)));
        }
        return table;
    }

    private static Text verdict(UnknownSet set) {
        Row best = set.best();
        List<Row> rivals = set.rivals();
        String lead = rivals.isEmpty()
                ? "; it is better than every other one."
                : "; chance alone may have put it before "
                        + rivals.stream().map(row -> row.detector().words()).collect(Collectors.joining("; ")) + ".";
        return Text.of(
                "The best is %s%s",
                value("best", best.detector().words()),
                figure(
                        "asGood",
                        rivals.stream().map(row -> row.detector().words()).toList(),
                        lead));
    }

    private static double[] ends(Estimate estimate) {
        return new double[] {estimate.interval().low(), estimate.interval().high()};
    }

    private static String fixed(double value) {
        return Format.fixed(value, DIGITS);
    }

    private static String interval(Estimate estimate) {
        return fixed(estimate.interval().low()) + " to "
                + fixed(estimate.interval().high());
    }
}
