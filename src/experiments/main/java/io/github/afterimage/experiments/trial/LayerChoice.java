package io.github.afterimage.experiments.trial;

import io.github.afterimage.Engines;
import io.github.afterimage.Progress;
import io.github.afterimage.experiments.layers.LayerFeatures;
import io.github.afterimage.experiments.protocol.IndexRecipe;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.trial.TrialResult.Layers;
import io.github.afterimage.experiments.trial.TrialResult.TriedLayer;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.evaluation.BalancedSample;
import io.github.afterimage.model.network.Layer;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.reduce.Reduction;
import io.github.afterimage.settings.ElementType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** Chooses layers by a quick search with a sample of the pictures and short keys. */
record LayerChoice(TrialNetwork network, TrialOptions options) {
    /**
     * The values of all tensors of the network that the search computes: with a small network it uses all pictures, which it
     * needs, because few keys help little; with a large one a sample.
     */
    private static final long VALUES = 30_000_000_000L;

    private static final int MIN_KEYS = 1000;
    private static final int MAX_KEYS = 50_000;

    /** One query for so many keys. */
    private static final int KEYS_PER_QUERY = 4;

    private static final int MIN_QUERIES = 500;
    private static final int MAX_QUERIES = 5000;

    /** The maximum bytes of the activations that components are learned from. */
    private static final long SAMPLE_BYTES = 400L << 20;

    private static final Reduction COMPONENTS = Reduction.principalComponents(128);
    private static final Reduction RANDOM = Reduction.hadamard(256);
    private static final int MAX_SAMPLE = 1000;
    private static final int MIN_SAMPLE = 256;
    private static final double[] THETAS = {10, 20, 40, 80};

    /** Longer layers are costly, and seldom better. */
    private static final long MAX_VALUES = 20_000;

    private static final int MIN_VALUES = 16;
    private static final int MAX_LAYERS = 10;

    private static final Pattern ACTIVATION = Pattern.compile(
            "Relu|Clip|LeakyRelu|PRelu|Elu|Selu|Celu|Sigmoid|Tanh|HardSwish" + "|Gelu|Mish|Softplus|HardSigmoid");
    private static final Pattern OTHER =
            Pattern.compile("Add|Concat|Mul|GlobalAveragePool|AveragePool|MaxPool|ReduceMean|LayerNormalization");

    /** The layers that you named. */
    static Layers given(List<String> layers) {
        return new Layers(
                String.join(",", layers), List.of(), 0, 0, 0, "The layers were taken, because you asked for them.");
    }

    Layers search(TrialSteps steps, ImageSet memory, ImageSet tuning) throws IOException {
        Progress progress = options.begin("layers");
        List<Layer> known = Network.layers(network.file(), network.settings());
        List<String> candidates = candidates(known);
        if (candidates.isEmpty()) {
            throw new IllegalArgumentException(
                    network.file() + " has no layer before its scores that can be a key: name"
                            + " layers with --layers; \"layers\" lists them");
        }
        if (candidates.size() == 1) {
            return new Layers(candidates.get(0), List.of(), 0, 0, 0, "It is the only layer that can be a key.");
        }
        long values = known.stream().mapToLong(Layer::values).sum();
        long affordable = Math.max(MIN_KEYS, Math.min(MAX_KEYS, VALUES / values));
        int keys = (int) Math.min(memory.size(), affordable);
        int queries = (int)
                Math.min(tuning.size(), Math.max(MIN_QUERIES, Math.min(MAX_QUERIES, affordable / KEYS_PER_QUERY)));
        ImageSet keyed = sample(memory, keys);
        ImageSet asked = sample(tuning, queries);
        long bytes = known.stream()
                .flatMap(layer -> layer.pooled().stream())
                .filter(layer -> candidates.contains(layer.name()))
                .mapToLong(Layer::bytes)
                .sum();
        IndexRecipe recipe = new IndexRecipe(
                keys > 2 * COMPONENTS.dim() ? COMPONENTS : RANDOM,
                (int) Math.max(MIN_SAMPLE, Math.min(MAX_SAMPLE, SAMPLE_BYTES / bytes)),
                ElementType.INT8,
                Engines.auto(),
                options.threads());
        LayerSearch.Findings found = steps.step("search", LayerSearch.Findings.class, () -> {
            try (Network opened = network.open(candidates)) {
                List<Integer> sizes = opened.layers().stream()
                        .map(layer -> (int) layer.values())
                        .toList();
                LayerFeatures features = LayerFeatures.of(
                        recipe,
                        candidates,
                        sizes,
                        network.examples(opened, keyed),
                        network.examples(opened, asked),
                        progress);
                return new LayerSearch(
                                candidates,
                                features.queries(),
                                layers -> LayerSearch.Combination.of(features, layers, THETAS))
                        .findings(features.networkError());
            }
        });
        return new Layers(
                found.shortest().layer(),
                found.singles(),
                found.trials(),
                keyed.size(),
                asked.size(),
                reason(found, asked.size())
                        + sampled(keyed.size(), memory.size(), " memory")
                        + sampled(asked.size(), tuning.size(), " tuning"));
    }

    /** Says that layers were compared on some pictures only; empty if they were on all. */
    static String sampled(int size, int all, String part) {
        return size == all
                ? ""
                : " Layers were compared with " + Format.count(size) + " of the " + Format.count(all) + part
                        + " pictures, about as many of each class, because the values of all layers for more would take long.";
    }

    /** Says why layers were chosen, and why others were not that are better alone. */
    private String reason(LayerSearch.Findings found, int queries) {
        TriedLayer chosen = found.shortest();
        TriedLayer best = found.best();
        TriedLayer alone = found.singles().stream()
                .min(Comparator.comparingDouble(TriedLayer::memoryError))
                .orElse(chosen);
        String counts = network.memoryAlone()
                ? "the memory has " + Format.percent(chosen.memoryError()) + " errors"
                : "the mixture has " + Format.percent(chosen.togetherError())
                        + " errors, the network alone "
                        + Format.percent(found.networkError());
        String simplest = chosen.layer().equals(best.layer())
                ? "No other of " + found.trials() + " combinations has fewer."
                : "The best of " + found.trials() + " combinations, " + best.layer() + " with "
                        + Format.count(best.values(), "value") + ", has " + Format.percent(best.togetherError())
                        + ": chance alone may make such a difference, of at most one standard error, so the shortest key was"
                        + " taken that is no worse than that.";
        boolean othersAreBetterAlone = !network.memoryAlone()
                && alone.memoryError() < chosen.memoryError()
                && alone.togetherError() >= chosen.togetherError();
        return chosen.layer() + ", " + Format.count(chosen.values(), "value") + " for a picture, was taken, because on "
                + Format.count(queries, "tuning picture") + " with it " + counts + ". " + simplest
                + (othersAreBetterAlone
                        ? " Alone, the memory is better with " + alone.layer() + " ("
                                + Format.percent(alone.memoryError()) + " errors, not "
                                + Format.percent(chosen.memoryError())
                                + "), but mostly on pictures that the network has right too: with the network it has "
                                + Format.percent(alone.togetherError()) + "."
                        : "");
    }

    private List<String> candidates(List<Layer> known) throws IOException {
        try (Network opened = network.open(List.of())) {
            return candidates(known, outputs(known, opened));
        }
    }

    /** Returns the number of scores of the network, of which the settings may select some. */
    private static int outputs(List<Layer> known, Network opened) {
        return known.stream()
                .filter(layer -> layer.name().equals(opened.outputName()))
                .mapToInt(layer -> (int) layer.values())
                .findFirst()
                .orElse(opened.classes());
    }

    /** All of them, or about as many of each class. */
    private ImageSet sample(ImageSet images, int count) {
        if (count == images.size()) {
            return images;
        }
        int perClass = 1 + (count - 1) / images.classNames().size();
        return images.select(BalancedSample.atMost(images.size(), images::label, perClass, options.seed()));
    }

    /**
     * Chooses at most {@value #MAX_LAYERS} keys of the later half: what activations, sums and pools give, spread evenly, with
     * the last one; of tokens, their class token and their mean.
     *
     * @param layers in the network's order
     * @param classes the number of the network's classes; its scores repeat the answer and are left out
     * @return names; one at least, unless the network has no layer but its scores
     */
    static List<String> candidates(List<Layer> layers, int classes) {
        List<Layer> hidden = new ArrayList<>(layers);
        while (!hidden.isEmpty() && hidden.get(hidden.size() - 1).values() == classes) {
            hidden.remove(hidden.size() - 1);
        }
        List<Layer> usual = new ArrayList<>();
        for (int i = hidden.size() / 2; i < hidden.size(); i++) {
            Layer layer = hidden.get(i);
            boolean activated = i + 1 < hidden.size() && is(ACTIVATION, hidden.get(i + 1));
            boolean result = is(ACTIVATION, layer) || is(OTHER, layer) && !activated;
            long values = layer.pooled().get(0).values();
            if (result && values >= MIN_VALUES && values <= MAX_VALUES) {
                usual.add(layer);
            }
        }
        if (usual.isEmpty()) { // a small or an unusual network
            hidden.stream()
                    .skip(hidden.size() / 2)
                    .min(Comparator.comparingLong(Layer::values))
                    .ifPresent(usual::add);
        }
        int most = usual.stream().anyMatch(Layer::hasTokens) ? MAX_LAYERS / 2 : MAX_LAYERS;
        int count = Math.min(most, usual.size());
        return IntStream.range(0, count)
                .map(i -> usual.size() - 1 - (int) ((long) i * usual.size() / count))
                .sorted()
                .mapToObj(usual::get)
                .flatMap(layer -> layer.pooled().stream().map(Layer::name))
                .toList();
    }

    private static boolean is(Pattern operators, Layer layer) {
        return operators.matcher(layer.operator()).matches();
    }
}
