package io.github.afterimage.experiments.shift;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.ElementType;
import io.github.afterimage.Progress;
import io.github.afterimage.experiments.protocol.WorkFolder;
import io.github.afterimage.model.data.FeatureSet;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.FeatureFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Features of versions of images as an index compares them, files in the work folder: each version goes through the network
 * once.
 *
 * @param settings all that the features of every version depend on
 */
record KeptFeatures(WorkFolder work, Map<String, Object> settings, CacheIndex index, Progress progress) {
    /** The name of the file. */
    public record FeatureFileName(String file) {}

    /**
     * Opens the features of a version; computes them if they are missing.
     *
     * @param version begins the name of its file
     * @param description tells all that the images depend on
     */
    FeatureSet open(String version, String description, Examples images) throws IOException {
        Map<String, Object> all = new LinkedHashMap<>(settings);
        all.put("images", description);
        String name = "shift-features-" + version;
        Path file = work.file(name, all, ".safetensors");
        if (!Files.isRegularFile(file)) {
            work.forget(name, all);
        }
        work.part(name, all, FeatureFileName.class, () -> {
            write(index, images, file, progress);
            return new FeatureFileName(file.getFileName().toString());
        });
        return read(file);
    }

    static void write(CacheIndex index, Examples images, Path file, Progress progress) throws IOException {
        FeatureFile.write(index, images.requireProbabilities(), ElementType.FLOAT32, Map.of(), file, progress);
    }

    /** Opens such a file. */
    static FeatureSet read(Path file) throws IOException {
        return FeatureSet.open("features:" + file + "#[0:]");
    }
}
