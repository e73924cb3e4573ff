package io.github.afterimage.experiments.trial;

import io.github.afterimage.Mixture;
import io.github.afterimage.Progress;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.network.ImageSource;
import io.github.afterimage.model.network.Network;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
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

    static NetworkAnswers of(Network network, ImageSet images, Progress progress) throws IOException {
        int size = images.size();
        FloatBuffer probabilities = FloatBuffer.allocate(Math.multiplyExact(size, network.classes()));
        for (int first = 0; first < size; first += BATCH) {
            int count = Math.min(BATCH, size - first);
            network.run(count, source(images, first), null, probabilities);
            progress.report(first + count, size);
        }
        int[] labels = IntStream.range(0, size).map(images::label).toArray();
        return new NetworkAnswers(labels, images.classNames().size(), probabilities.array(), network.classes());
    }

    private static ImageSource source(ImageSet images, int first) {
        return new ImageSource() {
            @Override
            public Image image(int index) throws IOException {
                return images.image(first + index);
            }

            @Override
            public String name(int index) {
                return images.imageName(first + index);
            }
        };
    }

    int best(int picture) {
        return Mixture.best(outputs, output -> probabilities[picture * outputs + output]);
    }

    private record Cell(int label, int output, double sum) {}

    /**
     * Gives each class of the pictures the output with the greatest sum of probabilities over them, and no output to two
     * classes; the greatest sums come first, and of equals the output with the number of the class.
     *
     * @return the output for each class; -1 for a class that is left without one
     */
    int[] assignment() {
        double[][] sums = new double[classes][outputs];
        for (int picture = 0; picture < labels.length; picture++) {
            for (int output = 0; output < outputs; output++) {
                sums[labels[picture]][output] += probabilities[picture * outputs + output];
            }
        }
        List<Cell> cells = new ArrayList<>();
        for (int label = 0; label < classes; label++) {
            for (int output = 0; output < outputs; output++) {
                if (sums[label][output] > 0) {
                    cells.add(new Cell(label, output, sums[label][output]));
                }
            }
        }
        cells.sort(Comparator.<Cell>comparingDouble(cell -> -cell.sum)
                .thenComparingInt(cell -> cell.label == cell.output ? 0 : 1)
                .thenComparingInt(Cell::label));
        int[] assigned = new int[classes];
        Arrays.fill(assigned, -1);
        boolean[] taken = new boolean[outputs];
        for (Cell cell : cells) {
            if (assigned[cell.label] < 0 && !taken[cell.output]) {
                assigned[cell.label] = cell.output;
                taken[cell.output] = true;
            }
        }
        return assigned;
    }

    /** Returns for each picture whether the network gives its class the assigned output. */
    boolean[] right(int[] assigned) {
        boolean[] right = new boolean[labels.length];
        for (int picture = 0; picture < right.length; picture++) {
            right[picture] = best(picture) == assigned[labels[picture]];
        }
        return right;
    }

    /** Returns for each picture whether the most similar other one, by the network's answers, has its class. */
    boolean[] nearestRight() {
        double[] roots = new double[probabilities.length];
        for (int i = 0; i < roots.length; i++) {
            roots[i] = Math.sqrt(probabilities[i]);
        }
        boolean[] right = new boolean[labels.length];
        for (int picture = 0; picture < right.length; picture++) {
            double most = -1;
            for (int other = 0; other < right.length; other++) {
                double similarity = 0;
                for (int output = 0; output < outputs && other != picture; output++) {
                    similarity += roots[picture * outputs + output] * roots[other * outputs + output];
                }
                if (other != picture && similarity > most) {
                    most = similarity;
                    right[picture] = labels[other] == labels[picture];
                }
            }
        }
        return right;
    }

    static double share(boolean[] right) {
        int count = 0;
        for (boolean each : right) {
            count += each ? 1 : 0;
        }
        return right.length == 0 ? 0 : (double) count / right.length;
    }
}
