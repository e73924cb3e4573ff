package io.github.afterimage.experiments.trial;

import io.github.afterimage.ElementType;
import io.github.afterimage.Progress;
import io.github.afterimage.Tuner;
import io.github.afterimage.engine.Engines;
import io.github.afterimage.experiments.paper.ExampleSource;
import io.github.afterimage.experiments.paper.IndexRecipe;
import io.github.afterimage.experiments.paper.LayerSearch;
import io.github.afterimage.experiments.paper.LayerSearchOptions;
import io.github.afterimage.experiments.paper.OpenExamples;
import io.github.afterimage.experiments.paper.Protocol;
import io.github.afterimage.experiments.paper.Split;
import io.github.afterimage.experiments.paper.TrainingSet;
import io.github.afterimage.experiments.trial.TrialResult.Layers;
import io.github.afterimage.experiments.trial.TrialResult.TriedLayer;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.evaluation.BalancedSample;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.network.Layer;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.reduce.Reduction;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Chooses layers by a quick search with a sample of the pictures and short keys. */
final class LayerChoice {
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
    private static final int MAX_TOGETHER = 2;

    private final TrialNetwork network;
    private final TrialRun run;

    LayerChoice(TrialNetwork network, TrialRun run) {
        this.network = network;
        this.run = run;
    }

    /** The layers that you named. */
    static Layers given(List<String> layers) {
        return new Layers(
                String.join(",", layers), List.of(), 0, 0, 0, "The layers were taken, because you asked for them.");
    }

    Layers search(Map<String, Object> data, ImageSet memory, ImageSet tuning) throws IOException {
        Progress progress = run.begin("layers");
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
        Source source = new Source(data, candidates, sample(memory, keys), sample(tuning, queries));
        long bytes = known.stream()
                .filter(layer -> candidates.contains(layer.name()))
                .mapToLong(Layer::bytes)
                .sum();
        IndexRecipe recipe = new IndexRecipe(
                keys > 2 * COMPONENTS.dim() ? COMPONENTS : RANDOM,
                (int) Math.max(MIN_SAMPLE, Math.min(MAX_SAMPLE, SAMPLE_BYTES / bytes)),
                ElementType.INT8,
                Engines.auto(),
                run.threads());
        Protocol protocol = new Protocol(
                new Split.Rule(Split.Rule.ALL_TUNE, run.seed()),
                recipe,
                Tuner.grid(10, 90, 9),
                Tuner.grid(0.1, 0.9, 9));
        LayerSearchOptions searched = new LayerSearchOptions(
                candidates,
                MAX_TOGETHER,
                source.memory.size(),
                source.tuning.size(),
                LayerSearch.Criterion.ERRORS,
                protocol);
        LayerSearch.Findings found = new LayerSearch(searched, run.work()).run(source, progress);
        List<TriedLayer> tried = found.singles().stream()
                .map(trial -> new TriedLayer(
                        trial.layers(),
                        (double) trial.errors() / found.queries(),
                        (double) trial.cacheErrors() / found.queries()))
                .toList();
        return new Layers(
                found.found().layers(),
                tried,
                found.trials(),
                found.keys(),
                found.queries(),
                String.format(
                        Locale.ROOT,
                        "%s of %d combinations: the simplest that is at most one standard error worse than the best (%s), which"
                                + " has %.2f %% errors on tuning pictures.",
                        found.found().layers(),
                        found.trials(),
                        found.best().layers(),
                        100.0 * found.best().errors() / found.queries()));
    }

    private List<String> candidates(List<Layer> known) throws IOException {
        try (Network opened = network.open(List.of())) {
            return LayerCandidates.of(known, outputs(known, opened));
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

    private ImageSet sample(ImageSet images, int count) {
        int perClass = 1 + (count - 1) / images.classNames().size();
        return images.select(BalancedSample.atMost(images.size(), images::label, perClass, run.seed()));
    }

    /** Samples of memory and tuning pictures with the activations of all candidates. */
    private final class Source implements ExampleSource {
        private final Map<String, Object> identity;
        private final List<String> candidates;
        private final ImageSet memory;
        private final ImageSet tuning;

        Source(Map<String, Object> data, List<String> candidates, ImageSet memory, ImageSet tuning) {
            this.candidates = candidates;
            this.memory = memory;
            this.tuning = tuning;
            identity = new LinkedHashMap<>(data);
            identity.putAll(network.identity());
            identity.put("sample", memory.size() + " and " + tuning.size());
        }

        @Override
        public Map<String, Object> identity() {
            return identity;
        }

        @Override
        public List<Layer> layers() throws IOException {
            return Network.layers(network.file(), network.settings());
        }

        @Override
        public OpenExamples open(List<String> layers) throws IOException {
            Network opened = network.open(candidates);
            Examples keys = examples(opened, memory);
            List<Integer> sizes =
                    opened.layers().stream().map(layer -> (int) layer.values()).toList();
            TrainingSet training = new TrainingSet(keys, keys.size());
            return new OpenExamples(training, training.rows(), examples(opened, tuning), null, sizes, opened::close);
        }

        private Examples examples(Network opened, ImageSet images) {
            Examples examples = network.examples(opened, images);
            return network.memoryAlone() ? new UniformAnswers(examples) : examples;
        }
    }
}
