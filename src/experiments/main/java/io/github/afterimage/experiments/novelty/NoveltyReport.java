package io.github.afterimage.experiments.novelty;

import static io.github.afterimage.experiments.report.Text.count;
import static io.github.afterimage.experiments.report.Text.figure;
import static io.github.afterimage.experiments.report.Text.percent;
import static io.github.afterimage.experiments.report.Text.value;

import io.github.afterimage.experiments.novelty.NoveltyComparison.Estimate;
import io.github.afterimage.experiments.novelty.NoveltyComparison.Row;
import io.github.afterimage.experiments.novelty.NoveltyComparison.UnknownSet;
import io.github.afterimage.experiments.report.BarChart;
import io.github.afterimage.experiments.report.Columns;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.experiments.statistics.Interval;
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
                        Format.fixed(row.auroc().value(), DIGITS),
                        ""));
        return chart;
    }

    private Table refusalTable() {
        return new Columns<Refusals>()
                .left("", each -> value("name", each.name()))
                .right(
                        "refused",
                        each -> figure(
                                "refused",
                                each.refused(),
                                Format.count(each.refused()) + " of " + Format.count(each.examples())))
                .right("", each -> percent("share", each.share()))
                .left("95 % interval", each -> Text.interval("interval", each.interval()))
                .table(refusals);
    }

    private static Table table(UnknownSet set) {
        return new Columns<Row>()
                .left("", row -> value("detector", row.detector().words()))
                .right("AUROC", row -> Text.fixed("auroc", row.auroc().value(), DIGITS))
                .left("95 % interval", row -> interval("aurocInterval", row.auroc()))
                .right(
                        "unknown pass",
                        row -> percent(
                                "falsePositiveRate", row.falsePositiveRate().value()))
                .left(
                        "95 % interval",
                        row -> Text.interval(
                                "falsePositiveRateInterval",
                                row.falsePositiveRate().interval()))
                .right(
                        "behind best",
                        row -> figure(
                                "behindBest",
                                row.behind().value(),
                                row == set.best()
                                        ? "best"
                                        : Format.fixed(row.behind().value(), DIGITS)))
                .left(
                        "95 % interval",
                        row -> {
                            Text interval = interval("behindBestInterval", row.behind());
                            return row == set.best() ? new Text("", interval.figures()) : interval;
                        })
                .table(set.rows());
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

    private static Text interval(String name, Estimate estimate) {
        Interval interval = estimate.interval();
        return figure(
                name,
                new double[] {interval.low(), interval.high()},
                Format.fixed(interval.low(), DIGITS) + " to " + Format.fixed(interval.high(), DIGITS));
    }
}
