package io.github.afterimage.experiments.shift;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.ElementType;
import io.github.afterimage.Engines;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Query;
import io.github.afterimage.experiments.protocol.IndexRecipe;
import io.github.afterimage.experiments.protocol.Protocol;
import io.github.afterimage.experiments.protocol.Split;
import io.github.afterimage.model.evaluation.Examples;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Two keys, 1 of class 0 and -1 of class 1; the network gives class 1 a probability of 0.6 for every image. */
class RetuningTest {
    private static final Protocol PROTOCOL = new Protocol(
            new Split.Rule(0, 1),
            new IndexRecipe(null, 100, ElementType.FLOAT32, Engines.named("reference"), 1),
            new double[] {0.1, 1, 10},
            new double[] {0, 0.25, 0.5, 0.75});

    /** Images at 1 of class 0, which only a memory with enough weight has right. */
    private static Retuning after(int images) {
        Retuning retuning = new Retuning(PROTOCOL);
        try (CacheIndex index =
                new CacheIndexBuilder(1, 2).engine(Engines.named("reference")).build()) {
            index.add(new float[] {1, -1}, new int[] {0, 1});
            float[] queries = new float[images];
            float[] network = new float[2 * images];
            for (int i = 0; i < images; i++) {
                queries[i] = 1;
                network[2 * i] = 0.4f;
                network[2 * i + 1] = 0.6f;
            }
            retuning.accept(
                    index.answer(Query.of(queries).thetas(PROTOCOL.thetas()).classFactor(0, 0)),
                    new Examples.Batch(0, FloatBuffer.wrap(queries), network, new int[images]));
        }
        return retuning;
    }

    @Test
    void takesTheNearestOfTheBestPointsIfItIsClearlyBetter() {
        // With theta 10, p_mem is 1 and a weight of 0.25 makes 0.55; with theta 1 it is 0.88 and 0.52.
        assertThat(Retuning.best(List.of(after(6)), new Hyperparameters(10, 0)))
                .isEqualTo(new Hyperparameters(10, 0.25));
        assertThat(Retuning.best(List.of(after(6)), new Hyperparameters(1, 0))).isEqualTo(new Hyperparameters(1, 0.25));
        assertThat(Retuning.best(List.of(after(6)), new Hyperparameters(1, 0.75)))
                .isEqualTo(new Hyperparameters(1, 0.75));
    }

    @Test
    void fewImagesDoNotMoveThePoint() {
        // Five images that are all corrected have p = 1/16; six have 1/32.
        assertThat(Retuning.best(List.of(after(5)), new Hyperparameters(10, 0))).isEqualTo(new Hyperparameters(10, 0));
        assertThat(Retuning.best(List.of(after(2), after(4)), new Hyperparameters(10, 0)))
                .isEqualTo(new Hyperparameters(10, 0.25));
    }

    @Test
    void theMemoryAloneNeedsNoWeight() {
        assertThat(after(10).bestAlone(new Hyperparameters(0.1, 1)).theta()).isEqualTo(0.1);
        assertThat(Arrays.asList(0.1, 1.0, 10.0))
                .contains(after(10).bestAlone(new Hyperparameters(10, 1)).theta());
    }
}
