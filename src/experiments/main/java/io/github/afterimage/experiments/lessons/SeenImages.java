package io.github.afterimage.experiments.lessons;

import io.github.afterimage.Progress;
import io.github.afterimage.model.CacheModel;
import io.github.afterimage.model.Classification;
import io.github.afterimage.model.ModelQuery;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * Labelled images that a network has seen, which a model answers again and again without it.
 *
 * @param features {@code (size, dim)}
 * @param network its probabilities, {@code (size, classes)}
 */
record SeenImages(float[] features, float[] network, int[] labels) {
    static SeenImages of(CacheModel model, ImageSet images, Progress progress) throws IOException {
        Examples examples = Examples.of(model.network(), images);
        int dim = examples.dim();
        int classes = examples.classes();
        float[] features = new float[Math.multiplyExact(images.size(), dim)];
        float[] network = new float[Math.multiplyExact(images.size(), classes)];
        examples.forEachBatch(Evaluation.BATCH, progress, batch -> {
            int count = batch.labels().length;
            batch.features().duplicate().get(features, batch.first() * dim, count * dim);
            float[] seen =
                    Objects.requireNonNull(batch.probabilities(model.network().views()));
            System.arraycopy(seen, 0, network, batch.first() * classes, seen.length);
        });
        return new SeenImages(
                features,
                network,
                IntStream.range(0, images.size()).map(images::label).toArray());
    }

    int size() {
        return labels.length;
    }

    /** Returns the network's probabilities for the first classes, scaled to add up to 1. */
    double[] network(int image, int known) {
        int first = image * (network.length / size());
        double total = IntStream.range(first, first + known)
                .mapToDouble(i -> network[i])
                .sum();
        return IntStream.range(first, first + known)
                .mapToDouble(i -> network[i] / Math.max(total, Float.MIN_NORMAL))
                .toArray();
    }

    /** Answers all by the rule of the index, each with its nearest key. */
    List<Classification> answers(CacheModel model) {
        return model.classify(ModelQuery.ofFeatures(FloatBuffer.wrap(features), FloatBuffer.wrap(network))
                .neighbors(1));
    }

    /** Returns the product of the features of an image and of the first of others. */
    double product(int image, SeenImages others) {
        int dim = features.length / size();
        double sum = 0;
        for (int i = 0; i < dim; i++) {
            sum += features[image * dim + i] * others.features[i];
        }
        return sum;
    }
}
