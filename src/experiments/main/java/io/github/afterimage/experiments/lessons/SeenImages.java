package io.github.afterimage.experiments.lessons;

import io.github.afterimage.CacheReader;
import io.github.afterimage.Progress;
import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.AnswerRule;
import io.github.afterimage.answer.Query;
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
        return of(Examples.of(model.network(), images), model.network().views(), progress);
    }

    /** @param views that the network looks at; the examples have them */
    static SeenImages of(Examples examples, int views, Progress progress) throws IOException {
        int dim = examples.dim();
        int classes = examples.classes();
        float[] features = new float[Math.multiplyExact(examples.size(), dim)];
        float[] network = new float[Math.multiplyExact(examples.size(), classes)];
        examples.forEachBatch(Evaluation.BATCH, progress, batch -> {
            int count = batch.labels().length;
            batch.features().duplicate().get(features, batch.first() * dim, count * dim);
            float[] seen = Objects.requireNonNull(batch.probabilities(views));
            System.arraycopy(seen, 0, network, batch.first() * classes, seen.length);
        });
        return new SeenImages(
                features,
                network,
                IntStream.range(0, examples.size()).map(examples::label).toArray());
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

    /**
     * Computes the probabilities of all classes for each image, where the network has the first classes only.
     *
     * @param index takes the features as they are
     */
    List<double[]> probabilities(CacheReader index, AnswerRule rule, int known) {
        Answer answer = index.answer(Query.of(features).thetas(rule.theta()).evidence(rule.needsEvidence()));
        return IntStream.range(0, size())
                .mapToObj(i -> rule.probabilities(network(i, known), answer.row(i)))
                .toList();
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
