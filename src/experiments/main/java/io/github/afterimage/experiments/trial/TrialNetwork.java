package io.github.afterimage.experiments.trial;

import io.github.afterimage.Progress;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.ExamplesView;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.model.network.NetworkSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A network whose preparation of pictures and whose classes are known.
 *
 * @param memoryAlone whether its classes are others than those of the pictures
 */
record TrialNetwork(Path file, NetworkSettings settings, boolean memoryAlone) {
    Network open(List<String> layers) throws IOException {
        return Network.open(file, layers, settings);
    }

    Examples examples(Network opened, ImageSet images) {
        return memoryAlone ? Examples.withoutProbabilities(opened, images) : Examples.of(opened, images);
    }

    /** Returns examples with probabilities in any case: those of a network that knows nothing if its classes are others. */
    Examples answered(Network opened, ImageSet images) {
        Examples examples = examples(opened, images);
        return memoryAlone ? uniform(examples) : examples;
    }

    /** The mixture of a memory with uniform answers answers as the memory alone. */
    private static Examples uniform(Examples examples) {
        return new ExamplesView(examples) {
            @Override
            public Format format() {
                Format format = super.format();
                return new Format(format.dim(), format.classes(), format.classNames(), true);
            }

            @Override
            public Examples select(int[] rows) {
                return uniform(super.select(rows));
            }

            @Override
            public void forEachBatch(int maxBatch, Progress progress, Consumer consumer) throws IOException {
                super.forEachBatch(maxBatch, progress, batch -> {
                    float[] equal = new float[batch.labels().length * classes()];
                    Arrays.fill(equal, 1f / classes());
                    consumer.accept(new Batch(batch.first(), batch.features(), equal, batch.labels()));
                });
            }
        };
    }

    /** Adds to a description of the data all else that the answers depend on. */
    void describe(Map<String, Object> identity) {
        identity.put("preprocessing", settings.preprocessing().toString());
        identity.put("outputs", settings.classes().toString());
        identity.put("memoryAlone", memoryAlone);
    }
}
