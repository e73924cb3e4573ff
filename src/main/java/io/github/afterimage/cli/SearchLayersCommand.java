package io.github.afterimage.cli;

import io.github.afterimage.Tuner;
import io.github.afterimage.experiment.paper.DataSource;
import io.github.afterimage.experiment.paper.IndexRecipe;
import io.github.afterimage.experiment.paper.KeyLayers;
import io.github.afterimage.experiment.paper.LayerSearch;
import io.github.afterimage.experiment.paper.Method;
import io.github.afterimage.experiment.paper.TableOne;
import io.github.afterimage.experiment.paper.WorkFolder;
import io.github.afterimage.report.BarChart;
import io.github.afterimage.report.Page;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "search-layers",
        header = "Find layers that make a good key together.",
        description = {
            "",
            "Adds one layer after the other, each time the one that makes the fewest errors on held-out examples, then tries",
            "weights. What was found is tuned and reported on the test examples as \"reproduce table1\" does."
        },
        footer = {
            "  afterimage search-layers --model resnet20.onnx --data cifar10:data --flip-after input_1 \\",
            "      --layers 'activation_1*,average_pooling2d_1,logits' \\",
            "      --compare activation_14,activation_16,activation_18 --report search.html"
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
            description =
                    "At most N keys while searching; 20,000 by default. Each candidate takes N x QUERIES x 2 bytes.")
    private int keys = 20_000;

    @Option(
            names = "--search-queries",
            order = 32,
            paramLabel = "N",
            description = "At most N held-out examples while searching; 5,000 by default.")
    private int queries = 5000;

    @Option(
            names = "--compare",
            order = 33,
            paramLabel = "LAYERS",
            description = "A combination to be put beside the one that is found, such as the paper's.")
    private String compare;

    @Mixin
    private GridOptions grid;

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
        KeyLayers compared = compare == null ? null : KeyLayers.parse(compare);
        WorkFolder work = options.begin();
        IndexRecipe recipe = options.recipe(REDUCTION);
        DataSource source = data.source(options.threads());
        List<String> candidates = new ArrayList<>(LayerPatterns.matching(patterns, source));
        candidates.remove(DataSource.IMAGE);
        LayerSearch.Outcome found;
        Map<String, TableOne.Result> tested = new LinkedHashMap<>();
        try (TerminalProgress progress = common().progress("searching")) {
            found = new LayerSearch(
                            new LayerSearch.Settings(
                                    candidates,
                                    data.rule(),
                                    recipe,
                                    most,
                                    keys,
                                    queries,
                                    coarse(grid.thetas()),
                                    grid.lambdas()),
                            work)
                    .run(source, progress);
            List<String> combinations = new ArrayList<>(
                    List.of(found.best().layers(), found.unweighted().layers()));
            if (compared != null) {
                combinations.add(compared.toString());
            }
            for (String layers : new ArrayList<>(new LinkedHashSet<>(combinations))) {
                TableOne.Settings settings = new TableOne.Settings(
                        KeyLayers.parse(layers), data.rule(), recipe, 0, grid.thetas(), grid.lambdas());
                tested.put(layers, new TableOne(settings, work).run(source, progress));
            }
        }
        report(report, found, tested, candidates.size(), recipe);
        options.finish(report, work, page(found, tested, recipe));
    }

    /** As many as a search needs of an evenly spaced grid. */
    private static double[] coarse(double[] thetas) {
        return thetas.length <= THETAS ? thetas : Tuner.grid(thetas[0], thetas[thetas.length - 1], THETAS);
    }

    private String note(String layers, LayerSearch.Outcome found) {
        return layers.equals(found.best().layers())
                ? "found"
                : layers.equals(found.unweighted().layers()) ? "found, without weights" : "to compare";
    }

    private void report(
            Report report,
            LayerSearch.Outcome found,
            Map<String, TableOne.Result> tested,
            int candidates,
            IndexRecipe recipe) {
        report.line(data.description())
                .line(Format.count(candidates, "candidate") + ", " + Format.count(found.trials(), "combination")
                        + " tried on " + Format.count(found.queries()) + " held-out examples; " + recipe.text()
                        + "; network " + Format.count(found.networkErrors(), "error"));
        Table rounds = new Table("rrll").row("mixed errors", "cache only", "theta, lambda", "layers");
        for (LayerSearch.Trial trial : found.rounds()) {
            rounds.row(
                    Format.count(trial.errors()),
                    Format.count(trial.cacheErrors()),
                    Format.number(trial.theta()) + ", " + Format.number(trial.lambda()),
                    trial.layers());
        }
        report.table(rounds);
        Table test = new Table("rrrll").row("test: network", "mixed", "cache only", "", "layers");
        List<Map<String, Object>> fields = new ArrayList<>();
        tested.forEach((layers, result) -> {
            TableOne.Outcome outcome = result.outcome();
            test.row(
                    Format.percent(error(outcome, TableOne.NETWORK)),
                    Format.percent(error(outcome, TableOne.MIXED)),
                    Format.percent(error(outcome, TableOne.CACHE)),
                    note(layers, found),
                    layers);
            fields.add(Report.object(
                    "layers", layers,
                    "what", note(layers, found),
                    "examples", outcome.examples(),
                    "networkError", error(outcome, TableOne.NETWORK),
                    "mixedError", error(outcome, TableOne.MIXED),
                    "cacheOnlyError", error(outcome, TableOne.CACHE),
                    "theta", result.tuning().theta(),
                    "lambda", result.tuning().lambda()));
        });
        report.table(test);
        report.field("data", data.description())
                .field("found", found.best().layers())
                .field("search", found)
                .field("test", fields);
    }

    private static double error(TableOne.Outcome outcome, String name) {
        Method method = outcome.method(name);
        return (double) method.errors() / outcome.examples();
    }

    private Page page(LayerSearch.Outcome found, Map<String, TableOne.Result> tested, IndexRecipe recipe) {
        Page page = new Page(
                "Which layers remember best together?",
                Format.count(found.trials(), "combination") + " tried on " + Format.count(found.queries())
                        + " held-out images; what was found is tried on test images that had no part in it. "
                        + data.description() + ".");
        page.heading("Layer by layer");
        page.paragraph("Errors on the held-out images as layers are added, one at a time. The network alone makes "
                + Format.count(found.networkErrors()) + ".");
        BarChart rounds = new BarChart();
        for (LayerSearch.Trial trial : found.rounds()) {
            rounds.bar(
                    shown(trial.layers(), found.rounds().indexOf(trial)),
                    trial.errors(),
                    Format.count(trial.errors()),
                    "alone " + Format.count(trial.cacheErrors()));
        }
        page.chart(rounds);
        page.heading("Each candidate alone");
        BarChart singles = new BarChart();
        for (LayerSearch.Trial trial : found.singles()) {
            singles.bar(trial.layers(), trial.errors(), Format.count(trial.errors()), "");
        }
        page.chart(singles);
        page.heading("On the test images");
        List<List<String>> rows = new ArrayList<>();
        tested.forEach((layers, result) -> rows.add(List.of(
                layers.replace(",", ", "),
                note(layers, found),
                Format.percent(error(result.outcome(), TableOne.NETWORK)),
                Format.percent(error(result.outcome(), TableOne.MIXED)),
                Format.percent(error(result.outcome(), TableOne.CACHE)))));
        page.table(List.of("layers", "", "network", "mixed", "cache only"), rows);
        page.note(recipe.text()
                + ". Weights multiply the activations of a layer before the whole key is scaled to unit " + "norm.");
        return page;
    }

    /** The first round names its layer; later ones say how many there are. */
    private static String shown(String layers, int round) {
        int count = layers.split(",").length;
        return layers.contains("*") ? "with weights" : round == 0 ? layers : count + " layers";
    }
}
