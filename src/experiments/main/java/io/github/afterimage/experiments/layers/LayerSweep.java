package io.github.afterimage.experiments.layers;

import io.github.afterimage.Progress;
import io.github.afterimage.answer.Mixture;
import io.github.afterimage.experiments.protocol.ExampleSource;
import io.github.afterimage.experiments.protocol.IndexRecipe;
import io.github.afterimage.experiments.protocol.OpenExamples;
import io.github.afterimage.experiments.protocol.Protocol;
import io.github.afterimage.experiments.protocol.WorkFolder;
import io.github.afterimage.model.network.Layer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The paper's Figure 2: the errors with each layer alone as key, from the image to the output. As many layers as memory
 * allows share one pass over the images.
 *
 * @param keyBytes the maximum bytes of the keys of one pass
 * @param given θ and λ for every layer; null tunes each layer on the grid
 * @param work keeps the result of each layer
 */
public record LayerSweep(
        List<String> layers, long keyBytes, @Nullable Mixture given, Protocol protocol, WorkFolder work) {
    /** The maximum bytes of a group's activations in one batch, and of the sample that components are learned from. */
    private static final long BATCH_BYTES = 256L << 20;

    /** Computes the layers that the work folder lacks. */
    public List<LayerErrors> run(ExampleSource source, Progress progress) throws IOException {
        Map<String, Layer> known = new LinkedHashMap<>();
        source.layers().forEach(layer -> known.put(layer.name(), layer));
        for (List<String> group : groups(source, known)) {
            compute(source, group, List.copyOf(known.keySet()), progress);
        }
        List<LayerErrors> errors = new ArrayList<>();
        for (String name : layers) {
            errors.add(work.part(part(name), settings(source, name), LayerErrors.class, () -> {
                throw new IllegalStateException("layer " + name + " was not computed");
            }));
        }
        return errors;
    }

    private static String part(String layer) {
        return "layer-" + layer;
    }

    /** Groups the layers to compute so that each group fits in memory. The image is a group of its own. */
    private List<List<String>> groups(ExampleSource source, Map<String, Layer> known) throws IOException {
        List<List<String>> groups = new ArrayList<>();
        List<String> group = new ArrayList<>();
        long values = 0;
        long bytes = 0;
        long keys = 0;
        for (String name : layers) {
            if (work.has(part(name), settings(source, name))) {
                continue;
            }
            if (name.equals(ExampleSource.IMAGE)) {
                groups.add(List.of(name));
                continue;
            }
            long layerValues = Objects.requireNonNull(known.get(name), name).values();
            IndexRecipe recipe = protocol.recipe();
            long keyDim = recipe.reduction() == null
                    ? layerValues
                    : Math.min(layerValues, recipe.reduction().dim());
            keys = keys > 0 ? keys : source.trainingSize();
            long layerBytes = keys * keyDim * recipe.type().bytes();
            boolean fits = bytes + layerBytes <= keyBytes
                    && (values + layerValues) * KeyCandidate.BATCH * Float.BYTES <= BATCH_BYTES;
            if (group.isEmpty() || !fits) {
                group = new ArrayList<>();
                groups.add(group);
                values = 0;
                bytes = 0;
            }
            group.add(name);
            values += layerValues;
            bytes += layerBytes;
        }
        return groups;
    }

    private Map<String, Object> settings(ExampleSource source, String layer) throws IOException {
        Map<String, Object> settings = new LinkedHashMap<>(source.identity());
        settings.put("layer", layer);
        protocol.putRule(settings);
        settings.put("keys", protocol.recipe().text());
        settings.put("hyperparameters", String.valueOf(given));
        if (given == null) {
            protocol.putGrid(settings);
        } else {
            settings.put("thetas", "");
            settings.put("lambdas", "");
        }
        return settings;
    }

    private void compute(ExampleSource source, List<String> names, List<String> order, Progress progress)
            throws IOException {
        WorkFolder.ComputeTimer watch = new WorkFolder.ComputeTimer();
        try (OpenExamples opened = source.open(names)) {
            List<LayerSlice> slices = new ArrayList<>();
            int from = 0;
            for (int i = 0; i < names.size(); i++) {
                String name = names.get(i);
                double depth = name.equals(ExampleSource.IMAGE) ? 0 : (order.indexOf(name) + 1.0) / order.size();
                slices.add(new LayerSlice(name, depth, from, opened.sizes().get(i)));
                from += opened.sizes().get(i);
            }
            List<LayerErrors> errors =
                    KeyCandidate.run(slices, opened.split(protocol.rule()), protocol, given, progress);
            WorkFolder.ComputeTime each = watch.time().dividedBy(names.size());
            for (LayerErrors one : errors) {
                work.keep(part(one.layer()), settings(source, one.layer()), each, one);
            }
        }
    }
}
