package io.github.afterimage.experiments.novelty;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Progress;
import io.github.afterimage.model.evaluation.ArrayExamples;
import io.github.afterimage.reduce.LearnedReducer;
import io.github.afterimage.reduce.Reduction;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class DetectorPassTest {
    private static final int KEYS = 80;
    private static final int DIM = 6;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    private float[] rows(int count) {
        float[] rows = new float[count * DIM];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = (float) random.nextGaussian() * (1 + i % DIM);
        }
        return rows;
    }

    @Test
    void whitenedKeysAreComparedInTheirOwnSpaceAndWithoutTheClassFactor() throws IOException {
        float[] keys = rows(KEYS);
        int[] labels = random.ints(KEYS, 0, 3).toArray();
        ArrayExamples examples = new ArrayExamples(rows(20), new float[60], new int[20]);
        try (var learner = LearnedReducer.learner(Reduction.whitened(DIM), DIM, KEYS)) {
            learner.add(FloatBuffer.wrap(keys), labels);
            try (CacheIndex whitened = new CacheIndexBuilder(DIM, 3)
                            .reduce(learner.learn(1))
                            .attributes(new Hyperparameters(9, 0.5, 20).attributes())
                            .build();
                    CacheIndex plain = new CacheIndexBuilder(DIM, 3).build()) {
                whitened.add(keys, labels);
                plain.add(whitened.encode(FloatBuffer.wrap(keys)), labels);
                float[] encoded = whitened.encode(FloatBuffer.wrap(examples.features()));
                double[][] found = scores(whitened, examples);
                double[][] expected = scores(plain, new ArrayExamples(encoded, new float[60], new int[20]));
                double[][] raw = scores(plain, examples);
                assertThat(found).as("seed %d", seed).hasDimensions(5, 20);
                for (int detector = 0; detector < found.length; detector++) {
                    assertThat(found[detector])
                            .as("seed %d", seed)
                            .containsExactly(expected[detector], Offset.offset(1e-4))
                            .isNotEqualTo(raw[detector]);
                }
            }
        }
    }

    private static double[][] scores(CacheIndex index, ArrayExamples examples) throws IOException {
        DetectorPass pass = new DetectorPass(index, new double[] {9, 40}, new int[] {1, 10}, false, 0);
        return pass.run("examples", false, examples, Progress.NONE).values();
    }
}
