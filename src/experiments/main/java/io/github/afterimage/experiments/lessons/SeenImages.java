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
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

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
        int[] labels = new int[images.size()];
        examples.forEachBatch(Evaluation.BATCH, progress, batch -> {
            int first = batch.first();
            int count = batch.labels().length;
            batch.features().duplicate().get(features, first * dim, count * dim);
            System.arraycopy(ofNetwork(model, batch), 0, network, first * classes, count * classes);
            System.arraycopy(batch.labels(), 0, labels, first, count);
        });
        return new SeenImages(features, network, labels);
    }

    /** Returns what the network says of all views that it sees, {@code (batch, classes)}. */
    static float[] ofNetwork(CacheModel model, Examples.Batch batch) {
        return Objects.requireNonNull(batch.probabilities(model.network().views()));
    }

    int size() {
        return labels.length;
    }

    /** Returns the network's probabilities for the first classes, scaled to add up to 1. */
    double[] network(int image, int known) {
        int first = image * (network.length / size());
        double total = 0;
        for (int c = 0; c < known; c++) {
            total += network[first + c];
        }
        double[] some = new double[known];
        for (int c = 0; c < known; c++) {
            some[c] = total > 0 ? network[first + c] / total : 1.0 / known;
        }
        return some;
    }

    /** Returns the network's probabilities of all classes. */
    float[] network(int image) {
        int classes = network.length / size();
        return Arrays.copyOfRange(network, image * classes, (image + 1) * classes);
    }

    /** Answers all by the rule of the index, each with its nearest key. */
    List<Classification> answers(CacheModel model) {
        return model.classify(ModelQuery.ofFeatures(FloatBuffer.wrap(features), FloatBuffer.wrap(network))
                .neighbors(1)
                .novelty(false));
    }

    /** Returns the product of the features of an image of these and one of others. */
    double product(int image, SeenImages others, int other) {
        int dim = features.length / size();
        double sum = 0;
        for (int i = 0; i < dim; i++) {
            sum += features[image * dim + i] * others.features[other * dim + i];
        }
        return sum;
    }
}
