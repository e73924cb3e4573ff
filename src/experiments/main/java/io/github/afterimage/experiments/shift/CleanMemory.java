package io.github.afterimage.experiments.shift;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Capacity;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.PredictionSets;
import io.github.afterimage.Progress;
import io.github.afterimage.Tuner;
import io.github.afterimage.experiments.protocol.IndexRecipe;
import io.github.afterimage.experiments.protocol.OpenExamples;
import io.github.afterimage.experiments.protocol.Protocol;
import io.github.afterimage.experiments.protocol.Split;
import io.github.afterimage.experiments.protocol.WorkFolder;
import io.github.afterimage.model.data.FeatureSet;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.IndexFiller;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The memory before images change, a file in the work folder: an index of the training images, tuned on others that then become
 * keys too if the {@link Split} says so.
 *
 * @param tuning a file with the features of the images that tuned it
 */
record CleanMemory(Path file, Path tuning, IndexRecipe recipe, Tuned tuned) {
    /**
     * The memory as it is before images change.
     *
     * @param mixture the θ, λ and β of the mixture
     * @param alone those of the memory alone
     * @param keys the number of its keys
     * @param tunedOn the number of clean images that tuned it
     */
    record Tuned(Hyperparameters mixture, Hyperparameters alone, long keys, int tunedOn) {
        /** Returns the β of the mixture, then that of the memory alone. */
        double[] betas() {
            return new double[] {mixture.beta(), alone.beta()};
        }
    }

    /**
     * Returns the memory in the work folder; makes it if it is missing.
     *
     * @param features all that the features of its keys depend on
     */
    static CleanMemory in(
            WorkFolder work, Map<String, Object> features, OpenExamples examples, Protocol protocol, Progress progress)
            throws IOException {
        Map<String, Object> settings = new LinkedHashMap<>(features);
        protocol.putGrid(settings);
        settings.put("predictionSets", true);
        Path file = work.file("shift-memory", settings, ".safetensors");
        Path tuning = work.file("shift-tuning", settings, ".safetensors");
        if (!Files.isRegularFile(file) || !Files.isRegularFile(tuning)) {
            work.forget("shift-memory", settings);
        }
        Tuned tuned = work.part(
                "shift-memory", settings, Tuned.class, () -> make(file, tuning, examples, protocol, progress));
        return new CleanMemory(file, tuning, protocol.recipe(), tuned);
    }

    private static Tuned make(Path file, Path tuning, OpenExamples examples, Protocol protocol, Progress progress)
            throws IOException {
        Split split = examples.split(protocol.rule());
        try (CacheIndex index = protocol.recipe().build(split.keys(), split.finalKeys(), progress)) {
            IndexFiller.fill(index, split.keys(), progress);
            KeptFeatures.write(index, split.tuning(), tuning, progress);
            try (FeatureSet features = KeptFeatures.read(tuning)) {
                Tuner tuner = protocol.tunerWithBetas();
                new Evaluation(index, Examples.of(features)).tune(tuner, progress);
                if (split.joining() != null) {
                    IndexFiller.fill(index.withoutReduction(), Examples.of(features), progress);
                }
                Files.deleteIfExists(file);
                index.files().saveWhole(file, tuner.attributes());
                return new Tuned(
                        tuner.best().hyperparameters(),
                        tuner.bestCacheOnly().hyperparameters(),
                        index.size(),
                        split.tuning().size());
            }
        }
    }

    /** Opens the memory; it takes changes, which are not saved. */
    CacheIndex open(Capacity capacity) throws IOException {
        return CacheIndex.open(
                file,
                new OpenOptions().capacity(capacity).engine(recipe.engine()).threads(recipe.threads()));
    }

    /** Returns the prediction sets of its mixture. */
    PredictionSets sets(CacheIndex keys) {
        return Tuner.predictionSets(keys, tuned.mixture()).orElseThrow();
    }

    /** Opens the features of the images that tuned it. */
    FeatureSet openTuning() throws IOException {
        return KeptFeatures.read(tuning);
    }
}
