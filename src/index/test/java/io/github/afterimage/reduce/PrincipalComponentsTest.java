package io.github.afterimage.reduce;

import static io.github.afterimage.Numbers.filled;
import static io.github.afterimage.Refusals.assertIllegalArgument;
import static io.github.afterimage.Refusals.assertIllegalState;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrincipalComponentsTest extends ReducerRows {
    /** Rows {@code (count, dim)}: random directions k = 1, 2, … with normal weights of standard deviation k^-decay. */
    private static float[] decaying(long seed, int count, int dim, int rank, double decay) {
        float[] directions = random(seed, rank * dim);
        float[] weights = random(seed + 1, count * rank);
        float[] rows = new float[count * dim];
        for (int row = 0; row < count; row++) {
            for (int k = 0; k < rank; k++) {
                float weight = weights[row * rank + k] * (float) Math.pow(k + 1, -decay);
                for (int i = 0; i < dim; i++) {
                    rows[row * dim + i] += weight * directions[k * dim + i];
                }
            }
        }
        return rows;
    }

    private static LearnedReducer learn(float[] rows, int dim, int count) {
        try (ComponentLearner learner =
                LearnedReducer.learner(Reduction.principalComponents(count), dim, rows.length / dim)) {
            learner.add(FloatBuffer.wrap(rows));
            return learner.learn(2);
        }
    }

    private static float[] values(LearnedReducer components) {
        return components.projection();
    }

    private static void assertOrthonormal(float[] rows, int count, int dim) {
        for (int i = 0; i < count; i++) {
            for (int j = 0; j < count; j++) {
                assertThat(dot(rows, i, rows, j, dim)).isCloseTo(i == j ? 1 : 0, within(1e-6));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"200,40,5", "60,90,7", "50,1,1", "33,20,20", "20,30,20"})
    void theyAreTheEigenvectorsOfTheSampleAfterScalingItsRows(int count, int dim, int reduced) {
        long seed = 41;
        System.out.println("seed " + seed);
        float[] rows = decaying(seed, count, dim, Math.min(count, dim), 1);
        ExactEigen exact = ExactEigen.ofUnitRows(rows, count, dim);
        try (LearnedReducer components = learn(rows, dim, reduced)) {
            float[] found = values(components);
            assertOrthonormal(found, reduced, dim);
            for (int i = 0; i < reduced; i++) {
                double cosine = 0;
                for (int j = 0; j < dim; j++) {
                    cosine += found[i * dim + j] * exact.vectors[i][j];
                }
                assertThat(Math.abs(cosine)).as("component " + i).isGreaterThan(1 - 1e-4);
            }
            assertThat(components.energy()).isCloseTo(exact.energy(reduced), within(1e-5));
        }
    }

    @ParameterizedTest
    @CsvSource({"0.5", "0.8", "1.5"})
    void theyKeepNearlyAllThatTheBestWouldKeep(double decay) {
        float[] rows = decaying(51, 400, 260, 260, decay);
        try (LearnedReducer components = learn(rows, 260, 20)) {
            double best = ExactEigen.ofUnitRows(rows, 400, 260).energy(20);
            assertThat(components.energy() / best).isBetween(0.99, 1 + 1e-5);
            // what is reported is what is kept
            float[] unit = ExactEigen.unit(rows, 400, 260);
            float[] reduced = reduce(components, unit);
            double kept = 0;
            for (int row = 0; row < 400; row++) {
                kept += dot(reduced, row, reduced, row, 20) / 400;
            }
            assertThat(components.energy()).isCloseTo(kept, within(1e-5));
        }
    }

    @Test
    void rowsOfLowRankStillGiveOrthonormalComponents() {
        float[] rows = decaying(71, 100, 80, 3, 0);
        try (LearnedReducer components = learn(rows, 80, 40)) {
            assertOrthonormal(values(components), 40, 80);
            assertThat(components.energy()).isCloseTo(1, within(1e-5));
        }
        float[] same = filled(50 * 80, 3f);
        try (LearnedReducer components = learn(same, 80, 4)) {
            float[] found = values(components);
            assertOrthonormal(found, 4, 80);
            assertThat(found[0]).isCloseTo((float) (1 / Math.sqrt(80)), within(1e-6f));
        }
    }

    @Test
    void theyDoNotDependOnThreadsOrPieces() {
        int dim = 1100;
        float[] rows = decaying(81, 700, dim, 50, 0.7);
        Reduction reduction = Reduction.principalComponents(10).withSeed(5);
        float[] expected = null;
        for (int threads : new int[] {1, 2, 5}) {
            for (int step : new int[] {1, 64, 700}) {
                try (ComponentLearner learner = LearnedReducer.learner(reduction, dim, 600)) {
                    for (int row = 0; row < 700; row += step) {
                        learner.add(FloatBuffer.wrap(rows, row * dim, Math.min(step, 700 - row) * dim));
                    }
                    assertThat(learner.rows()).isEqualTo(700);
                    assertThat(learner.sampled()).isEqualTo(600);
                    try (LearnedReducer components = learner.learn(threads)) {
                        float[] found = values(components);
                        assertThat(expected == null || Arrays.equals(expected, found))
                                .isTrue();
                        expected = found;
                    }
                }
            }
        }
    }

    @Test
    void rowsCountAlikeHoweverLongTheyAre() {
        float[] rows = ExactEigen.unit(decaying(91, 50, 30, 30, 0.5), 50, 30);
        float[] scaled = rows.clone();
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] *= Math.scalb(1f, i / 30 % 7 * 10 - 30);
        }
        try (LearnedReducer components = learn(rows, 30, 3);
                LearnedReducer ofScaled = learn(scaled, 30, 3)) {
            assertThat(values(ofScaled)).containsExactly(values(components), within(1e-4f));
        }
    }

    @Test
    void theSampleIsDrawnFromTheWholeStreamAlike() {
        // 40 keys along one axis, then 60 along another; with 21 sampled the second wins in most samples, not in all
        float[] rows = new float[200];
        for (int row = 0; row < 100; row++) {
            rows[2 * row + (row < 40 ? 0 : 1)] = 1;
        }
        double shareOfSecond = 0;
        for (int seed = 0; seed < 400; seed++) {
            Reduction reduction = Reduction.principalComponents(1).withSeed(seed);
            try (ComponentLearner learner = LearnedReducer.learner(reduction, 2, 21)) {
                learner.add(FloatBuffer.wrap(rows));
                try (LearnedReducer components = learner.learn(1)) {
                    boolean second = values(components)[1] > 0.5;
                    shareOfSecond += (second ? components.energy() : 1 - components.energy()) / 400;
                }
            }
        }
        // standard error: sqrt(0.24 / 21 * 79 / 99 / 400) = 0.005
        assertThat(shareOfSecond).as("seeds 0..399").isCloseTo(0.6, within(0.02));
    }

    @Test
    void aKeyThatIsNotGoodRefusesItsWholeCallAndChangesNothing() {
        float[] rows = decaying(95, 60, 12, 12, 0.5);
        Reduction reduction = Reduction.principalComponents(3);
        try (ComponentLearner learner = LearnedReducer.learner(reduction, 12, 50);
                ComponentLearner same = LearnedReducer.learner(reduction, 12, 50)) {
            for (int start : new int[] {0, 30}) { // while the sample fills, and later
                float[] bad = Arrays.copyOfRange(rows, start * 12, (start + 20) * 12);
                bad[19 * 12 + 4] = Float.NaN;
                assertIllegalArgument(() -> learner.add(FloatBuffer.wrap(bad)))
                        .hasMessageContaining("key 19 has NaN at column 4");
                learner.add(FloatBuffer.wrap(rows, start * 12, 30 * 12));
                same.add(FloatBuffer.wrap(rows, start * 12, 30 * 12));
            }
            float[] full = new float[40 * 12];
            assertIllegalArgument(() -> learner.add(FloatBuffer.wrap(full)));
            assertThat(learner.rows()).isEqualTo(60);
            try (LearnedReducer components = learner.learn(1);
                    LearnedReducer expected = same.learn(1)) {
                assertThat(values(components)).containsExactly(values(expected));
            }
        }
    }

    @Test
    void refusesWhatDoesNotFit() {
        Reduction reduction = Reduction.principalComponents(4);
        assertIllegalArgument(() -> LearnedReducer.learner(Reduction.gaussian(4), 10, 10))
                .hasMessage("reduction \"gaussian:4\" is not learned: expected pca:DIM or whiten:DIM");
        assertIllegalArgument(() -> LearnedReducer.learner(reduction, 3, 10))
                .hasMessageContaining("expected a dimension of at most 3");
        assertIllegalArgument(() -> LearnedReducer.learner(reduction, 10, 3))
                .hasMessage("sampleRows 3: reduction \"pca:4\" needs at least 4 keys to learn from");
        float[] none = {};
        assertIllegalArgument(() -> LearnedReducer.of(reduction, 10, new float[41], none, none, 1))
                .hasMessage("projection holds 41 values: expected 40");
        assertIllegalArgument(() -> LearnedReducer.of(reduction, 10, new float[40], none, none, Double.NaN))
                .hasMessage("energy NaN: expected a number in 0..1");
        float[] infinite = new float[40];
        infinite[27] = Float.NEGATIVE_INFINITY;
        assertIllegalArgument(() -> LearnedReducer.of(reduction, 10, infinite, none, none, 1))
                .hasMessage("projection has -Infinity at row 2, column 7: every value must be finite");
        ComponentLearner closed;
        try (ComponentLearner learner = LearnedReducer.learner(reduction, 10, 20)) {
            closed = learner;
            assertIllegalArgument(() -> learner.add(FloatBuffer.allocate(15)))
                    .hasMessage("keys hold 15 values: expected a multiple of inputDim 10");
            learner.add(FloatBuffer.wrap(random(1, 30)));
            assertIllegalState(() -> learner.learn(1))
                    .hasMessage("reduction \"pca:4\" needs at least 4 keys to learn from: there are 3");
            assertIllegalArgument(() -> learner.learn(0));
        }
        assertIllegalState(() -> closed.add(FloatBuffer.wrap(random(1, 30))));
        assertIllegalState(() -> closed.learn(1));
    }

    @Test
    void anInterruptedLearnerStopsAndCanLearnLater() {
        try (ComponentLearner learner = LearnedReducer.learner(Reduction.principalComponents(2), 10, 20)) {
            learner.add(FloatBuffer.wrap(random(1, 100)));
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> learner.learn(2)).isInstanceOf(CancellationException.class);
            assertThat(Thread.interrupted()).isTrue();
            learner.learn(2).close();
        }
    }
}
