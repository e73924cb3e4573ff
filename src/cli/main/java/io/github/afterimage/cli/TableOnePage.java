package io.github.afterimage.cli;

import io.github.afterimage.cli.output.Format;
import io.github.afterimage.experiments.paper.MethodResult;
import io.github.afterimage.experiments.paper.TableOne;
import io.github.afterimage.experiments.report.BarChart;
import io.github.afterimage.experiments.report.LineChart;
import io.github.afterimage.experiments.report.Page;
import io.github.afterimage.experiments.statistics.Interval;
import io.github.afterimage.experiments.statistics.Reliability;
import java.util.List;
import java.util.stream.IntStream;

/** The page of {@code reproduce table1}. */
final class TableOnePage {
    private TableOnePage() {}

    static Page of(List<TableOne.Block> blocks, List<Double> paper, String data, String keys) {
        TableOne.Scores first = blocks.get(0).scores();
        Page page = new Page(
                Format.count(first.method(TableOne.NETWORK).errors(), "error") + " with the network, "
                        + Format.count(first.method(TableOne.MIXED).errors()) + " with a memory",
                "The paper's Table 1: " + data + ". " + Format.count(first.examples())
                        + " test images, which neither theta nor lambda was chosen on.");
        for (int i = 0; i < blocks.size(); i++) {
            block(page, blocks.get(i), paper, i, keys);
        }
        return page;
    }

    private static void block(Page page, TableOne.Block block, List<Double> paper, int number, String keys) {
        TableOne.Scores scores = block.scores();
        TableOne.Tuning tuning = block.tuning();
        page.heading(block.layers().names().isEmpty() ? "Keys as given" : "Keys of " + String.join(", ", names(block)));
        page.table(
                List.of("", "paper", "measured", "95 % interval", "corrected", "broken", "p"),
                scores.methods().stream()
                        .map(method -> ReproduceCommand.cells(
                                        block, method, ReproduceCommand.published(paper, number, method.name()))
                                .subList(0, 7))
                        .toList());
        page.note(Format.count(scores.keys(), "key") + " of " + Format.count(scores.dim()) + " numbers (" + keys
                + "). Tuned on " + Format.count(tuning.examples()) + " others: theta "
                + Format.number(tuning.theta()) + ", lambda " + Format.number(tuning.lambda())
                + "; the cache alone, theta " + Format.number(tuning.cacheTheta())
                + "; " + ReproduceCommand.temperature(tuning)
                + ". Intervals are exact (Clopper and Pearson); p is McNemar's exact test against the network.");
        BarChart errors = new BarChart();
        for (MethodResult method : scores.methods()) {
            Interval interval = block.interval(method);
            errors.bar(
                    method.name(),
                    100 * block.error(method),
                    Format.percent(block.error(method)),
                    Format.percent(interval.low()).replace(" %", "") + " to " + Format.percent(interval.high()));
        }
        page.chart(errors);
        calibration(page, scores);
        selection(page, scores);
    }

    private static List<String> names(TableOne.Block block) {
        return List.of(block.layers().toString().split(","));
    }

    private static void calibration(Page page, TableOne.Scores scores) {
        page.heading("Does it know how sure it may be?");
        page.paragraph("How often predictions are right, over the probability that they give themselves. On the dotted "
                + "line they are right as often as they say; below it they are too sure.");
        LineChart chart =
                new LineChart("confidence", "right, %").guide("as it says", new double[] {0, 1}, new double[] {0, 100});
        for (MethodResult method : scores.methods()) {
            if (!method.name().equals(TableOne.NEIGHBORS)) {
                chart.line(
                        lineName(method),
                        method.bins().stream()
                                .mapToDouble(Reliability.Bin::confidence)
                                .toArray(),
                        method.bins().stream()
                                .mapToDouble(bin -> 100 * bin.accuracy())
                                .toArray());
            }
        }
        page.chart(chart);
        page.table(
                List.of("", "\u2212log p of the true class", "calibration error"),
                scores.methods().stream()
                        .map(method -> List.of(
                                method.name(),
                                Format.fixed(method.logLoss(), 4),
                                Format.percent(method.calibrationError())))
                        .toList());
        if (scores.method(TableOne.NEIGHBORS) != null) {
            page.note("Deep k-nearest neighbours take the share of votes as probability. Their credibility is "
                    + Format.fixed(scores.credibilityRight(), 3) + " on average where they are right and "
                    + Format.fixed(scores.credibilityWrong(), 3) + " where they are wrong; their confidence "
                    + Format.fixed(scores.confidenceRight(), 3) + " and "
                    + Format.fixed(scores.confidenceWrong(), 3) + ".");
        }
    }

    /** Short enough to stand where a line ends. Both charts have the methods in the same order, hence the same colours. */
    private static String lineName(MethodResult method) {
        return method.name().equals(TableOne.SCALED) ? "temperature" : method.name();
    }

    private static void selection(Page page, TableOne.Scores scores) {
        page.heading("If it may decline to answer");
        page.paragraph(
                "The error rate among the most confident predictions, over how many of all images are answered.");
        LineChart chart = new LineChart("answered, %", "error, %");
        for (MethodResult method : scores.methods()) {
            double[] risks = method.risks();
            chart.line(
                    lineName(method),
                    IntStream.rangeClosed(1, risks.length)
                            .mapToDouble(i -> 100.0 * i / risks.length)
                            .toArray(),
                    IntStream.range(0, risks.length)
                            .mapToDouble(i -> 100 * risks[i])
                            .toArray());
        }
        page.chart(chart);
        page.table(
                List.of("", "error at 80 %", "at 90 %", "at 95 %", "mean over all"),
                scores.methods().stream()
                        .map(method -> List.of(
                                method.name(),
                                Format.percent(method.riskAt(80)),
                                Format.percent(method.riskAt(90)),
                                Format.percent(method.riskAt(95)),
                                Format.percent(method.riskArea())))
                        .toList());
    }
}
