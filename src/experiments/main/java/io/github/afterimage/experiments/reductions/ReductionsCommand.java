package io.github.afterimage.experiments.reductions;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheReader;
import io.github.afterimage.ReducedIndex;
import io.github.afterimage.StoredIndex;
import io.github.afterimage.answer.Calibration;
import io.github.afterimage.answer.Pool;
import io.github.afterimage.answer.Tuner;
import io.github.afterimage.experiments.EngineComparison;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.options.DataOptions;
import io.github.afterimage.experiments.options.IndexOptions;
import io.github.afterimage.experiments.options.OpenedExamples;
import io.github.afterimage.experiments.options.SampleOption;
import io.github.afterimage.experiments.reductions.ReductionComparison.TunedReduction;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.evaluation.ComponentTrainer;
import io.github.afterimage.reduce.Reduction;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "reductions",
        header = "Measure the accuracy, memory and speed of shorter keys.",
        description = {
            "",
            "Reduces the keys of an index in memory in several ways, tunes each result on the same examples, which go through "
                    + "the network once, and prints a Markdown table. The index itself must not be reduced. Errors are those on the "
                    + "very examples that chose the rule: use them to compare reductions, not as final error rates."
        },
        footer = {
            "  afterimage measure reductions --index full.safetensors --model resnet20.onnx \\",
            "      --data 'cifar10:data#test' --reduce gaussian:512,gaussian:1024,pca:128"
        })
public final class ReductionsCommand extends Command {
    @Mixin
    private IndexOptions index;

    @Mixin
    private DataOptions data;

    @Option(
            names = "--reduce",
            required = true,
            split = ",",
            paramLabel = "SPEC",
            description =
                    "The reductions, as build takes them, separated by commas; the index itself is always the first row.")
    private List<String> reductions;

    @Mixin
    private SampleOption sample;

    @Override
    protected void execute(Report report) throws IOException {
        List<Reduction> chosen = reductions.stream().map(Reduction::parse).toList();
        List<CacheIndex> indexes = new ArrayList<>();
        List<Double> seconds = new ArrayList<>();
        try (CacheIndex opened = index.open();
                OpenedExamples examples = data.openFor(opened, index.threads(), 1)) {
            chosen.forEach(reduction -> reduction.checked(opened.dim()));
            indexes.add(opened);
            seconds.add(0.0);
            reduce(chosen, indexes, seconds);
            List<CacheReader> compared = indexes.stream()
                    .map(each -> each.withEngine(opened.engine()))
                    .toList();
            List<TunedReduction> rows = step(
                    "comparing",
                    data.description(),
                    progress -> ReductionComparison.compare(
                            compared,
                            examples.examples().requireProbabilities(),
                            new Tuner().thetas(),
                            EngineComparison.MIN_SECONDS,
                            progress));
            Tuner tuner = rows.get(0).tuner();
            report.line(
                            "%s of %s, network %s",
                            Text.count("examples", tuner.examples(), "example"),
                            Text.value("data", data.description()),
                            Text.percent("networkError", tuner.networkError()))
                    .line(index.describe(opened))
                    .line("");
            report(report, indexes, seconds, rows);
        } finally {
            indexes.forEach(CacheIndex::close);
        }
    }

    private void reduce(List<Reduction> chosen, List<CacheIndex> indexes, List<Double> seconds) throws IOException {
        try (StoredIndex source = StoredIndex.open(index.file(), false)) { // verified a moment ago, if at all
            for (Reduction reduction : chosen) {
                int learned = sample.count(ComponentTrainer.DEFAULT_SAMPLE);
                ReducedIndex result = step(
                        reduction.toString(),
                        progress -> source.reduce(reduction, source.type(), learned, index.threads(), progress));
                indexes.add(result.index());
                seconds.add(result.seconds());
            }
        }
    }

    /** Reports the results as a Markdown table; the index itself comes first. */
    private static void report(
            Report report, List<CacheIndex> indexes, List<Double> seconds, List<TunedReduction> rows) {
        report.line(
                        "| reduction | dim | error | -log p | theta | memory alone | bytes per key | reduced in | queries/s |")
                .line("|---|--:|--:|--:|--:|--:|--:|--:|--:|");
        for (int i = 0; i < rows.size(); i++) {
            CacheIndex each = indexes.get(i);
            Tuner tuner = rows.get(i).tuner();
            Tuner.Score best = rows.get(i).score();
            Pool alone = tuner.rule(Calibration.ALONE);
            long keyBytes = each.format().keyBytes() + (each.format().type().scaled() ? Float.BYTES : 0);
            double rate = rows.get(i).queriesPerSecond();
            Report row = new Report()
                    .line(
                            "| %s | %s | %s | %s | %s | %s | %s | %s | %s |",
                            Text.value(
                                    "reduction",
                                    each.format()
                                            .reduction()
                                            .map(Reduction::toString)
                                            .orElse("none")),
                            Text.count("keyDim", each.format().keyDim()),
                            Text.percent("togetherError", best.error()),
                            Text.fixed("logLoss", best.logLoss(), 4),
                            Text.number("theta", alone.theta()),
                            Text.percent(
                                    "memoryError",
                                    tuner.score(alone, Calibration.ALONE).error()),
                            Text.count("bytesPerKey", keyBytes),
                            Text.figure("buildSeconds", seconds.get(i), i == 0 ? "" : Format.seconds(seconds.get(i))),
                            Text.figure("queriesPerSecond", rate, Format.count(Math.round(rate))));
            report.element("reductions", row);
        }
    }
}
