package io.github.afterimage.experiments.paper;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.ElementType;
import io.github.afterimage.Progress;
import io.github.afterimage.model.data.FeatureSet;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.FeatureFile;
import io.github.afterimage.model.network.KeyLayers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The examples of a source with reduced features, kept in the work folder: the network runs once, even if an experiment reads
 * the features several times. A learned reduction learns from the training examples.
 */
record ReducedFeatures(ExampleSource source, KeyLayers layers, IndexRecipe recipe) {
    /** The names of the files. */
    public record FeatureFiles(String training, String test) {}

    /** Opens the features; computes them if the work folder lacks them. */
    OpenExamples open(WorkFolder work, Progress progress) throws IOException {
        Map<String, Object> settings = settings();
        Path training = work.file("features-training", settings, ".safetensors");
        Path test = work.file("features-test", settings, ".safetensors");
        if (!Files.isRegularFile(training) || !Files.isRegularFile(test)) {
            work.forget("features", settings);
        }
        try (OpenExamples full = source.open(layers.terms())) {
            work.part("features", settings, FeatureFiles.class, () -> {
                write(full, training, test, progress);
                return new FeatureFiles(
                        training.getFileName().toString(), test.getFileName().toString());
            });
            FeatureSet keys = FeatureSet.open("features:" + training + "#[0:]");
            FeatureSet queries = FeatureSet.open("features:" + test + "#[0:]");
            return new OpenExamples(
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

    /** Returns everything that the features depend on. */
    Map<String, Object> settings() throws IOException {
        Map<String, Object> settings = new LinkedHashMap<>(source.identity());
        settings.put("layers", layers.toString());
        settings.put("features", recipe.reduction() == null ? "full" : recipe.reduction() + " of " + recipe.sample());
        return settings;
    }

    private void write(OpenExamples full, Path training, Path test, Progress progress) throws IOException {
        try (CacheIndex index = recipe.build(full.participants(), 1, progress)) {
            FeatureFile.write(index, full.test(), ElementType.FLOAT32, Map.of(), test, progress);
            FeatureFile.write(index, full.training().all(), ElementType.FLOAT32, Map.of(), training, progress);
        }
    }
}
