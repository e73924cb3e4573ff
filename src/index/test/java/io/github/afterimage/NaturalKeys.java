package io.github.afterimage;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.IntStream;

/** Keys with components of falling importance, as activations of networks have them, and classes that overlap. */
final class NaturalKeys {
    static final int DIM = 160;
    static final int CLASSES = 7;
    static final int SIZE = 24_000;
    static final int QUERIES = 150;

    private final Random random;
    final float[] keys = new float[SIZE * DIM];
    final int[] labels = new int[SIZE];
    final float[] queries = new float[QUERIES * DIM];

    NaturalKeys(long seed) {
        random = new Random(seed);
        float[][] centres = new float[CLASSES][];
        for (int c = 0; c < CLASSES; c++) {
            centres[c] = row(1.3);
        }
        for (int k = 0; k < SIZE; k++) {
            labels[k] = random.nextInt(CLASSES);
            put(keys, k, centres[labels[k]], row(1));
        }
        for (int q = 0; q < QUERIES; q++) {
            put(queries, q, centres[random.nextInt(CLASSES)], row(1));
        }
    }

    private float[] row(double size) {
        float[] row = new float[DIM];
        for (int i = 0; i < DIM; i++) {
            row[i] = (float) (size * random.nextGaussian() / Math.sqrt(1 + i));
        }
        return row;
    }

    private static void put(float[] rows, int number, float[] centre, float[] row) {
        for (int i = 0; i < DIM; i++) {
            rows[number * DIM + i] = centre[i] + row[i];
        }
    }

    /** Returns one query. Batches of keys as short as these take the plain pass. */
    FloatBuffer query(int number) {
        return FloatBuffer.wrap(queries, number * DIM, DIM);
    }

    /** Saves an index of the keys in a folder. */
    Path save(Path folder, ElementType type) throws IOException {
        Path file = folder.resolve(type + ".safetensors");
        try (CacheIndex index = new CacheIndexBuilder(DIM, CLASSES).type(type).build()) {
            index.add(keys, labels);
            index.save(file);
        }
        return file;
    }

    static Answer estimated(CacheIndex index, FloatBuffer rows, double theta, double tolerance) {
        return index.answer(Query.of(rows).thetas(theta).tolerance(tolerance));
    }

    /** Returns the greatest difference of a probability. */
    static double error(Answer estimated, Answer exact) {
        return IntStream.range(0, exact.batch())
                .mapToDouble(query -> error(estimated, exact, query))
                .max()
                .orElseThrow();
    }

    private static double error(Answer estimated, Answer exact, int query) {
        double error = 0;
        for (int c = 0; c < exact.width(); c++) {
            error = Math.max(
                    error,
                    Math.abs(estimated.row(query).probability(c)
                            - exact.row(query).probability(c)));
        }
        return error;
    }

    /** Returns the number of queries whose interval holds, but for rounding. */
    static int covered(Answer estimated, Answer exact) {
        return (int) IntStream.range(0, exact.batch())
                .filter(query ->
                        error(estimated, exact, query) <= estimated.row(query).halfWidth() + 2e-5)
                .count();
    }
}
