package io.github.afterimage.cli;

import io.github.afterimage.Tuner;
import io.github.afterimage.cli.options.LayerPatterns;
import io.github.afterimage.cli.output.LayerSearchReport;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.command.TerminalProgress;
import io.github.afterimage.experiments.options.ExperimentDataOptions;
import io.github.afterimage.experiments.options.ExperimentOptions;
import io.github.afterimage.experiments.options.GridOptions;
import io.github.afterimage.experiments.paper.ExampleSource;
import io.github.afterimage.experiments.paper.IndexRecipe;
import io.github.afterimage.experiments.paper.LayerSearch;
import io.github.afterimage.experiments.paper.LayerSearchOptions;
import io.github.afterimage.experiments.paper.Protocol;
import io.github.afterimage.experiments.paper.WorkFolder;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.model.network.KeyLayers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "search-layers",
        header = "Find layers that make a good key together.",
        description = {
            "",
            "Tries all pairs of layers, extends the best few by more layers, leaves out or exchanges single layers, and then "
                    + "tries weights. It compares combinations by their errors on held-out examples. The best of many is "
                    + "partly best by luck, so it takes the simplest combination within one standard error of the best, tunes it "
                    + "as \"reproduce table1\" does, and reports it on the test examples.",
            "",
            "Choose among hidden layers: the mixture contains the output already."
        },
        footer = {
            "  afterimage search-layers --model resnet20.onnx --data cifar10:data --flip-after input_1 \\",
            "      --layers 'activation_1*' --dtype bf16 \\",
            "      --compare activation_14,activation_16,activation_18 --page search.html"
        })
final class SearchLayersCommand extends Command {
    private static final String REDUCTION = "pca:256";
    private static final int THETAS = 9;

    @Mixin
    private ExperimentDataOptions data;

    @Option(
            names = "--layers",
            split = ",",
            required = true,
            paramLabel = "LAYER",
            description = "The candidates, separated by commas; * stands for any text.")
    private List<String> patterns;

    @Option(names = "--most", paramLabel = "N", description = "At most N layers together; 4 by default.")
    private int most = 4;

    @Option(
            names = "--search-keys",
            paramLabel = "N",
            description = "At most N keys while searching, drawn at random; all by default.")
    private int keys = Integer.MAX_VALUE;

    @Option(
            names = "--search-queries",
            paramLabel = "N",
            description = "At most N held-out examples while searching; 10,000 by default.")
    private int queries = 10_000;

    @Option(
            names = "--by",
            paramLabel = "WHAT",
            description =
                    "The value that the search minimises on the held-out examples: errors (by default); margin, soft errors that tell how "
                            + "far the true class is ahead of the next; or loss, the mean of -log p with the network calibrated.")
    private String by = "errors";

    @Option(
            names = "--compare",
            paramLabel = "LAYERS",
            description =
                    "A combination to test beside the one that is found, such as the paper's; may be given several times.")
    private List<String> compare = List.of();

    @Mixin
    private GridOptions grid = GridOptions.ofThePaper();

    @Mixin
    private ExperimentOptions options;

    @Override
    protected void execute(Report report) throws IOException {
        if (data.areFeatures()) {
            throw new IllegalArgumentException("search-layers needs images and a network: features have no layers");
        }
        if (most < 1 || keys < 1 || queries < 1) {
            throw new IllegalArgumentException("--most " + most + ", --search-keys " + keys + ", --search-queries "
                    + queries + ": expected positive numbers");
        }
        List<KeyLayers> compared = compare.stream().map(KeyLayers::parse).toList();
        LayerSearch.Criterion criterion = by();
        WorkFolder work = options.begin(data);
        IndexRecipe recipe = options.recipe(REDUCTION);
        ExampleSource source = data.source(options.threads(), work, this::progress);
        List<String> candidates = new ArrayList<>(LayerPatterns.matching(patterns, source));
        candidates.remove(ExampleSource.IMAGE);
        LayerSearch.Findings found;
        List<LayerSearch.TestedCombination> tested;
        try (TerminalProgress progress = progress("searching")) {
            Protocol protocol = new Protocol(data.rule(), recipe, coarse(grid.thetas()), grid.lambdas());
            LayerSearch search =
                    new LayerSearch(new LayerSearchOptions(candidates, most, keys, queries, criterion, protocol), work);
            found = search.run(source, progress);
            Set<String> combinations = new LinkedHashSet<>(List.of(
                    found.found().layers(),
                    found.unweighted().layers(),
                    found.best().layers()));
            compared.forEach(layers -> combinations.add(layers.toString()));
            tested = search.test(
                    source,
                    combinations.stream().map(KeyLayers::parse).toList(),
                    grid.thetas(),
                    grid.lambdas(),
                    progress);
        }
        String described = ExperimentOptions.describe(recipe, () -> source.keys(data.rule()));
        LayerSearchReport results =
                new LayerSearchReport(found, tested, criterion, candidates.size(), data.description(), described);
        results.write(report);
        options.finish(report, work);
    }

    private LayerSearch.Criterion by() {
        return switch (by) {
            case "errors" -> LayerSearch.Criterion.ERRORS;
            case "margin" -> LayerSearch.Criterion.MARGIN;
            case "loss" -> LayerSearch.Criterion.LOSS;
            default -> throw new IllegalArgumentException("--by \"" + by + "\": expected errors, margin or loss");
        };
    }

    /** As many as a search needs of an evenly spaced grid. */
    private static double[] coarse(double[] thetas) {
        return thetas.length <= THETAS ? thetas : Tuner.grid(thetas[0], thetas[thetas.length - 1], THETAS);
    }
}
