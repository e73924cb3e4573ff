package io.github.afterimage.experiments.paper;

import io.github.afterimage.Hyperparameters;
import io.github.afterimage.model.evaluation.Progress;
import io.github.afterimage.model.network.KeyLayers;
import io.github.afterimage.model.network.Layer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The paper's Figure 2: the errors with each layer alone as key, from the image to the output. As many layers as memory
 * allows share one pass over the images.
 */
public final class LayerSweep {
    /** What a group's activations of one batch may take, and its sample that components are learned from. */
    private static final long BATCH_BYTES = 256L << 20;

    private final Settings settings;
    private final WorkFolder work;

    /**
     * What is asked for.
     *
     * @param keyBytes what the keys of one pass may take
     * @param hyperparameters for every layer; null tunes each, on the grid
     */
    public record Settings(
            List<String> layers,
            Split.Rule rule,
            IndexRecipe recipe,
            long keyBytes,
            Hyperparameters hyperparameters,
            double[] thetas,
            double[] lambdas) {}

    /**
     * What one layer came to.
     *
     * @param depth 0 for the image, 1 for the last tensor of the network
     * @param problem why it cannot be a key; null where it can, and the rest holds only then
     * @param keyDim values of a key as it is stored
     */
    public record Outcome(
            String layer,
            double depth,
            String problem,
            int keyDim,
            long keys,
            double theta,
            double lambda,
            long examples,
            double networkError,
            double mixedError,
            double cacheError) {

        private static Outcome of(String layer, double depth, Candidate.Outcome found) {
            return new Outcome(
                    layer,
                    depth,
                    found.problem(),
                    found.keyDim(),
                    found.keys(),
                    found.theta(),
                    found.lambda(),
                    found.examples(),
                    found.networkError(),
                    found.mixedError(),
                    found.cacheError());
        }
    }

    public LayerSweep(Settings settings, WorkFolder work) {
        this.settings = settings;
        this.work = work;
    }

    /** Computes what the work folder does not have; each layer is a part. */
    public List<Outcome> run(DataSource source, Progress progress) throws IOException {
        List<Layer> all = source.layers();
        Map<String, Layer> known = new LinkedHashMap<>();
        all.forEach(layer -> known.put(layer.name(), layer));
        List<String> group = new ArrayList<>();
        long values = 0;
        long bytes = 0;
        long keys = 0;
        for (String name : settings.layers) {
            if (work.has("layer-" + name, settings(source, name))) {
                continue;
            }
            if (name.equals(DataSource.IMAGE)) {
                compute(source, List.of(name), known, progress);
                continue;
            }
            long layerValues = known.get(name).values();
            int keyDim = settings.recipe.reduction() == null
                    ? (int) layerValues
                    : (int) Math.min(layerValues, settings.recipe.reduction().dim());
            keys = keys > 0 ? keys : source.trainingSize();
            long layerBytes = keys * keyDim * settings.recipe.type().bytes();
            if (!group.isEmpty()
                    && (bytes + layerBytes > settings.keyBytes
                            || (values + layerValues) * Candidate.BATCH * Float.BYTES > BATCH_BYTES)) {
                compute(source, group, known, progress);
                group.clear();
                values = 0;
                bytes = 0;
            }
            group.add(name);
            values += layerValues;
            bytes += layerBytes;
        }
        if (!group.isEmpty()) {
            compute(source, group, known, progress);
        }
        List<Outcome> outcomes = new ArrayList<>();
        for (String name : settings.layers) {
            outcomes.add(work.part("layer-" + name, settings(source, name), Outcome.class, () -> {
                throw new IllegalStateException("layer " + name + " was not computed");
            }));
        }
        return outcomes;
    }

    private Map<String, Object> settings(DataSource source, String layer) throws IOException {
        Map<String, Object> all = new LinkedHashMap<>(source.identity());
        all.put("layer", layer);
        all.put("heldOut", settings.rule.heldOut());
        all.put("seed", settings.rule.seed());
        all.put("keys", settings.recipe.text());
        all.put("hyperparameters", String.valueOf(settings.hyperparameters));
        all.put("thetas", settings.hyperparameters == null ? Arrays.toString(settings.thetas) : "");
        all.put("lambdas", settings.hyperparameters == null ? Arrays.toString(settings.lambdas) : "");
        return all;
    }

    private void compute(DataSource source, List<String> names, Map<String, Layer> known, Progress progress)
            throws IOException {
        List<String> order = new ArrayList<>(known.keySet());
        WorkFolder.Watch watch = new WorkFolder.Watch();
        try (DataSource.Opened opened = source.open(names)) {
            Split split = settings.rule.of(opened.training(), opened.rows(), opened.test());
            List<LayerSlice> columns = names.stream()
                    .map(name -> LayerSlice.of(KeyLayers.of(List.of(name)), names, opened.sizes()))
                    .toList();
            List<Candidate.Outcome> found = Candidate.run(
                    columns,
                    split,
                    new Candidate.Settings(
                            settings.recipe, settings.hyperparameters, settings.thetas, settings.lambdas),
                    progress);
            WorkFolder.Time each = watch.time().dividedBy(names.size());
            for (int i = 0; i < names.size(); i++) {
                String name = names.get(i);
                double depth = name.equals(DataSource.IMAGE) ? 0 : (order.indexOf(name) + 1.0) / order.size();
                work.keep("layer-" + name, settings(source, name), each, Outcome.of(name, depth, found.get(i)));
            }
        }
    }
}
