package io.github.afterimage.experiments.paper;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.model.conversion.FeatureFile;
import io.github.afterimage.model.conversion.FeatureType;
import io.github.afterimage.model.data.FeatureSet;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.Progress;
import io.github.afterimage.model.network.KeyLayers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The examples of a source with reduced features, kept in the work folder: the network runs once, whatever follows. */
final class ReducedFeatures {
    private ReducedFeatures() {}

    /** The names of the files. */
    public record Kept(String training, String test) {}

    /**
     * Opens the features, and computes them where they are not there. A learned reduction learns from the training
     * examples.
     */
    static DataSource.Opened open(
            WorkFolder work, DataSource source, KeyLayers layers, IndexRecipe recipe, Progress progress)
            throws IOException {
        Map<String, Object> settings = settings(source, layers, recipe);
        Path training = work.file("features-training", settings, ".safetensors");
        Path test = work.file("features-test", settings, ".safetensors");
        if (!Files.isRegularFile(training) || !Files.isRegularFile(test)) {
            work.forget("features", settings);
        }
        try (DataSource.Opened full = source.open(layers.terms())) {
            work.part("features", settings, Kept.class, () -> {
                write(full, recipe, training, test, progress);
                return new Kept(
                        training.getFileName().toString(), test.getFileName().toString());
            });
            FeatureSet keys = FeatureSet.open("features:" + training + "#[0:]");
            FeatureSet queries = FeatureSet.open("features:" + test + "#[0:]");
            return new DataSource.Opened(
                    new TrainingSet(Examples.of(keys), full.training().originals()),
                    full.rows(),
                    Examples.of(queries),
                    List.of(keys.dim()),
                    () -> {
                        queries.close();
                        keys.close();
                    });
        }
    }

    /** All that the features depend on. */
    static Map<String, Object> settings(DataSource source, KeyLayers layers, IndexRecipe recipe) throws IOException {
        Map<String, Object> settings = new LinkedHashMap<>(source.identity());
        settings.put("layers", layers.toString());
        settings.put("features", recipe.reduction() == null ? "full" : recipe.reduction() + " of " + recipe.sample());
        return settings;
    }

    private static void write(DataSource.Opened full, IndexRecipe recipe, Path training, Path test, Progress progress)
            throws IOException {
        Examples sample = full.training().select(full.rows());
        try (CacheIndex index = recipe.build(sample, 1, progress)) {
            FeatureFile.write(index, full.test(), FeatureType.F32, Map.of(), test, progress);
            FeatureFile.write(index, full.training().all(), FeatureType.F32, Map.of(), training, progress);
        }
    }
}
