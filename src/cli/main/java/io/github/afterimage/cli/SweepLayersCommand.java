package io.github.afterimage.cli;

import io.github.afterimage.Hyperparameters;
import io.github.afterimage.MemoryUse;
import io.github.afterimage.cli.options.ExperimentData;
import io.github.afterimage.cli.options.ExperimentOptions;
import io.github.afterimage.cli.options.GridOptions;
import io.github.afterimage.cli.options.LayerPatterns;
import io.github.afterimage.cli.output.Format;
import io.github.afterimage.cli.output.Report;
import io.github.afterimage.cli.output.Table;
import io.github.afterimage.cli.output.TerminalProgress;
import io.github.afterimage.experiments.paper.ExampleSource;
import io.github.afterimage.experiments.paper.IndexRecipe;
import io.github.afterimage.experiments.paper.LayerErrors;
import io.github.afterimage.experiments.paper.LayerSweep;
import io.github.afterimage.experiments.paper.Protocol;
import io.github.afterimage.experiments.paper.WorkFolder;
import io.github.afterimage.experiments.report.LineChart;
import io.github.afterimage.experiments.report.Page;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "sweep-layers",
        header = "Try every layer as key, from the image to the output: the paper's Figure 2.",
        description = {
            "",
            "Makes an index of each layer alone and reports the errors on the test examples. Layers that are longer than the "
                    + "reduction are reduced; as many layers as memory allows share a pass over the images."
        },
        footer = {
            "  afterimage sweep-layers --model resnet20.onnx --data cifar10:data \\",
            "      --layers 'image,activation_*,logits' --page layers.html"
        })
final class SweepLayersCommand extends Command {
    private static final String REDUCTION = "pca:256";
    private static final Hyperparameters MIDDLE = new Hyperparameters(50, 0.5);

    @Mixin
    private ExperimentData data;

    @Option(
            names = "--layers",
            order = 5,
            split = ",",
            paramLabel = "LAYER",
            description =
                    "Which layers, separated by commas; * stands for any text, image for the image. All by default.")
    private List<String> patterns = List.of("*");

    @Option(
            names = "--tune",
            order = 30,
            description =
                    "Tune theta and lambda for each layer; by default they are the middle of the grid, 50 and 0.5.")
    private boolean tune;

    @Option(
            names = "--memory",
            order = 31,
            paramLabel = "BYTES",
            description = "How much of the keys may be in memory at once; 2g by default. Less takes more passes.")
    private String memory = "2g";

    @Mixin
    private GridOptions grid = GridOptions.ofThePaper();

    @Mixin
    private ExperimentOptions options;

    @Override
    void execute(Report report) throws IOException {
        if (data.areFeatures()) {
            throw new IllegalArgumentException("sweep-layers needs images and a network: features have no layers");
        }
        long bytes = MemoryUse.parse("--memory", memory);
        if (bytes == 0) {
            throw new IllegalArgumentException(
                    "--memory " + memory + ": expected a positive number of bytes, such as 2g");
        }
        WorkFolder work = options.begin(data);
        IndexRecipe recipe = options.recipe(REDUCTION);
        ExampleSource source = data.source(options.threads());
        List<String> layers = LayerPatterns.matching(patterns, source);
        Protocol protocol = new Protocol(data.rule(), recipe, grid.thetas(), grid.lambdas());
        List<LayerErrors> found;
        try (TerminalProgress progress = progress("layers")) {
            found = new LayerSweep(layers, bytes, tune ? null : MIDDLE, protocol, work).run(source, progress);
        }
        String described = ExperimentOptions.describe(recipe, () -> source.keys(data.rule()));
        report(report, found, described);
        options.finish(report, work, page(found, described));
    }

    private static Optional<LayerErrors> best(List<LayerErrors> found) {
        return found.stream()
                .filter(outcome -> outcome.problem() == null)
                .min(Comparator.comparingDouble(LayerErrors::mixedError));
    }

    private List<String> cells(LayerErrors outcome) {
        if (outcome.problem() != null) {
            return List.of(outcome.layer(), Format.fixed(outcome.depth(), 3), "", "", "", "cannot be a key");
        }
        return List.of(
                outcome.layer(),
                Format.fixed(outcome.depth(), 3),
                Format.count(outcome.keyDim()),
                Format.percent(outcome.mixedError()),
                Format.percent(outcome.cacheError()),
                tune ? hyperparameters(outcome.theta(), outcome.lambda()) : "");
    }

    private static String hyperparameters(double theta, double lambda) {
        return "theta " + Format.number(theta) + ", lambda " + Format.number(lambda);
    }

    /** How theta and lambda were chosen. */
    private String chosen() {
        return tune ? "theta and lambda tuned for each" : hyperparameters(MIDDLE.theta(), MIDDLE.lambda());
    }

    private void report(Report report, List<LayerErrors> found, String described) {
        report.line(data.description()).line(described + "; each layer alone as key, " + chosen());
        Table table = new Table("lrrrrl").row("layer", "depth", "key dim", "mixed", "cache only", "");
        found.forEach(outcome -> table.row(cells(outcome).toArray()));
        report.table(table);
        best(found).ifPresent(best -> report.line("")
                .line("network " + Format.percent(best.networkError()) + "; best " + best.layer() + ", "
                        + Format.percent(best.mixedError()) + " at depth " + Format.fixed(best.depth(), 3)));
        report.field("data", data.description())
                .field("best", best(found).map(LayerErrors::layer).orElse(null))
                .field(
                        "networkError",
                        best(found).map(LayerErrors::networkError).orElse(null))
                .field("layers", fields(found));
    }

    private static List<Map<String, Object>> fields(List<LayerErrors> found) {
        List<Map<String, Object>> fields = new ArrayList<>();
        for (LayerErrors outcome : found) {
            fields.add(
                    outcome.problem() != null
                            ? Report.object("layer", outcome.layer(), "problem", outcome.problem())
                            : Report.object(
                                    "layer", outcome.layer(),
                                    "depth", outcome.depth(),
                                    "keyDim", outcome.keyDim(),
                                    "theta", outcome.theta(),
                                    "lambda", outcome.lambda(),
                                    "mixedError", outcome.mixedError(),
                                    "cacheOnlyError", outcome.cacheError()));
        }
        return fields;
    }

    private Page page(List<LayerErrors> found, String described) {
        List<LayerErrors> good =
                found.stream().filter(outcome -> outcome.problem() == null).toList();
        Page page = new Page(
                "Which layer remembers best?",
                "The paper's Figure 2: " + data.description()
                        + ". Every layer alone as key, from the image to the output.");
        best(found).ifPresent(best -> {
            double[] ends = {good.get(0).depth(), good.get(good.size() - 1).depth()};
            page.heading("With the network");
            page.paragraph("Test accuracy over normalised depth: best with " + best.layer() + ", "
                    + Format.percent(1 - best.mixedError()) + "; the network alone, "
                    + Format.percent(1 - best.networkError()) + ".");
            page.chart(chart(good, "with memory", LayerErrors::mixedError)
                    .guide("network alone", ends, new double[] {
                        100 * (1 - best.networkError()), 100 * (1 - best.networkError())
                    })
                    .mark(best.layer(), best.depth()));
            page.heading("The cache alone");
            page.chart(chart(good, "memory alone", LayerErrors::cacheError));
        });
        page.heading("In numbers");
        List<List<String>> rows = found.stream().map(this::cells).toList();
        int columns = rows.stream().allMatch(row -> row.get(5).isEmpty()) ? 5 : 6;
        page.table(
                List.of("layer", "depth", "key", "with memory", "alone", "").subList(0, columns),
                rows.stream().map(row -> row.subList(0, columns)).toList());
        page.note(described + "; " + chosen() + ". Errors in the table, accuracy in the charts.");
        return page;
    }

    private static LineChart chart(List<LayerErrors> found, String name, ToDoubleFunction<LayerErrors> error) {
        return new LineChart("depth: 0 is the image, 1 the output", "accuracy, %")
                .line(
                        name,
                        found.stream().mapToDouble(LayerErrors::depth).toArray(),
                        found.stream()
                                .mapToDouble(outcome -> 100 * (1 - error.applyAsDouble(outcome)))
                                .toArray());
    }
}
