package io.github.afterimage.experiments.layers;

import static io.github.afterimage.experiments.command.Failure.refuse;

import io.github.afterimage.MemoryUse;
import io.github.afterimage.Progress;
import io.github.afterimage.answer.Mixture;
import io.github.afterimage.experiments.options.ExperimentCommand;
import io.github.afterimage.experiments.protocol.ExampleSource;
import io.github.afterimage.experiments.protocol.IndexRecipe;
import io.github.afterimage.experiments.protocol.OpenExamples;
import io.github.afterimage.experiments.protocol.PaperGrid;
import io.github.afterimage.experiments.report.Columns;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.network.KeyLayers;
import io.github.afterimage.model.network.Layer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Tries each layer alone as key. */
@picocli.CommandLine.Command(
        name = "layers",
        header = "Try every layer as key, from the image to the output: the paper's Figure 2.",
        description = {
            "",
            "Builds an index of each layer alone and reports the errors on the test examples. Layers longer than the reduction "
                    + "are reduced. As many layers as memory allows share a pass over the images."
        },
        footer = {
            "  afterimage reproduce layers --model resnet20.onnx --data cifar10:data \\",
            "      --layers 'image,activation_*,logits'"
        })
public final class KeyLayersCommand extends ExperimentCommand {
    /** θ and λ of every layer: the middle of the grid. */
    private static final Mixture MIDDLE = new Mixture(50, 0.5);

    @Option(
            names = "--layers",
            split = ",",
            paramLabel = "LAYER",
            description =
                    "The layers, separated by commas; * stands for any text, image for the image itself. All by default.")
    private List<String> patterns = List.of("*");

    @Option(
            names = "--memory",
            paramLabel = "BYTES",
            description =
                    "Maximum bytes of keys in memory at once, such as 4g; half of Java's heap by default. Fewer take more passes.")
    private @Nullable String memory;

    @Override
    protected void check(boolean features) {
        refuse(features, "reproduce layers needs images and a network: features have no layers");
        refuse(bytes() == 0, "--memory " + memory + ": expected a positive number of bytes, such as 2g");
    }

    private long bytes() {
        return memory == null ? Runtime.getRuntime().maxMemory() / 2 : MemoryUse.parse("--memory", memory);
    }

    @Override
    protected String reduction(boolean features) {
        return REDUCTION;
    }

    /**
     * The layers that match, in the network's order, the image first.
     *
     * @throws IllegalArgumentException if a pattern matches nothing
     */
    private static List<String> matching(List<String> patterns, ExampleSource source) throws IOException {
        List<String> all = new ArrayList<>(List.of(ExampleSource.IMAGE));
        source.layers().forEach(layer -> all.add(layer.name()));
        Set<String> matching = new HashSet<>();
        for (String pattern : patterns) {
            Pattern text = Pattern.compile(
                    Stream.of(pattern.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*")));
            List<String> found = all.stream().filter(text.asMatchPredicate()).toList();
            refuse(found.isEmpty(), "no layer is called \"" + pattern + "\"; \"layers MODEL\" lists them");
            matching.addAll(found);
        }
        return all.stream().filter(matching::contains).toList();
    }

    /**
     * The errors with a layer alone as key.
     *
     * @param depth the position of the layer: 0 for the image, 1 for the last tensor of the network
     * @param problem the reason why it cannot be a key, or null; with a reason, the following components are 0
     * @param keyDim the number of values of a stored key
     */
    public record LayerErrors(
            String layer,
            double depth,
            @Nullable String problem,
            int keyDim,
            double networkError,
            double mixedError,
            double cacheError) {}

    /** A part of the work folder. */
    public record Result(List<LayerErrors> layers) {}

    @Override
    protected void run(Report report, Setup setup) throws IOException {
        List<String> chosen = matching(patterns, setup.source());
        List<LayerErrors> found = step("layers", progress -> {
            List<LayerErrors> all = new ArrayList<>();
            for (List<String> group : groups(chosen, setup)) {
                Map<String, Object> settings =
                        new LinkedHashMap<>(setup.source().identity());
                settings.put("layers", group);
                settings.put("keys", setup.recipe().text());
                setup.protocol().putRule(settings);
                all.addAll(setup.work()
                        .part("layers", settings, Result.class, () -> new Result(errors(group, setup, progress)))
                        .layers());
            }
            return all;
        });
        write(report, found, describe(setup.recipe(), () -> setup.source().trainingSize()));
    }

    /** Groups layers that share a pass over the images: as many as memory allows. The image is a group of its own. */
    private List<List<String>> groups(List<String> chosen, Setup setup) throws IOException {
        IndexRecipe recipe = setup.recipe();
        Map<String, Layer> known =
                setup.source().layers().stream().collect(Collectors.toMap(Layer::name, layer -> layer));
        long keys = setup.source().trainingSize();
        List<List<String>> groups = new ArrayList<>();
        long left = 0;
        for (String name : chosen) {
            long bytes = Long.MAX_VALUE; // of the image
            Layer layer = known.get(name);
            if (layer != null) {
                long values = layer.values();
                long dim = recipe.reduction() == null
                        ? values
                        : Math.min(values, recipe.reduction().dim());
                bytes = Float.BYTES
                        * (keys * dim + (recipe.learns() ? 2L * recipe.sample() * values : 0)); // to learn, to remember
            }
            if (bytes > left) {
                groups.add(new ArrayList<>());
                left = layer == null ? 0 : bytes();
            }
            groups.get(groups.size() - 1).add(name);
            left -= Math.min(left, bytes);
        }
        return groups;
    }

    /** Tries each layer of a group; alone, where one of them cannot be a key. */
    private static List<LayerErrors> errors(List<String> group, Setup setup, Progress progress) throws IOException {
        List<String> order = setup.source().layers().stream().map(Layer::name).toList();
        try (OpenExamples opened = setup.source().open(group)) {
            LayerFeatures features = LayerFeatures.of(
                    setup.recipe(),
                    group,
                    opened.sizes(),
                    opened.participants(),
                    opened.split(setup.protocol().rule()).test(),
                    progress);
            return group.stream()
                    .map(name -> errors(name, (order.indexOf(name) + 1.0) / order.size(), features))
                    .toList();
        } catch (IllegalArgumentException e) {
            if (group.size() == 1) {
                String name = group.get(0);
                return List.of(
                        new LayerErrors(name, (order.indexOf(name) + 1.0) / order.size(), e.getMessage(), 0, 0, 0, 0));
            }
            List<LayerErrors> all = new ArrayList<>();
            for (String name : group) {
                all.addAll(errors(List.of(name), setup, progress));
            }
            return all;
        }
    }

    private static LayerErrors errors(String layer, double depth, LayerFeatures features) {
        PaperGrid test = new PaperGrid(new double[] {MIDDLE.theta()}, new double[] {MIDDLE.lambda()});
        int dim = features.ask(KeyLayers.of(List.of(layer)), test.thetas(), test::accept);
        return new LayerErrors(layer, depth, null, dim, test.networkError(), test.error(0, 0), test.aloneError(0));
    }

    private static Table table(List<LayerErrors> found) {
        return new Columns<LayerErrors>()
                .text("layer", "layer", LayerErrors::layer)
                .right("depth", each -> Text.fixed("depth", each.depth(), 3))
                .right("key dim", each -> good(each, Text.count("keyDim", each.keyDim())))
                .right("mixed", each -> good(each, Text.percent("mixedError", each.mixedError())))
                .right("cache only", each -> good(each, Text.percent("cacheOnlyError", each.cacheError())))
                .left(
                        "",
                        each -> each.problem() == null
                                ? Text.of("")
                                : Text.figure("problem", each.problem(), "cannot be a key"))
                .table(found);
    }

    private static Text good(LayerErrors each, Text figure) {
        return each.problem() == null ? figure : Text.of("");
    }

    private static void write(Report report, List<LayerErrors> found, String described) {
        report.line(
                described + "; each layer alone as key, " + Text.mixture(MIDDLE).text());
        report.list("layers", table(found));
        found.stream()
                .filter(each -> each.problem() == null)
                .min(Comparator.comparingDouble(LayerErrors::mixedError))
                .ifPresent(best -> report.line("")
                        .line(
                                "network %s; best %s, %s at depth %s",
                                Text.percent("networkError", best.networkError()),
                                Text.value("best", best.layer()),
                                Format.percent(best.mixedError()),
                                Format.fixed(best.depth(), 3)));
    }
}
