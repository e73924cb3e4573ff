package io.github.afterimage.experiments.lessons;

import io.github.afterimage.Progress;
import io.github.afterimage.model.CacheModel;
import io.github.afterimage.model.Classification;
import io.github.afterimage.model.ModelQuery;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.evaluation.BalancedSample;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * A picture that a model answers wrong, and the class that it is taught.
 *
 * @param picture its number
 * @param label the class
 * @param answered the class that the model gives before the lesson
 * @param far whether the network ranks the true class third or lower
 */
record Lesson(int picture, int label, int answered, boolean far) {
    /**
     * Pictures of some data in random order.
     *
     * @param others those that no lesson is about
     * @param wrong all of the rest that the model answers wrong, as lessons of their true classes
     * @param answered the number of the rest
     */
    record Choice(int[] others, List<Lesson> wrong, int answered) {}

    static Choice choose(CacheModel model, ImageSet images, int most, long seed, Progress progress) throws IOException {
        int[] order = BalancedSample.shuffled(IntStream.range(0, images.size()).toArray(), seed);
        int[] others = Arrays.copyOf(order, Math.min(most, order.length / 2));
        int[] rest = Arrays.copyOfRange(order, others.length, order.length);
        List<Lesson> wrong = new ArrayList<>();
        Examples examples = Examples.of(model.network(), images.select(rest));
        examples.forEachBatch(Evaluation.BATCH, progress, batch -> {
            List<Classification> answers = model.classify(
                    ModelQuery.ofFeatures(batch.features(), FloatBuffer.wrap(SeenImages.ofNetwork(model, batch)))
                            .novelty(false));
            for (int i = 0; i < answers.size(); i++) {
                int label = batch.labels()[i];
                int answered = answers.get(i).label();
                if (answered != label) {
                    float[] network = answers.get(i).network();
                    long above = IntStream.range(0, network.length)
                            .filter(c -> network[c] > network[label])
                            .count();
                    wrong.add(new Lesson(rest[batch.first() + i], label, answered, above >= 2));
                }
            }
        });
        return new Choice(others, wrong, rest.length);
    }

    /** Returns a lesson of a class that is neither the true nor the answered one. */
    Lesson ofAnotherClass(int classes, long seed) {
        int[] left = IntStream.range(0, classes)
                .filter(c -> c != label && c != answered)
                .toArray();
        return new Lesson(picture, left[new Random(seed + picture).nextInt(left.length)], answered, far);
    }
}
