package io.github.afterimage.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.Progress;
import io.github.afterimage.model.evaluation.ArrayExamples;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.settings.ElementType;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class KeyOverlapTest {
    private static final int DIM = 32;
    private static final int ROWS = 230;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    private float[] rows() {
        float[] rows = new float[ROWS * DIM];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = (float) random.nextGaussian();
        }
        return rows;
    }

    private static Examples examples(float[] rows) {
        return new ArrayExamples(rows, new float[rows.length / DIM], new int[rows.length / DIM]);
    }

    /** Keys without names, as indexes have that were built without them. */
    @ParameterizedTest
    @EnumSource(ElementType.class)
    void examplesThatAreKeysAreToldAndOthersAreNot(ElementType type) throws IOException {
        float[] keys = rows();
        try (CacheIndex index = new CacheIndexBuilder(DIM, 1).type(type).build()) {
            index.add(keys, new int[ROWS]);
            assertThat(warning(index, keys)).as("seed %d", seed).contains("230 of 230 examples that were looked up");
            assertThat(warning(index, rows())).as("seed %d", seed).isNull();
            float[] some = rows();
            System.arraycopy(keys, 0, some, 0, some.length / 2);
            assertThat(warning(index, some)).as("seed %d", seed).contains("115 of 230 examples");
        }
    }

    private static String warning(CacheIndex index, float[] rows) throws IOException {
        KeyOverlap overlap = new KeyOverlap(index, examples(rows));
        for (int pass = 0; pass < 2; pass++) { // of which the first is watched
            overlap.examples().forEachBatch(64, Progress.NONE, batch -> {});
        }
        return overlap.warning();
    }

    @ParameterizedTest
    @EnumSource(
            value = ElementType.class,
            names = {"FLOAT32", "INT8"})
    void copiesWithoutNamesAreToldByTheNamesOfTheirKeys(ElementType type) throws IOException {
        float[] keys = rows();
        try (CacheIndex index = new CacheIndexBuilder(DIM, 1).type(type).build()) {
            String[] names = new String[ROWS];
            Arrays.fill(names, "another");
            index.add(KeyBatch.of(keys, new int[ROWS]).names(Arrays.asList(names)));
            assertThat(warning(index, keys))
                    .as("seed %d", seed)
                    .contains("230 of 230 examples", "find themselves", "(another; ");
            float[] some = rows();
            for (int i = 0; i < 10 * DIM; i++) {
                some[i] = keys[i] + 0.2f * (float) random.nextGaussian(); // as after another encoding
            }
            assertThat(warning(index, some))
                    .as("seed %d", seed)
                    .contains("10 of 230 examples", "are copies of a key or nearly");
        }
    }
}
