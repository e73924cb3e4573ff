package io.github.afterimage.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Query;
import io.github.afterimage.Tuner;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClassificationTest {
    @TempDir
    private Path folder;

    private static final float[][] ROWS = {{1, 0}, {0, 1}};

    @Test
    void anAnswerIsMixedWithProbabilitiesOfANetworkThatRanElsewhere() {
        try (CacheIndex index =
                new CacheIndexBuilder(2, 2).classNames(List.of("left", "up")).build()) {
            index.add(new float[] {1, 0, 0, 1}, new int[] {0, 1});
            Answer answer = index.answer(Query.of(ROWS).thetas(1).neighbors(1));
            double similar = Math.E / (Math.E + 1);
            List<Classification> mixed = Classification.of(
                    index, answer, new Hyperparameters(1, 0.25), FloatBuffer.wrap(new float[] {0.5f, 0.5f, 1, 0}));
            assertThat(mixed.get(0).probability()).isCloseTo(0.75 * 0.5 + 0.25 * similar, within(1e-6));
            assertThat(mixed.get(1).candidate(1).probability()).isCloseTo(0.25 * similar, within(1e-6));
            assertThat(mixed.get(1).name()).isEqualTo("left");
            assertThat(mixed.get(1).neighbors().get(0).id()).isEqualTo(1);
            List<Classification> alone = Classification.of(index, answer, new Hyperparameters(1, 0.25), null);
            assertThat(alone.get(1).name()).isEqualTo("up");
            assertThat(alone.get(1).hasNetwork()).isFalse();
            assertThatThrownBy(() ->
                            Classification.of(index, answer, new Hyperparameters(1, 0.25), FloatBuffer.allocate(3)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("the network's probabilities hold 3 values: expected 2 rows x 2 classes");
        }
    }

    /** Tuned with 19 examples that the cache has right with p = 0.73 and one that it has wrong. */
    @Test
    void aSetHasTheClassesThatAreAsProbableAsTrueClassesMostlyAre() throws IOException {
        try (CacheIndex index =
                new CacheIndexBuilder(2, 2).classNames(List.of("left", "up")).build()) {
            index.add(new float[] {1, 0, 0, 1}, new int[] {0, 1});
            Answer answer = index.answer(Query.of(ROWS).thetas(1));
            Hyperparameters tuned = new Hyperparameters(1, 1);
            assertThatThrownBy(() ->
                            Classification.of(index, answer, tuned, null).get(0).set(0.9))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("this answer has no prediction sets: run tune --save");
            Tuner tuner = new Tuner(new double[] {1}, new double[] {1});
            for (int i = 0; i < 20; i++) {
                tuner.accept(index.query(new float[] {1, 0}, 1), null, new int[] {i == 0 ? 1 : 0});
            }
            tuner.save(index, folder.resolve("index.safetensors"));
            Classification left = Classification.of(index, answer, tuned, null).get(0);
            assertThat(left.set(0.9)).extracting(Classification.Candidate::name).containsExactly("left");
            assertThat(left.set(0.95))
                    .extracting(Classification.Candidate::name)
                    .containsExactly("left", "up");
            assertThatThrownBy(() -> left.set(0.99)).hasMessageContaining("give at most 0.9523");
            assertThatThrownBy(() -> Classification.of(index, answer, new Hyperparameters(2, 1), null)
                            .get(0)
                            .set(0.9))
                    .hasMessageContaining("the theta, lambda and beta that it stores");
        }
    }
}
