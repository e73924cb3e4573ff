package io.github.afterimage.experiments.options;

import io.github.afterimage.experiments.protocol.ExampleSource;
import io.github.afterimage.experiments.protocol.OpenExamples;
import io.github.afterimage.experiments.protocol.TrainingSet;
import io.github.afterimage.model.data.FeatureSet;
import io.github.afterimage.model.data.ImageSets;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.network.Layer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Features that were made elsewhere.
 *
 * @param network whether they must have the probabilities of a network
 */
record FeatureSource(ExperimentDataOptions options, boolean network) implements ExampleSource {
    @Override
    public Map<String, Object> identity() throws IOException {
        try (OpenExamples opened = open(List.of())) {
            Map<String, Object> identity =
                    options.identity("features", opened.training().all(), opened.test());
            identity.put("files", files());
            return identity;
        }
    }

    /** Size and time of each file: other features in a file of the same name are other examples. */
    private List<String> files() throws IOException {
        List<String> files = new ArrayList<>();
        String tuning = options.tuningData();
        for (String data : tuning == null
                ? List.of(options.trainingData(), options.testData())
                : List.of(options.trainingData(), options.testData(), tuning)) {
            Path file = ImageSets.path(data);
            files.add(Files.size(file) + " bytes of " + Files.getLastModifiedTime(file));
        }
        return files;
    }

    @Override
    public List<Layer> layers() {
        return List.of();
    }

    @Override
    public OpenExamples open(List<String> layers) throws IOException {
        if (!layers.isEmpty()) {
            throw new IllegalArgumentException("layers are for images: leave them out with features:");
        }
        String tuning = options.tuningData();
        List<FeatureSet> opened = new ArrayList<>();
        try {
            Examples all = examples(options.trainingData(), opened);
            TrainingSet set = new TrainingSet(all, all.size());
            return new OpenExamples(
                    set,
                    options.perClass().rows(set),
                    examples(options.testData(), opened),
                    tuning == null ? null : examples(tuning, opened),
                    List.of(all.dim()),
                    () -> close(opened));
        } catch (IOException | RuntimeException e) {
            close(opened);
            throw e;
        }
    }

    private static void close(List<FeatureSet> opened) throws IOException {
        for (FeatureSet features : opened) {
            features.close();
        }
    }

    private Examples examples(String data, List<FeatureSet> opened) throws IOException {
        FeatureSet features = FeatureSet.open(data);
        opened.add(features);
        Examples examples = Examples.of(features);
        return network ? examples.requireProbabilities() : examples;
    }
}
