package io.github.afterimage.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.Calibration;
import io.github.afterimage.answer.DoubtThreshold;
import io.github.afterimage.answer.Mixture;
import io.github.afterimage.answer.Pool;
import io.github.afterimage.answer.Query;
import io.github.afterimage.answer.Tuner;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClassificationTest {
    @TempDir
    private Path folder;

    private static final float[][] ROWS = {{1, 0}, {0, 1}};

    private static Answer answer(CacheIndex index, double theta) {
        return index.answer(Query.of(ROWS).thetas(theta).evidence(true).neighbors(1));
    }

    @Test
    void anAnswerIsPooledWithProbabilitiesOfANetworkThatRanElsewhere() {
        try (CacheIndex index =
                new CacheIndexBuilder(2, 2).classNames(List.of("left", "up")).build()) {
            index.add(new float[] {1, 0, 0, 1}, new int[] {0, 1});
            Calibration pool = Calibration.of(new Pool(1, 0.5, 2, 0.3), 1);
            FloatBuffer network = FloatBuffer.wrap(new float[] {0.5f, 0.5f, 0.9f, 0.1f});
            List<Classification> pooled = Classification.of(index, answer(index, 1), pool, network);
            // E of the class that is like the query over E of the other: (S + 20 S') / (n + 20) with one key each
            double mean = (1 + Math.exp(-1)) / 2;
            double evidence = (1 + 20 * mean) / (Math.exp(-1) + 20 * mean);
            double odds = Math.pow(evidence, 2) * Math.exp(0.3);
            assertThat(pooled.get(0).probability()).isCloseTo(odds / (1 + odds), within(1e-6));
            double against = odds / Math.pow(0.9 / 0.1, 0.5);
            assertThat(pooled.get(1).candidate(1).probability()).isCloseTo(against / (1 + against), within(1e-6));
            assertThat(pooled.get(1).name()).isEqualTo("left");
            assertThat(pooled.get(1).reason())
                    .matches("the network says left 90 %, the memory up [0-9]+ %: they do not agree");
            assertThat(pooled.get(0).reason())
                    .matches("the network says left 50 %, the memory left [0-9]+ %: together .*");
            assertThat(pooled.get(1).neighbors().get(0).id()).isEqualTo(1);
            assertThat(pooled.get(1).neighbors().get(0).share()).isCloseTo(1, within(1e-6));
            List<Classification> alone = Classification.of(
                    index, answer(index, 1), Calibration.of(new Pool(1, 0, 1, 0), Calibration.ALONE), null);
            assertThat(alone.get(1).name()).isEqualTo("up");
            assertThat(alone.get(1).hasNetwork()).isFalse();
            assertThat(alone.get(1).reason()).matches("the memory says up [0-9]+ %, left [0-9]+ %: it is not sure");
            assertThatThrownBy(() -> Classification.of(index, answer(index, 1), pool, FloatBuffer.allocate(3)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("the network's probabilities hold 3 values: expected 2 rows x 2 classes");
        }
    }

    /** Tuned with 19 examples that the memory has right and one that it has wrong. */
    @Test
    void aSetHasTheClassesThatAreAsProbableAsTrueClassesMostlyAre() throws IOException {
        try (CacheIndex index =
                new CacheIndexBuilder(2, 2).classNames(List.of("left", "up")).build()) {
            index.add(new float[] {1, 0, 0, 1}, new int[] {0, 1});
            Calibration untuned = index.calibration(Calibration.ALONE);
            assertThatThrownBy(() -> Classification.of(index, answer(index, 40), untuned, null)
                            .get(0)
                            .set(0.9))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("the index has no prediction sets: tune it");
            Tuner tuner = new Tuner(40);
            for (int i = 0; i < 20; i++) {
                Answer one =
                        index.answer(Query.of(new float[] {1, 0}).thetas(40).evidence(true));
                tuner.accept(one, null, null, new int[] {i == 0 ? 1 : 0});
            }
            index.files().saveTuned(folder.resolve("index.safetensors"), tuner);
            Calibration tuned = index.calibration(Calibration.ALONE);
            Classification left =
                    Classification.of(index, answer(index, 40), tuned, null).get(0);
            assertThat(left.set(0.9)).extracting(Classification.Candidate::name).containsExactly("left");
            assertThat(left.set(0.95))
                    .extracting(Classification.Candidate::name)
                    .containsExactly("left", "up");
            assertThat(left.isUncertain()).as("as sure as the examples").isFalse();
            Classification between = Classification.of(
                            index,
                            index.answer(Query.of(new float[] {1, 1}).thetas(40).evidence(true)),
                            tuned,
                            null)
                    .get(0);
            assertThat(between.doubt()).isGreaterThan(left.doubt());
            assertThat(between.isUncertain()).isTrue();
            assertThat(between.reason()).matches("the memory says left 9[0-9] %, up [0-9] %: it is not sure");
            assertThatThrownBy(() -> left.set(0.99)).hasMessageContaining("give at most 0.9523");
            Calibration other = Calibration.of(new Mixture(2, 1), Calibration.ALONE);
            assertThatThrownBy(() -> Classification.of(index, answer(index, 2), other, null)
                            .get(0)
                            .set(0.9))
                    .hasMessageContaining("they go with the pool that labelled examples chose");
        }
    }

    @Test
    void aMemoryThatIsSureOfAFarImageSaysThatAllIsFar() {
        try (CacheIndex index =
                new CacheIndexBuilder(2, 2).classNames(List.of("left", "up")).build()) {
            index.add(new float[] {1, 0.1f, 1, -0.1f, 0.1f, 1, -0.1f, 1}, new int[] {0, 0, 1, 1});
            DoubtThreshold threshold = new DoubtThreshold(0.5, 0.01);
            Calibration alone = new Calibration(
                    new Pool(40, 0, 40, 0), Calibration.ALONE, true, Optional.empty(), Optional.of(threshold));
            Query rows = Query.of(new float[] {1, 0.05f, 1, -1, 1, 1}).thetas(40);
            List<Classification> all = Classification.of(index, index.answer(rows.evidence(true)), alone, null);
            assertThat(all).extracting(Classification::isUncertain).containsExactly(false, true, true);
            assertThat(all.get(1).reason())
                    .isEqualTo("the memory says left 100 %, up 0 %: all its classes are far from the image");
            assertThat(all.get(2).reason()).endsWith("it is not sure");
        }
    }
}
