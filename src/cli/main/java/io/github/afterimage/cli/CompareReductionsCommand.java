package io.github.afterimage.cli;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Tuner;
import io.github.afterimage.cli.options.DataOptions;
import io.github.afterimage.cli.options.GridOptions;
import io.github.afterimage.cli.options.IndexOptions;
import io.github.afterimage.cli.options.OpenedExamples;
import io.github.afterimage.cli.output.Failure;
import io.github.afterimage.cli.output.Format;
import io.github.afterimage.cli.output.Report;
import io.github.afterimage.cli.output.TerminalProgress;
import io.github.afterimage.experiments.ReductionComparison;
import io.github.afterimage.experiments.TunedReduction;
import io.github.afterimage.model.conversion.IndexReducer;
import io.github.afterimage.model.evaluation.ComponentTrainer;
import io.github.afterimage.reduce.Reduction;
import io.github.afterimage.store.IndexFile;
import io.github.afterimage.store.KeyStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "compare-reductions",
        header = "Measure what shorter keys cost and save.",
        description = {
            "",
            "Reduces the keys of an index in memory in each of several ways, tunes each on the same examples, which go "
                    + "through the network once, and prints a Markdown table. The index must not be reduced itself. Errors are "
                    + "the best of the grid on these very examples: good for comparing, not for claiming."
        },
        footer = {
            "  afterimage compare-reductions --index full.safetensors --model resnet20.onnx \\",
            "      --data 'cifar10:data#test' --reduce gaussian:512,gaussian:1024,pca:128"
        })
final class CompareReductionsCommand extends Command {
    @Mixin
    private IndexOptions index;

    @Mixin
    private DataOptions data;

    @Option(
            names = "--reduce",
            order = 20,
            required = true,
            split = ",",
            paramLabel = "SPEC",
            description =
                    "Reductions as build takes them, separated by commas; the index itself comes first in any case.")
    private List<String> reductions;

    @Option(
            names = "--sample",
            order = 21,
            paramLabel = "N",
            description = "How many keys pca learns from; 10,000 by default.")
    private int sample = ComponentTrainer.DEFAULT_SAMPLE;

    @Mixin
    private GridOptions grid;

    @Override
    void execute(Report report) throws IOException {
        double[] thetas = grid.thetas();
        double[] lambdas = grid.lambdas();
        List<Reduction> chosen = reductions.stream().map(Reduction::parse).toList();
        List<CacheIndex> indexes = new ArrayList<>();
        List<Double> seconds = new ArrayList<>();
        try (IndexOptions.Opened opened = index.open();
                OpenedExamples examples = data.openFor(opened.index(), index.threads())) {
            ConvertCommand.checkNotReduced(index.file(), opened.index().attributes());
            chosen.forEach(reduction ->
                    reduction.resolve(opened.index().dim(), opened.index().size()));
            indexes.add(opened.index());
            seconds.add(0.0);
            reduce(chosen, indexes, seconds);
            List<CacheIndex> compared = indexes.stream()
                    .map(each -> each.withEngine(opened.index().engine()))
                    .toList();
            List<TunedReduction> rows;
            try (TerminalProgress progress = progress("comparing")) {
                rows = ReductionComparison.compare(compared, examples.examples(), thetas, lambdas, progress);
            } catch (IllegalArgumentException e) {
                throw new Failure.UnusableDataException(data.description(), e);
            }
            report(report, indexes, seconds, rows);
        } finally {
            indexes.forEach(CacheIndex::close);
        }
    }

    private void reduce(List<Reduction> chosen, List<CacheIndex> indexes, List<Double> seconds) throws IOException {
        IndexFile.Contents contents = IndexFile.open(index.file(), false); // verified a moment ago, if at all
        try (KeyStore source = contents.keys()) {
            for (Reduction reduction : chosen) {
                try (TerminalProgress progress = progress(reduction.toString())) {
                    IndexReducer.Result result =
                            IndexReducer.reduce(contents, reduction, sample, source.type(), index.threads(), progress);
                    indexes.add(result.index());
                    seconds.add(result.seconds());
                }
            }
        }
    }

    private void report(Report report, List<CacheIndex> indexes, List<Double> seconds, List<TunedReduction> rows) {
        Tuner first = rows.get(0).tuner();
        index.report(report, indexes.get(0));
        List<Map<String, Object>> fields = new ArrayList<>();
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            CacheIndex each = indexes.get(i);
            Tuner.Point best = rows.get(i).tuner().best();
            Tuner.Point alone = rows.get(i).tuner().bestCacheOnly();
            String name = each.reduction().map(Reduction::toString).orElse("none");
            long keyBytes =
                    (long) each.keyDim() * each.type().bytes() + (each.type().scaled() ? Float.BYTES : 0);
            fields.add(Report.object(
                    "reduction",
                    name,
                    "keyDim",
                    each.keyDim(),
                    "mixedError",
                    best.error(),
                    "theta",
                    best.hyperparameters().theta(),
                    "lambda",
                    best.hyperparameters().lambda(),
                    "cacheOnlyError",
                    alone.error(),
                    "cacheOnlyTheta",
                    alone.hyperparameters().theta(),
                    "bytesPerKey",
                    keyBytes,
                    "buildSeconds",
                    seconds.get(i),
                    "queriesPerSecond",
                    rows.get(i).queriesPerSecond()));
            lines.add(String.format(
                    Locale.ROOT,
                    "| %s | %s | %s | %s | %s | %s | %s | %s | %s |",
                    name,
                    Format.count(each.keyDim()),
                    Format.percent(best.error()),
                    Format.number(best.hyperparameters().theta()),
                    Format.number(best.hyperparameters().lambda()),
                    Format.percent(alone.error()),
                    Format.count(keyBytes),
                    i == 0 ? "" : Format.seconds(seconds.get(i)),
                    Format.count(Math.round(rows.get(i).queriesPerSecond()))));
        }
        report.field("data", data.description())
                .field("examples", first.examples())
                .field("networkError", first.networkError())
                .field("reductions", fields);
        report.line(Format.count(first.examples(), "example") + " of " + data.description() + ", network "
                + Format.percent(first.networkError()));
        report.line(index.describe(indexes.get(0))).line("");
        report.line(
                "| reduction | dim | mixed | theta | lambda | cache only | bytes per key | reduced in | queries/s |");
        report.line("|---|--:|--:|--:|--:|--:|--:|--:|--:|");
        lines.forEach(report::line);
    }
}
