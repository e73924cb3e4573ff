package io.github.afterimage.cli;

import io.github.afterimage.Tuner;
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
import io.github.afterimage.experiments.paper.LayerSearch;
import io.github.afterimage.experiments.paper.LayerSearchOptions;
import io.github.afterimage.experiments.paper.Protocol;
import io.github.afterimage.experiments.paper.WorkFolder;
import io.github.afterimage.experiments.report.BarChart;
import io.github.afterimage.experiments.report.Page;
import io.github.afterimage.model.network.KeyLayers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "search-layers",
        header = "Find layers that make a good key together.",
        description = {
            "",
            "Tries all pairs, adds layers to the best few, leaves out or exchanges what helps, then tries "
                    + "weights; by errors on held-out examples, as theta and lambda are tuned. Since the best of many is "
                    + "best by luck as well, the simplest that is not worse by more than one standard error is taken, "
                    + "tuned as \"reproduce table1\" does, and reported on the test examples.",
            "",
            "Hidden layers are what to choose from: what the output says is in the mixture already."
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
    private ExperimentData data;

    @Option(
            names = "--layers",
            order = 5,
            split = ",",
            required = true,
            paramLabel = "LAYER",
            description = "The candidates, separated by commas; * stands for any text.")
    private List<String> patterns;

    @Option(names = "--most", order = 30, paramLabel = "N", description = "At most N layers together; 4 by default.")
    private int most = 4;

    @Option(
            names = "--search-keys",
            order = 31,
            paramLabel = "N",
            description = "At most N keys while searching, drawn at random; all by default.")
    private int keys = Integer.MAX_VALUE;

    @Option(
            names = "--search-queries",
            order = 32,
            paramLabel = "N",
            description = "At most N held-out examples while searching; 10,000 by default.")
    private int queries = 10_000;

    @Option(
            names = "--by",
            order = 33,
            paramLabel = "WHAT",
            description =
                    "What the search makes least on the held-out examples: errors (by default); margin, soft errors that tell how "
                            + "far the true class is ahead of the next; or loss, the mean of -log p with the network calibrated.")
    private String by = "errors";

    @Option(
            names = "--compare",
            order = 34,
            paramLabel = "LAYERS",
            description =
                    "A combination to be put beside the one that is found, such as the paper's; may be given several times.")
    private List<String> compare = List.of();

    @Mixin
    private GridOptions grid = GridOptions.ofThePaper();

    @Mixin
    private ExperimentOptions options;

    @Override
    void execute(Report report) throws IOException {
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
        ExampleSource source = data.source(options.threads());
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
        report(report, found, tested, candidates.size(), described);
        options.finish(report, work, page(found, tested, described));
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

    /** What a combination is. */
    private static String note(String layers, LayerSearch.Findings found) {
        return layers.equals(found.found().layers())
                ? "found"
                : layers.equals(found.best().layers())
                        ? "best held out"
                        : layers.equals(found.unweighted().layers()) ? "best without weights" : "to compare";
    }

    /** Why the combination that is found was taken. */
    private String rule(LayerSearch.Findings found) {
        if (found.found().equals(found.best())) {
            return "the best, and no simpler one is within one standard error";
        }
        return "the simplest within one standard error of the best, " + amount(found, found.difference()) + " more "
                + unit() + " with a standard error of " + amount(found, found.standardError());
    }

    private String unit() {
        return switch (by()) {
            case ERRORS -> "errors";
            case MARGIN -> "soft errors";
            case LOSS -> "\u2212log p";
        };
    }

    /** A value, as people count it. */
    private String amount(LayerSearch.Findings found, double value) {
        return switch (by()) {
            case ERRORS -> Format.fixed(value * found.queries(), 0);
            case MARGIN -> Format.fixed(value * found.queries(), 1);
            case LOSS -> Format.fixed(value, 4);
        };
    }

    private void report(
            Report report,
            LayerSearch.Findings found,
            List<LayerSearch.TestedCombination> tested,
            int candidates,
            String described) {
        report.line(data.description())
                .line(Format.count(candidates, "candidate") + ", " + Format.count(found.trials(), "combination")
                        + " tried on " + Format.count(found.queries()) + " held-out examples against "
                        + Format.count(found.keys(), "key") + "; " + described + "; network "
                        + Format.count(found.networkErrors(), "error") + "; searched by " + by);
        Table rounds = new Table("rrrrll")
                .row("soft errors", "-log p", "mixed errors", "cache only", "theta, lambda", "layers");
        for (LayerSearch.Trial trial : found.rounds()) {
            rounds.row(cells(trial).toArray());
        }
        report.line("").line("round by round").table(rounds).line(found.found().layers() + ": " + rule(found));
        Table singles = new Table("rrrrll")
                .row("soft errors", "-log p", "mixed errors", "cache only", "theta, lambda", "layer");
        for (LayerSearch.Trial trial : found.singles()) {
            singles.row(cells(trial).toArray());
        }
        report.line("").line("each alone").table(singles);
        Table test = new Table("rrrll").row("test: network", "mixed", "cache only", "", "layers");
        List<Map<String, Object>> fields = new ArrayList<>();
        for (LayerSearch.TestedCombination each : tested) {
            test.row(
                    Format.percent(each.networkError()),
                    Format.percent(each.mixedError()),
                    Format.percent(each.cacheError()),
                    note(each.layers(), found),
                    each.layers());
            fields.add(Report.object(
                    "layers", each.layers(),
                    "what", note(each.layers(), found),
                    "examples", each.examples(),
                    "networkError", each.networkError(),
                    "mixedError", each.mixedError(),
                    "cacheOnlyError", each.cacheError(),
                    "theta", each.theta(),
                    "lambda", each.lambda()));
        }
        report.table(test);
        report.field("data", data.description())
                .field("found", found.found().layers())
                .field("search", found)
                .field("test", fields);
    }

    private static List<String> cells(LayerSearch.Trial trial) {
        return List.of(
                Format.fixed(trial.softErrors(), 1),
                Format.fixed(trial.logLoss(), 4),
                Format.count(trial.errors()),
                Format.count(trial.cacheErrors()),
                Format.number(trial.theta()) + ", " + Format.number(trial.lambda()),
                trial.layers());
    }

    private Page page(LayerSearch.Findings found, List<LayerSearch.TestedCombination> tested, String described) {
        Page page = new Page(
                "Which layers remember best together?",
                Format.count(found.trials(), "combination") + " tried on " + Format.count(found.queries())
                        + " held-out images; what was found is tried on test images that had no part in it. "
                        + data.description() + ".");
        page.heading("Round by round");
        page.paragraph("What a memory saves of the network's " + unit()
                + " on the held-out images, as layers are added, exchanged and weighted; and the fewest errors there, of "
                + "which the network alone makes " + Format.count(found.networkErrors()) + ".");
        page.chart(saved(found, found.rounds()));
        page.note("Taken is " + found.found().layers().replace(",", ", ") + ": " + rule(found) + ".");
        page.heading("Each candidate alone");
        page.chart(saved(found, found.singles()));
        page.heading("On the test images");
        page.table(
                List.of("layers", "", "network", "mixed", "cache only"),
                tested.stream()
                        .map(each -> List.of(
                                each.layers().replace(",", ", "),
                                note(each.layers(), found),
                                Format.percent(each.networkError()),
                                Format.percent(each.mixedError()),
                                Format.percent(each.cacheError())))
                        .toList());
        page.note(described
                + ". Weights multiply the activations of a layer before the whole key is scaled to unit norm.");
        return page;
    }

    /** What combinations save of what the search makes least. */
    private BarChart saved(LayerSearch.Findings found, List<LayerSearch.Trial> trials) {
        BarChart chart = new BarChart();
        for (LayerSearch.Trial trial : trials) {
            double saved = found.networkValue() - trial.value();
            chart.bar(
                    trial.layers().replace("activation_", "").replace(",", ", "),
                    by() == LayerSearch.Criterion.LOSS ? saved : saved * found.queries(),
                    amount(found, saved),
                    Format.count(trial.errors(), "error"));
        }
        return chart;
    }
}
