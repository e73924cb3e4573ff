package io.github.afterimage.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;

/** Features in three clusters, and a network that is right two times in three. */
final class Clusters {
    static final int DIM = 40;

    private Clusters() {}

    static String write(Path file, int rows, long seed) throws IOException {
        return write(file, rows, seed, false, 1);
    }

    /** The same where the network is right every time. */
    static String writeRight(Path file, int rows, long seed) throws IOException {
        return write(file, rows, seed, true, 1);
    }

    /** The same with a copy behind each row. */
    static String writeTwice(Path file, int rows, long seed) throws IOException {
        return write(file, rows, seed, false, 2);
    }

    private static String write(Path file, int rows, long seed, boolean right, int times) throws IOException {
        Random random = new Random(seed);
        float[] features = new float[times * rows * DIM];
        float[] network = new float[times * rows * 3];
        int[] labels = new int[times * rows];
        for (int row = 0; row < times * rows; row++) {
            if (row % times > 0) {
                System.arraycopy(features, (row - 1) * DIM, features, row * DIM, DIM);
                System.arraycopy(network, (row - 1) * 3, network, row * 3, 3);
                labels[row] = labels[row - 1];
                continue;
            }
            labels[row] = row / times % 3;
            for (int i = 0; i < DIM; i++) {
                features[row * DIM + i] = (float) random.nextGaussian() + (i % 3 == labels[row] ? 2 : 0);
            }
            int chosen = random.nextInt(3) == 0 && !right ? random.nextInt(3) : labels[row];
            for (int c = 0; c < 3; c++) {
                network[row * 3 + c] = c == chosen ? 0.5f : 0.25f;
            }
        }
        return NpzFile.features(file, features, network, labels);
    }
}
