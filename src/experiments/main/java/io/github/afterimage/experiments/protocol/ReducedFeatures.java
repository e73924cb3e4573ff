package io.github.afterimage.experiments.protocol;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Progress;
import io.github.afterimage.model.data.FeatureSet;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.FeatureFile;
import io.github.afterimage.model.network.KeyLayers;
import io.github.afterimage.platform.Resources;
import io.github.afterimage.settings.ElementType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The examples of a source with reduced features, kept in the work folder: the network runs once, even if an experiment reads
 * the features several times. A learned reduction learns from the training examples.
 */
public record ReducedFeatures(ExampleSource source, KeyLayers layers, IndexRecipe recipe) {
    /** The names of the files. */
    public record FeatureFiles(
            String training, String test, @Nullable String tuning) {}

    /** Opens the features; computes them if the work folder lacks them. */
    public OpenExamples open(WorkFolder work, Progress progress) throws IOException {
        Map<String, Object> settings = settings();
        Path training = work.file("features-training", settings, ".safetensors");
        Path test = work.file("features-test", settings, ".safetensors");
        Path tuning = work.file("features-tuning", settings, ".safetensors");
        try (OpenExamples full = source.open(layers.terms())) {
            boolean tunes = full.tuning() != null;
            if (!Files.isRegularFile(training) || !Files.isRegularFile(test) || tunes && !Files.isRegularFile(tuning)) {
                work.forget("features", settings);
            }
            work.part("features", settings, FeatureFiles.class, () -> {
                write(full, training, test, tuning, progress);
                return new FeatureFiles(
                        training.getFileName().toString(),
                        test.getFileName().toString(),
                        tunes ? tuning.getFileName().toString() : null);
            });
            Resources files = new Resources();
            return Resources.guarded(files, () -> {
                Examples keys = examples(training, files);
                return new OpenExamples(
                        new TrainingSet(keys, full.training().originals()),
                        full.rows(),
                        examples(test, files),
                        tunes ? examples(tuning, files) : null,
                        List.of(keys.dim()),
                        files::close);
            });
        }
    }

    private static Examples examples(Path file, Resources files) throws IOException {
        return Examples.of(files.add(FeatureSet.open("features:" + file + "#[0:]")));
    }

    /** Returns everything that the features depend on. */
    public Map<String, Object> settings() throws IOException {
        Map<String, Object> settings = new LinkedHashMap<>(source.identity());
        settings.put("layers", layers.toString());
        settings.put("features", recipe.reduction() == null ? "full" : recipe.reduction() + " of " + recipe.sample());
        return settings;
    }

    private void write(OpenExamples full, Path training, Path test, Path tuning, Progress progress) throws IOException {
        try (CacheIndex index = recipe.build(full.participants(), 1, progress)) {
            FeatureFile.write(index, full.test(), ElementType.FLOAT32, Map.of(), test, progress);
            if (full.tuning() != null) {
                FeatureFile.write(index, full.tuning(), ElementType.FLOAT32, Map.of(), tuning, progress);
            }
            FeatureFile.write(index, full.training().all(), ElementType.FLOAT32, Map.of(), training, progress);
        }
    }
}
