package io.github.afterimage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.platform.NativeLibrary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys of many classes, each in a direction of its own, of which a sketch keeps a part only. */
class SketchCalibrationTest {
    private static final int DIM = 256;
    private static final int CLASSES = 1000;
    private static final int SIZE = 50_000;
    private static final int QUERIES = 200;

    private final Random random = new Random(12);
    private final float[][] centres = new float[CLASSES][];
    private final float[] keys = new float[SIZE * DIM];
    private final int[] labels = new int[SIZE];
    private final float[] queries = new float[QUERIES * DIM];

    @TempDir
    private Path folder;

    @BeforeAll
    static void needsTheKernels() {
        assumeTrue(NativeLibrary.available(), "no native library");
    }

    SketchCalibrationTest() {
        for (int c = 0; c < CLASSES; c++) {
            centres[c] = row();
        }
        for (int k = 0; k < SIZE; k++) {
            labels[k] = random.nextInt(CLASSES);
            put(keys, k, centres[labels[k]]);
        }
        for (int q = 0; q < QUERIES; q++) {
            put(queries, q, centres[random.nextInt(CLASSES)]);
        }
    }

    private float[] row() {
        float[] row = new float[DIM];
        for (int i = 0; i < DIM; i++) {
            row[i] = (float) random.nextGaussian();
        }
        return row;
    }

    private void put(float[] rows, int number, float[] centre) {
        float[] noise = row();
        for (int i = 0; i < DIM; i++) {
            rows[number * DIM + i] = centre[i] + 0.6f * noise[i];
        }
    }

    /** Returns the number of queries whose interval holds all probabilities. */
    private int covered(CacheIndex index, double theta, int[] exactly) {
        int covered = 0;
        for (int query = 0; query < QUERIES; query++) {
            float[] row = Arrays.copyOfRange(queries, query * DIM, (query + 1) * DIM);
            Answer estimated = index.answer(Query.of(row).thetas(theta).tolerance(0.01));
            covered += NaturalKeys.covered(estimated, index.query(row, theta));
            exactly[0] += estimated.row(0).keysRead() == index.size() ? 1 : 0;
        }
        return covered;
    }

    @Test
    void intervalsHoldOrThePlainPassAnswers() throws IOException {
        Path file = folder.resolve("classes.safetensors");
        try (CacheIndex index = new CacheIndexBuilder(DIM, CLASSES).build()) {
            index.add(keys, labels);
            index.save(file);
        }
        try (CacheIndex index =
                CacheIndex.open(file, new OpenOptions().sketch(64).threads(1))) {
            for (double theta : new double[] {15, 25}) {
                int[] exactly = new int[1];
                int covered = covered(index, theta, exactly);
                String result = "seed 12, theta " + theta + ": " + covered + " of " + QUERIES + " queries covered, "
                        + exactly[0] + " by the plain pass";
                System.out.println(result);
                // 99 % of 200 are 198; 189 would be six standard deviations below.
                assertThat(covered).as(result).isGreaterThanOrEqualTo(189);
            }
            index.remove(LongStream.range(0, SIZE / 2).toArray());
            index.weigh(LongStream.range(SIZE / 2, SIZE).toArray(), weights());
            assertThat(covered(index, 20, new int[1]))
                    .as("removed and weighed keys, seed 12")
                    .isGreaterThanOrEqualTo(189);
        }
    }

    private float[] weights() {
        float[] weights = new float[SIZE / 2];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = 0.5f + random.nextFloat();
        }
        return weights;
    }
}
