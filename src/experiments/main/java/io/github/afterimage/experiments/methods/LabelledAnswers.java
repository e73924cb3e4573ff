package io.github.afterimage.experiments.methods;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Mixture;
import io.github.afterimage.Progress;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The true classes of examples and the answers of the network to them.
 *
 * @param network {@code (labels.length, classes)} row-major; null without a network
 */
record LabelledAnswers(Examples examples, int[] labels, float @Nullable [] network, int classes) {
    static LabelledAnswers of(Examples examples, int classes, Progress progress) throws IOException {
        int[] labels = IntStream.range(0, examples.size()).map(examples::label).toArray();
        float[] network = examples.hasProbabilities() ? new float[labels.length * classes] : null;
        if (network != null) {
            examples.forEachBatch(Evaluation.BATCH, progress, batch -> {
                float[] probabilities = Objects.requireNonNull(batch.probabilities());
                System.arraycopy(probabilities, 0, network, batch.first() * classes, probabilities.length);
            });
        }
        return new LabelledAnswers(examples, labels, network, classes);
    }

    /** Returns the answers of a memory at some points, each {@code (examples, classes)} row-major, in one pass. */
    float[][] ofMemory(CacheIndex index, Progress progress, Hyperparameters... points) throws IOException {
        float[][] all = new float[points.length][labels.length * classes];
        double[] thetas =
                Arrays.stream(points).mapToDouble(Hyperparameters::theta).toArray();
        double[] betas =
                Arrays.stream(points).mapToDouble(Hyperparameters::beta).toArray();
        new Evaluation(index, examples).run(thetas, betas, progress, (batch, cache) -> {
            for (int point = 0; point < all.length; point++) {
                copy(cache.at(point, point), batch, all[point]);
            }
        });
        return all;
    }

    private static void copy(Answer answer, Examples.Batch batch, float[] all) {
        for (int row = 0; row < batch.labels().length; row++) {
            float[] probabilities = answer.row(row).probabilities();
            System.arraycopy(probabilities, 0, all, (batch.first() + row) * probabilities.length, probabilities.length);
        }
    }

    /** Returns the number of wrong answers of (1 - lambda) network + lambda other. */
    long errors(double lambda, float[] other) {
        long errors = 0;
        for (int row = 0; row < labels.length; row++) {
            int first = row * classes;
            int best = Mixture.best(
                    classes,
                    c -> network == null ? other[first + c] : Mixture.of(lambda, network[first + c], other[first + c]));
            errors += best == labels[row] ? 0 : 1;
        }
        return errors;
    }

    /** Returns the λ with the fewest errors; of equals, the first. */
    double bestLambda(double[] lambdas, float[] other) {
        double best = lambdas[0];
        long fewest = Long.MAX_VALUE;
        for (double lambda : lambdas) {
            long errors = errors(lambda, other);
            if (errors < fewest) {
                fewest = errors;
                best = lambda;
            }
        }
        return best;
    }

    /** Returns (1 - lambda) network + lambda other. */
    float[] mixed(double lambda, float[] other) {
        float[] probabilities = Objects.requireNonNull(network, "no network");
        float[] mixed = new float[other.length];
        for (int i = 0; i < mixed.length; i++) {
            mixed[i] = (float) Mixture.of(lambda, probabilities[i], other[i]);
        }
        return mixed;
    }
}
