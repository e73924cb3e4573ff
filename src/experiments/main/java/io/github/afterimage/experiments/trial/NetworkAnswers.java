package io.github.afterimage.experiments.trial;

import io.github.afterimage.Progress;
import io.github.afterimage.answer.ArgMax;
import io.github.afterimage.experiments.ClassAssignment;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.network.Network;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * The answers of a network to a sample of labelled pictures, whatever its classes are.
 *
 * @param labels the classes of the pictures
 * @param classes the number of classes of the pictures
 * @param probabilities {@code (pictures, outputs)} row-major
 * @param outputs the number of the network's classes
 */
record NetworkAnswers(int[] labels, int classes, float[] probabilities, int outputs) {
    private static final int BATCH = 32;
    private static final int FIRST = 4; // so that the time left is known soon; later batches double

    static NetworkAnswers of(Network network, ImageSet images, Progress progress) throws IOException {
        return of(network, images, done -> images.size(), progress);
    }

    /** @param limit tells after so many pictures how many are looked at */
    static NetworkAnswers of(Network network, ImageSet images, IntUnaryOperator limit, Progress progress)
            throws IOException {
        int classes = network.classes();
        FloatBuffer probabilities = FloatBuffer.allocate(Math.multiplyExact(images.size(), classes));
        int size = images.size();
        progress.report(0, size);
        for (int done = 0, count; done < size; done += count) {
            count = Math.min(Math.min(BATCH, Math.max(FIRST, done)), size - done);
            network.run(images, done, count, null, probabilities);
            size = Math.max(done + count, limit.applyAsInt(done + count));
            progress.report(done + count, size);
        }
        int[] labels = IntStream.range(0, size).map(images::label).toArray();
        return new NetworkAnswers(
                labels, images.classNames().size(), Arrays.copyOf(probabilities.array(), size * classes), classes);
    }

    private int best(int picture) {
        return ArgMax.of(outputs, output -> probabilities[picture * outputs + output]);
    }

    /** Finds which output is each class of the pictures. */
    ClassAssignment assignment() {
        int[] given = IntStream.range(0, labels.length).map(this::best).toArray();
        return ClassAssignment.of(labels, given, classes);
    }

    /**
     * Returns the pictures to which the network gives another class.
     *
     * @param output the output of each class
     */
    BitSet wrong(IntUnaryOperator output) {
        BitSet wrong = new BitSet();
        for (int picture = 0; picture < labels.length; picture++) {
            wrong.set(picture, best(picture) != output.applyAsInt(labels[picture]));
        }
        return wrong;
    }

    /** Returns the pictures whose most similar other one, by the network's answers, has another class. */
    BitSet nearestWrong() {
        double[] roots = new double[probabilities.length];
        for (int i = 0; i < roots.length; i++) {
            roots[i] = Math.sqrt(probabilities[i]);
        }
        BitSet wrong = new BitSet();
        for (int picture = 0; picture < labels.length; picture++) {
            double most = -1;
            for (int other = 0; other < labels.length; other++) {
                double similarity = 0;
                for (int output = 0; output < outputs && other != picture; output++) {
                    similarity += roots[picture * outputs + output] * roots[other * outputs + output];
                }
                if (other != picture && similarity > most) {
                    most = similarity;
                    wrong.set(picture, labels[other] != labels[picture]);
                }
            }
        }
        return wrong;
    }
}
