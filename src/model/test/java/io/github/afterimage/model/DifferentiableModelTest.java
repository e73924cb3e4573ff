package io.github.afterimage.model;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static io.github.afterimage.Refusals.assertIllegalState;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.ModelProto;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.Oracle;
import io.github.afterimage.answer.AnswerRule;
import io.github.afterimage.answer.Mixture;
import io.github.afterimage.answer.Pool;
import io.github.afterimage.model.network.DifferentiableNetwork;
import io.github.afterimage.model.network.NetworkSettings;
import io.github.afterimage.model.network.gradient.DoubleGraph;
import io.github.afterimage.reduce.Reducer;
import io.github.afterimage.reduce.Reduction;
import java.io.IOException;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Compares gradients of the whole model with differences in double precision, on the network of this repository. */
class DifferentiableModelTest {
    private static final Path MODEL = Path.of("models/cifar10_resnet.onnx");
    private static final List<String> LAYERS = List.of("stage3_block2", "gap");
    private static final long SEED = 11;
    private static final int KEYS = 60;
    private static final double THETA = 20;
    /** Answers of the network in double precision by image; computed once, because all cases ask for the same three. */
    private static final Map<DoubleBuffer, List<double[]>> VALUES = new HashMap<>();

    private static DifferentiableNetwork network() throws IOException {
        return DifferentiableNetwork.open(MODEL, LAYERS, NetworkSettings.defaults());
    }

    private static float[] images(int count, long seed) {
        Random random = new Random(seed);
        float[] images = new float[count * 3072];
        for (int i = 0; i < images.length; i++) {
            images[i] = random.nextFloat();
        }
        return images;
    }

    @ParameterizedTest
    @CsvSource({"0, ", "0.4, ", "1, hadamard:50:seed=3", "-1, ", "-1, gaussian:50" // -1: the pool
    })
    void aProbabilitysGradientIsItsSlope(double lambda, String reduction) throws IOException {
        try (DifferentiableNetwork network = network()) {
            FloatBuffer features = FloatBuffer.allocate(KEYS * network.dim());
            network.run(KEYS, FloatBuffer.wrap(images(KEYS, SEED)), features, FloatBuffer.allocate(KEYS * 10));
            int[] labels = new Random(SEED).ints(KEYS, 0, 10).toArray();
            CacheIndexBuilder builder = new CacheIndexBuilder(network.dim(), 10);
            if (reduction != null) {
                builder.reduce(Reduction.parse(reduction));
            }
            try (CacheIndex index = builder.build()) {
                index.add(KeyBatch.of(features.flip(), labels));
                Oracle oracle = new Oracle(
                        reduced(features.array(), network.dim(), reduction),
                        labels,
                        index.format().keyDim(),
                        10);
                AnswerRule chosen = lambda < 0 ? new Pool(THETA, 0.6, 0.7, 2) : new Mixture(THETA, lambda);
                DifferentiableModel model = new DifferentiableModel(network, index, chosen);
                float[] inputs = images(2, SEED + 1);
                DifferentiableModel.Answer answer = model.answer(FloatBuffer.wrap(inputs));
                int label = 7;
                double[] cotangents = new double[20];
                cotangents[10 + label] = 1;
                float[] gradients = answer.gradient(cotangents);
                assertThat(Arrays.copyOf(gradients, 3072)).containsOnly(0);
                Random random = new Random(SEED + label);
                double[] direction = random.doubles(3072, -1, 1).toArray();
                double slope = 0;
                double norm = 0;
                for (int i = 0; i < 3072; i++) {
                    slope += direction[i] * gradients[3072 + i];
                    norm += gradients[3072 + i] * gradients[3072 + i];
                }
                double step = 1e-6;
                double expected = (probability(oracle, chosen, reduction, moved(inputs, direction, step), label)
                                - probability(oracle, chosen, reduction, moved(inputs, direction, -step), label))
                        / (2 * step);
                assertThat(slope)
                        .as("seed %d, label %d", SEED, label)
                        .isCloseTo(expected, within(1e-4 * Math.sqrt(norm)));
                assertThat(answer.probability(1, label))
                        .isCloseTo(
                                probability(oracle, chosen, reduction, moved(inputs, direction, 0), label),
                                within(1e-5));
            }
        }
    }

    /** Returns second input + step direction. */
    private static double[] moved(float[] inputs, double[] direction, double step) {
        double[] image = new double[3072];
        Arrays.setAll(image, i -> inputs[3072 + i] + step * direction[i]);
        return image;
    }

    /** Computes p(label | image) in double precision. */
    private static double probability(Oracle oracle, AnswerRule chosen, String reduction, double[] image, int label)
            throws IOException {
        List<double[]> values = VALUES.get(DoubleBuffer.wrap(image));
        if (values == null) {
            DoubleGraph graph = new DoubleGraph(
                    ModelProto.parseFrom(Files.readAllBytes(MODEL)).getGraph(), 17);
            int[] shape = {1, 3, 32, 32};
            values = graph.values(List.of(LAYERS.get(0), LAYERS.get(1), "probabilities"), "image", image, shape);
            VALUES.put(DoubleBuffer.wrap(image), values);
        }
        double[] first = values.get(0);
        double[] second = values.get(1);
        double[] features = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, features, first.length, second.length);
        double[] ofNetwork = values.get(2);
        double[] query = unit(reduced(unit(features), reduction));
        if (chosen instanceof Mixture mixture) {
            double ofMemory = oracle.probabilities(query, mixture.theta())[label];
            return (1 - mixture.lambda()) * ofNetwork[label] + mixture.lambda() * ofMemory;
        }
        Pool pool = (Pool) chosen;
        double[] evidence = oracle.logEvidence(query, pool.theta());
        double[] directions = oracle.directions(query);
        double[] p = new double[ofNetwork.length];
        for (int c = 0; c < p.length; c++) {
            p[c] = Math.exp(pool.network() * Math.log(ofNetwork[c])
                    + pool.memory() * evidence[c]
                    + pool.direction() * directions[c]);
        }
        return p[label] / Arrays.stream(p).sum();
    }

    private static double[] unit(double[] row) {
        double norm = Math.sqrt(Arrays.stream(row).map(value -> value * value).sum());
        return Arrays.stream(row).map(value -> value / norm).toArray();
    }

    private static float[] reduced(float[] rows, int dim, String reduction) {
        if (reduction == null) {
            return rows;
        }
        double[][] unit = Oracle.unit(rows, dim);
        float[][] reduced = new float[unit.length][];
        for (int i = 0; i < unit.length; i++) {
            double[] row = reduced(unit[i], reduction);
            reduced[i] = new float[row.length];
            for (int j = 0; j < row.length; j++) {
                reduced[i][j] = (float) row[j];
            }
        }
        float[] all = new float[unit.length * reduced[0].length];
        for (int i = 0; i < unit.length; i++) {
            System.arraycopy(reduced[i], 0, all, i * reduced[0].length, reduced[0].length);
        }
        return all;
    }

    private static double[][] matrix; // (input, output) of the reduction below
    private static String matrixOf;

    /** Multiplies by a reduction's matrix in double precision; the matrix is the reduction of the unit vectors. */
    private static double[] reduced(double[] row, String reduction) {
        if (reduction == null) {
            return row;
        }
        if (!reduction.equals(matrixOf)) {
            try (Reducer reducer = Reduction.parse(reduction).reducer(row.length, 1)) {
                matrix = new double[row.length][reducer.outputDim()];
                float[] column = new float[reducer.outputDim()];
                for (int i = 0; i < row.length; i++) {
                    float[] one = new float[row.length];
                    one[i] = 1;
                    reducer.reduce(FloatBuffer.wrap(one), FloatBuffer.wrap(column));
                    for (int j = 0; j < column.length; j++) {
                        matrix[i][j] = column[j];
                    }
                }
            }
            matrixOf = reduction;
        }
        double[] result = new double[matrix[0].length];
        for (int i = 0; i < row.length; i++) {
            for (int j = 0; j < result.length; j++) {
                result[j] += row[i] * matrix[i][j];
            }
        }
        return result;
    }

    @ParameterizedTest
    @CsvSource({"0", "0.3", "1"})
    void anAnswerWithAnotherLambdaIsThatOfTheOtherModel(double lambda) throws IOException {
        try (DifferentiableNetwork network = network();
                CacheIndex index = new CacheIndexBuilder(network.dim(), 10).build()) {
            FloatBuffer features = FloatBuffer.allocate(KEYS * network.dim());
            network.run(KEYS, FloatBuffer.wrap(images(KEYS, SEED)), features, FloatBuffer.allocate(KEYS * 10));
            index.add(KeyBatch.of(
                    features.flip(), new Random(SEED).ints(KEYS, 0, 10).toArray()));
            DifferentiableModel model = new DifferentiableModel(network, index, new Mixture(THETA, 0.6));
            Mixture other = new Mixture(2 * THETA, lambda);
            FloatBuffer inputs = FloatBuffer.wrap(images(2, SEED + 1));
            DifferentiableModel.Answer derived = model.answer(inputs).withRule(other);
            DifferentiableModel.Answer asked = model.withRule(other).answer(inputs);
            double[] cotangents = new Random(SEED).doubles(20, -1, 1).toArray();
            assertThat(derived.probability(1, 4)).isCloseTo(asked.probability(1, 4), within(1e-6));
            float[] expected = asked.gradient(cotangents);
            float[] gradient = derived.gradient(cotangents);
            for (int i = 0; i < gradient.length; i++) {
                assertThat(gradient[i]).as("seed %d, value %d", SEED, i).isCloseTo(expected[i], within(1e-6f));
            }
            if (lambda == 0) {
                assertIllegalState(() -> asked.withRule(model.rule()))
                        .hasMessageContaining("lambda 0: expected a rule with weight for the memory");
            }
        }
    }

    @Test
    void refusesAnIndexOfOtherKeys() throws IOException {
        try (DifferentiableNetwork network = network();
                CacheIndex index = new CacheIndexBuilder(12, 10).build()) {
            assertIllegalArgument(() -> new DifferentiableModel(network, index, new Mixture(1, 0.5)))
                    .hasMessageContaining("expected the index's 12 and 10");
        }
    }
}
