package io.github.afterimage.experiments.methods;

import io.github.afterimage.CacheReader;
import io.github.afterimage.Progress;
import io.github.afterimage.answer.ArgMax;
import io.github.afterimage.answer.Calibration;
import io.github.afterimage.model.data.Softmax;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.QueryTarget;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
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
                float[] probabilities = Objects.requireNonNull(batch.probabilities(1));
                System.arraycopy(probabilities, 0, network, batch.first() * classes, probabilities.length);
            });
        }
        return new LabelledAnswers(examples, labels, network, classes);
    }

    /** Returns the answers by rules of network and memory, each {@code (examples, classes)} row-major, in one pass. */
    List<float[]> byRules(CacheReader index, List<Calibration> rules, Progress progress) throws IOException {
        List<float[]> all =
                rules.stream().map(each -> new float[labels.length * classes]).toList();
        double[] thetas =
                rules.stream().mapToDouble(each -> each.rule().theta()).toArray();
        QueryTarget.Asked asked = new QueryTarget.Asked(thetas, true);
        new Evaluation(index, examples).run(asked, progress, (batch, memory) -> {
            int count = batch.labels().length;
            for (int i = 0; i < thetas.length; i++) {
                int views = rules.get(i).views();
                float[] ofNetwork = views == Calibration.ALONE ? null : batch.probabilities(views);
                for (int row = 0; row < count; row++) {
                    float[] own = ofNetwork == null
                            ? null
                            : Arrays.copyOfRange(ofNetwork, row * classes, (row + 1) * classes);
                    double[] p =
                            rules.get(i).rule().probabilities(own, memory.at(i).row(row));
                    put(p, batch.first() + row, all.get(i));
                }
            }
        });
        return all;
    }

    /** Returns the softmax of the likeness to the direction of each class, {@code (examples, classes)} row-major. */
    float[] byDirections(CacheReader index, Progress progress) throws IOException {
        float[] all = new float[labels.length * classes];
        QueryTarget.Asked asked = new QueryTarget.Asked(new double[] {1}, true);
        new Evaluation(index, examples).run(asked, progress, (batch, memory) -> {
            for (int row = 0; row < batch.labels().length; row++) {
                double[] likeness = new double[classes];
                Arrays.setAll(likeness, memory.row(row)::direction);
                put(Softmax.of(likeness), batch.first() + row, all);
            }
        });
        return all;
    }

    private static void put(double[] probabilities, int example, float[] all) {
        for (int c = 0; c < probabilities.length; c++) {
            all[example * probabilities.length + c] = (float) probabilities[c];
        }
    }

    /** Returns the mean of -log p of the true class. */
    double logLoss(float[] probabilities) {
        return IntStream.range(0, labels.length)
                .mapToDouble(row -> -Math.log(Math.max(Float.MIN_NORMAL, probabilities[row * classes + labels[row]])))
                .average()
                .orElseThrow();
    }

    /** Returns the number of wrong answers of other probabilities. */
    long errors(float[] other) {
        return IntStream.range(0, labels.length)
                .filter(row -> ArgMax.of(classes, c -> other[row * classes + c]) != labels[row])
                .count();
    }

    /** Returns the λ with which (1 - λ) network + λ other has the fewest errors; of equals, the first. */
    double bestLambda(double[] lambdas, float[] other) {
        return lambdas[ArgMax.of(lambdas.length, i -> -errors(mixed(lambdas[i], other)))];
    }

    /** Returns (1 - λ) network + λ other. */
    float[] mixed(double lambda, float[] other) {
        float[] probabilities = Objects.requireNonNull(network, "no network");
        float[] mixed = new float[other.length];
        for (int i = 0; i < mixed.length; i++) {
            mixed[i] = (float) ((1 - lambda) * probabilities[i] + lambda * other[i]);
        }
        return mixed;
    }
}
