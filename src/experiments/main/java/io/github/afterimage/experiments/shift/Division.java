package io.github.afterimage.experiments.shift;

import io.github.afterimage.model.evaluation.BalancedSample;
import java.util.Arrays;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * The division of the test images at random: those of the stream arrive with labels after the change, and no version of the
 * others ever becomes a key.
 *
 * @param stream in the order of their arrival
 * @param reported the images to report on, ascending
 */
record Division(int[] stream, int[] reported) {
    /**
     * Divides images.
     *
     * @param rows the test images that tune nothing
     * @param reported the number to report on; half of the images if they are fewer than twice as many
     */
    static Division of(int[] rows, int reported, long seed) {
        int[] order = BalancedSample.shuffled(rows, seed);
        int first = order.length - Math.min(reported, order.length / 2);
        int[] last = Arrays.copyOfRange(order, first, order.length);
        Arrays.sort(last);
        return new Division(Arrays.copyOf(order, first), last);
    }

    /**
     * Returns the first images of each class in the stream.
     *
     * @param label gives the class of a test image
     * @throws IllegalArgumentException if the stream has fewer of a class
     */
    int[] received(int perClass, IntUnaryOperator label) {
        int[] labels = Arrays.stream(stream).map(label).toArray();
        int[] sizes = new int[1 + Arrays.stream(labels).max().orElse(0)];
        Arrays.stream(labels).forEach(each -> sizes[each]++);
        for (int c = 0; c < sizes.length; c++) {
            if (sizes[c] > 0 && sizes[c] < perClass) {
                throw new IllegalArgumentException("--received " + perClass + ": class " + c + " has " + sizes[c]
                        + " images in the stream, the test images that are not reported on: receive fewer of each class,"
                        + " or report on fewer");
            }
        }
        return Arrays.stream(first(labels, perClass)).map(i -> stream[i]).toArray();
    }

    /** Returns the places of the first examples of each class. */
    static int[] first(int[] labels, int perClass) {
        int[] taken = new int[1 + Arrays.stream(labels).max().orElse(0)];
        return IntStream.range(0, labels.length)
                .filter(i -> taken[labels[i]]++ < perClass)
                .toArray();
    }

    /** Returns the images of a phase of the stream. */
    int[] phase(int number, int images) {
        return Arrays.copyOfRange(stream, number * images, (number + 1) * images);
    }
}
