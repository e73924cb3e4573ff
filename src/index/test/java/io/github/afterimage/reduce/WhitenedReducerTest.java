package io.github.afterimage.reduce;

import static io.github.afterimage.Numbers.filled;
import static io.github.afterimage.Refusals.assertIllegalArgument;
import static io.github.afterimage.Refusals.assertIllegalState;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WhitenedReducerTest extends ReducerRows {
    /** Unit rows around a mean for each class, with another spread along each axis. */
    private static float[] rows(long seed, int[] labels, int dim) {
        Random random = new Random(seed);
        float[] rows = new float[labels.length * dim];
        for (int row = 0; row < labels.length; row++) {
            Random ofClass = new Random(31 * seed + labels[row]);
            for (int i = 0; i < dim; i++) {
                rows[row * dim + i] =
                        (float) (1 + 0.5 * ofClass.nextGaussian() + random.nextGaussian() * (i % 3 + 0.2) / (1 + i));
            }
        }
        return ExactEigen.unit(rows, labels.length, dim);
    }

    private static int[] labels(String how, int count) {
        int[] labels = new int[count];
        for (int i = 0; i < count; i++) {
            labels[i] = switch (how) {
                case "several" -> i % 7;
                case "single" -> i; // one row each
                case "mixed" -> i % 3 == 0 ? 100 + i : i % 5; // many classes of one row
                default -> 0;
            };
        }
        return labels;
    }

    private static LearnedReducer learn(Reduction reduction, float[] rows, int[] labels, int dim, int threads) {
        try (ComponentLearner learner = LearnedReducer.learner(reduction, dim, labels.length)) {
            learner.add(FloatBuffer.wrap(rows), labels);
            return learner.learn(threads);
        }
    }

    /** The equation of {@link Reduction} in double, with the inverse square root of the covariance. */
    private static final class Oracle {
        private final double[][] projection;
        private final double[] mean;
        private final double[][] map;
        private final int dim;

        /** @param projection null for rows of {@code dim} values */
        Oracle(double[][] projection, float[] rows, int[] labels, int dim, double epsilon) {
            this.projection = projection;
            this.dim = dim;
            double[][] all = new double[labels.length][];
            for (int row = 0; row < labels.length; row++) {
                all[row] = projected(rows, row);
            }
            mean = mean(all, labels, -1);
            double[][] covariance = new double[dim][dim];
            int freedom = 0;
            for (int c : Arrays.stream(labels).distinct().toArray()) {
                freedom += add(covariance, all, labels, c);
            }
            if (freedom == 0) {
                freedom = add(covariance, all, new int[labels.length], 0);
            }
            double trace = 0;
            for (int i = 0; i < dim; i++) {
                for (int j = 0; j < dim; j++) {
                    covariance[i][j] /= freedom;
                }
                trace += covariance[i][i];
            }
            ExactEigen eigen = ExactEigen.of(covariance);
            map = new double[dim][dim];
            for (int i = 0; i < dim; i++) {
                for (int j = 0; j < dim; j++) {
                    map[i][j] = eigen.vectors[i][j] / Math.sqrt(eigen.values[i] + epsilon * trace / dim);
                }
            }
        }

        private static double[] mean(double[][] rows, int[] labels, int label) {
            double[] mean = new double[rows[0].length];
            int count = 0;
            for (int row = 0; row < rows.length; row++) {
                if (label < 0 || labels[row] == label) {
                    count++;
                    for (int i = 0; i < mean.length; i++) {
                        mean[i] += rows[row][i];
                    }
                }
            }
            for (int i = 0; i < mean.length; i++) {
                mean[i] /= count;
            }
            return mean;
        }

        /** Adds the scatter of a class; returns its degrees of freedom. */
        private static int add(double[][] covariance, double[][] rows, int[] labels, int label) {
            double[] center = mean(rows, labels, label);
            int count = 0;
            for (int row = 0; row < rows.length; row++) {
                if (labels[row] == label) {
                    count++;
                    for (int i = 0; i < center.length; i++) {
                        for (int j = 0; j < center.length; j++) {
                            covariance[i][j] += (rows[row][i] - center[i]) * (rows[row][j] - center[j]);
                        }
                    }
                }
            }
            return count - 1;
        }

        private double[] projected(float[] rows, int row) {
            int inputDim = projection == null ? dim : projection[0].length;
            double[] values = new double[dim];
            for (int i = 0; i < dim; i++) {
                for (int j = 0; j < inputDim; j++) {
                    double factor = projection == null ? (i == j ? 1 : 0) : projection[i][j];
                    values[i] += factor * rows[row * inputDim + j];
                }
            }
            return projection == null ? values : unit(values);
        }

        static double[] unit(double[] values) {
            double norm =
                    Math.sqrt(Arrays.stream(values).map(value -> value * value).sum());
            return Arrays.stream(values).map(value -> value / norm).toArray();
        }

        /** z. */
        double[] apply(float[] rows, int row) {
            double[] values = projected(rows, row);
            double[] whitened = new double[dim];
            for (int i = 0; i < dim; i++) {
                for (int j = 0; j < dim; j++) {
                    whitened[i] += map[i][j] * (values[j] - mean[j]);
                }
            }
            return unit(whitened);
        }
    }

    private static double[][] matrix(float[] values, int rows) {
        double[][] matrix = new double[rows][values.length / rows];
        for (int i = 0; i < values.length; i++) {
            matrix[i / matrix[0].length][i % matrix[0].length] = values[i];
        }
        return matrix;
    }

    @ParameterizedTest
    @CsvSource({
        "several, 200, 30, 30, 0.1",
        "several, 200, 30, 30, 3",
        "several, 900, 40, 12, 1",
        "mixed, 150, 20, 20, 0.3",
        "mixed, 150, 50, 9, 0.3",
        "single, 90, 20, 20, 1",
        "single, 90, 20, 6, 1",
        "none, 90, 20, 20, 1",
        "none, 90, 20, 2, 1",
        "several, 12, 40, 40, 0.3", // fewer rows than dimensions
        "single, 2, 5, 5, 1",
    })
    void innerProductsAreThoseOfTheEquation(String how, int count, int inputDim, int dim, double epsilon) {
        long seed = 17;
        System.out.println("seed " + seed);
        int[] labels = labels(how, count);
        float[] rows = rows(seed, labels, inputDim);
        Reduction reduction = Reduction.whitened(dim, epsilon);
        try (LearnedReducer reducer = learn(reduction, rows, labels, inputDim, 2)) {
            double[][] projection = dim == inputDim ? null : matrix(reducer.projection(), dim);
            Oracle oracle = new Oracle(projection, rows, labels, dim, epsilon);
            float[] found = reduce(reducer, rows);
            for (int i = 0; i < count; i++) {
                for (int j = 0; j < Math.min(count, 20); j++) {
                    double cosine = dot(found, i, found, j, dim)
                            / Math.sqrt(dot(found, i, found, i, dim) * dot(found, j, found, j, dim));
                    double[] x = oracle.apply(rows, i);
                    double[] y = oracle.apply(rows, j);
                    double expected = 0;
                    for (int k = 0; k < dim; k++) {
                        expected += x[k] * y[k];
                    }
                    assertThat(cosine).as("rows %d and %d", i, j).isCloseTo(expected, within(2e-5));
                }
            }
        }
    }

    @Test
    void theComponentsAreThoseOfPca() {
        int[] labels = labels("several", 300);
        float[] rows = rows(3, labels, 50);
        try (LearnedReducer whitened = learn(Reduction.whitened(8).withSeed(5), rows, labels, 50, 2);
                LearnedReducer plain = learn(Reduction.principalComponents(8).withSeed(5), rows, labels, 50, 2)) {
            assertThat(whitened.projection()).containsExactly(plain.projection());
            assertThat(whitened.energy()).isEqualTo(plain.energy());
            assertThat(plain.whitening()).isEmpty();
            assertThat(plain.offset()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {40, 9})
    void theMapDoesNotDependOnThreadsOrPieces(int dim) {
        int[] labels = labels("mixed", 1300);
        float[] rows = rows(4, labels, 40);
        float[] expected = null;
        for (int threads : new int[] {1, 2, 5}) {
            for (int step : new int[] {1, 64, 1300}) {
                try (ComponentLearner learner = LearnedReducer.learner(Reduction.whitened(dim), 40, 1100)) {
                    for (int row = 0; row < 1300; row += step) {
                        int count = Math.min(step, 1300 - row);
                        learner.add(
                                FloatBuffer.wrap(rows, row * 40, count * 40),
                                Arrays.copyOfRange(labels, row, row + count));
                    }
                    try (LearnedReducer reducer = learner.learn(threads)) {
                        float[] found = reducer.whitening();
                        assertThat(expected == null || Arrays.equals(expected, found))
                                .isTrue();
                        expected = found;
                    }
                }
            }
        }
    }

    /** Class 0 scatters along one axis, class 1 along the other; a label at a wrong place would mix them. */
    @Test
    void labelsStayWithTheirKeysInTheSample() {
        Random random = new Random(6);
        int count = 900;
        int[] labels = new int[count];
        float[] rows = new float[count * 3];
        for (int i = 0; i < count; i++) {
            labels[i] = random.nextInt(2);
            rows[3 * i] = labels[i] == 0 ? 1 : -1;
            rows[3 * i + 1] = (float) (0.01 * random.nextGaussian());
            rows[3 * i + 2] = (float) (0.01 * random.nextGaussian());
        }
        try (ComponentLearner learner = LearnedReducer.learner(Reduction.whitened(3, 1e-3), 3, 50)) {
            for (int first = 0; first < count; first += 45) {
                learner.add(FloatBuffer.wrap(rows, first * 3, 45 * 3), Arrays.copyOfRange(labels, first, first + 45));
            }
            try (LearnedReducer reducer = learner.learn(1)) {
                // Within the classes, hardly anything scatters along the first axis, so that it weighs most.
                float[] map = reducer.whitening();
                assertThat(map[0]).as("seed 6").isGreaterThan(20 * map[4]);
            }
        }
    }

    @Test
    void oneRowAndManyGiveTheSame() {
        for (int dim : new int[] {30, 7}) {
            int[] labels = labels("several", 100);
            float[] rows = rows(8, labels, 30);
            try (LearnedReducer reducer = learn(Reduction.whitened(dim), rows, labels, 30, 2)) {
                float[] together = reduce(reducer, rows);
                for (int row = 0; row < 100; row++) {
                    float[] alone = reduce(reducer, Arrays.copyOfRange(rows, row * 30, row * 30 + 30));
                    assertThat(alone)
                            .containsExactly(Arrays.copyOfRange(together, row * dim, (row + 1) * dim), within(1e-5f));
                }
                for (ByteOrder order : new ByteOrder[] {ByteOrder.nativeOrder(), ByteOrder.BIG_ENDIAN}) {
                    FloatBuffer target = direct(new float[100 * dim], order);
                    reducer.reduce(direct(rows, order), target);
                    float[] found = new float[100 * dim];
                    target.get(found);
                    assertThat(found).containsExactly(together);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {12, 5, 2})
    void gradientsAreThoseOfFiniteDifferences(int dim) {
        int inputDim = 12;
        int[] labels = labels("several", 80);
        float[] rows = rows(10, labels, inputDim);
        try (LearnedReducer reducer = learn(Reduction.whitened(dim, 0.5), rows, labels, inputDim, 1)) {
            double[][] projection = dim == inputDim ? null : matrix(reducer.projection(), dim);
            double[][] map = matrix(reducer.whitening(), dim);
            float[] offset = reducer.offset();
            int count = 6;
            float[] cotangents = random(11, count * dim);
            float[] found = new float[count * inputDim];
            reducer.pullBack(
                    FloatBuffer.wrap(rows, 0, count * inputDim), FloatBuffer.wrap(cotangents), FloatBuffer.wrap(found));
            double step = 1e-6;
            for (int row = 0; row < count; row++) {
                for (int i = 0; i < inputDim; i++) {
                    double[] x = new double[inputDim];
                    for (int j = 0; j < inputDim; j++) {
                        x[j] = rows[row * inputDim + j];
                    }
                    x[i] += step;
                    double above = loss(projection, map, offset, x, cotangents, row);
                    x[i] -= 2 * step;
                    double below = loss(projection, map, offset, x, cotangents, row);
                    double expected = (above - below) / (2 * step);
                    assertThat((double) found[row * inputDim + i])
                            .as("row %d, value %d", row, i)
                            .isCloseTo(expected, within(1e-5 * (1 + Math.abs(expected))));
                }
            }
        }
    }

    /** The inner product of the cotangents with W (r - g), in double. */
    private static double loss(
            double[][] projection, double[][] map, float[] offset, double[] x, float[] cotangents, int row) {
        double[] r = x;
        if (projection != null) {
            double[] projected = new double[projection.length];
            for (int i = 0; i < projected.length; i++) {
                for (int j = 0; j < x.length; j++) {
                    projected[i] += projection[i][j] * x[j];
                }
            }
            r = Oracle.unit(projected);
        }
        double loss = 0;
        for (int i = 0; i < map.length; i++) {
            for (int j = 0; j < map.length; j++) {
                loss += cotangents[row * map.length + i] * map[i][j] * (r[j] - offset[j]);
            }
        }
        return loss;
    }

    @Test
    void aRowThatTheComponentsDoNotSeeHasNoDirection() {
        float[] projection = {1, 0, 0, 0, 1, 0};
        float[] map = {1, 0, 2, 3};
        try (LearnedReducer reducer =
                LearnedReducer.of(Reduction.whitened(2), 3, projection, map, new float[] {0.5f, 0.25f}, 1)) {
            float[] rows = {0, 0, 1, 0.6f, 0, 0.8f};
            assertThat(reduce(reducer, rows)).containsExactly(0, 0, 0.5f, 0.25f);
        }
    }

    @Test
    void classesOfEqualRowsAreWhitenedByTheScatterOfAllRows() {
        float[] rows = {1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0.6f, 0, 0.8f, 0.6f, 0, 0.8f};
        try (LearnedReducer pairs = learn(Reduction.whitened(3), rows, new int[] {0, 0, 1, 1, 2, 2}, 3, 1);
                LearnedReducer all = learn(Reduction.whitened(3), rows, new int[6], 3, 1)) {
            assertThat(pairs.whitening()).containsExactly(all.whitening());
        }
    }

    @Test
    void refusesKeysThatAreAllEqual() {
        float[] same = filled(60 * 8, 3f);
        for (int dim : new int[] {8, 3}) {
            for (String how : new String[] {"none", "several", "single"}) {
                assertIllegalArgument(() -> learn(Reduction.whitened(dim), same, labels(how, 60), 8, 1))
                        .hasMessage("the 60 keys to learn from are equal in all " + dim
                                + " values that would be whitened: learn from keys that differ");
            }
        }
    }

    @Test
    void refusesWhatDoesNotFit() {
        Reduction reduction = Reduction.whitened(4);
        assertIllegalArgument(() -> LearnedReducer.learner(reduction, 10, 3))
                .hasMessage("sampleRows 3: reduction \"whiten:4\" needs at least 4 keys to learn from");
        assertIllegalArgument(() -> LearnedReducer.learner(reduction, 4, 1))
                .hasMessage("sampleRows 1: reduction \"whiten:4\" needs at least 2 keys to learn from");
        try (ComponentLearner learner = LearnedReducer.learner(reduction, 4, 10)) {
            assertIllegalArgument(() -> learner.add(FloatBuffer.allocate(8), new int[3]))
                    .hasMessage("3 labels: expected one for each of 2 keys");
            learner.add(FloatBuffer.wrap(random(1, 4)), new int[1]);
            assertIllegalState(() -> learner.learn(1))
                    .hasMessage("reduction \"whiten:4\" needs at least 2 keys to learn from: there are 1");
        }
        float[] map = new float[16];
        float[] offset = new float[4];
        assertIllegalArgument(() -> LearnedReducer.of(reduction, 4, new float[0], new float[15], offset, 1))
                .hasMessage("whitening holds 15 values: expected 16");
        assertIllegalArgument(() -> LearnedReducer.of(reduction, 10, new float[40], map, new float[3], 1))
                .hasMessage("offset holds 3 values: expected 4");
        map[6] = Float.NaN;
        assertIllegalArgument(() -> LearnedReducer.of(reduction, 10, new float[40], map, offset, 1))
                .hasMessage("whitening has NaN at row 1, column 2: every value must be finite");
    }
}
