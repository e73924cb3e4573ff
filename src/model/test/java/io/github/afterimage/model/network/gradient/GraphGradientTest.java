package io.github.afterimage.model.network.gradient;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnxruntime.OrtException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Compares every rule with central differences of the same graph in double precision, on batches of another size than the probe.
 */
class GraphGradientTest {
    private static final long SEED = GradientCases.SEED;
    private static final double STEP = 1e-6;
    private static final int EVERY = 7; // coprime to the lengths of axes, so that every row and column has its turn

    @ParameterizedTest(name = "{0}")
    @MethodSource("io.github.afterimage.model.network.gradient.GradientCases#all")
    void agreesWithDifferencesInDoublePrecision(String name, Differentiated graph) throws OrtException {
        assertAgrees(graph, "y");
    }

    @Test
    void cotangentsMayEnterAtSeveralTensors() throws OrtException {
        Differentiated graph = Differentiated.parse(
                SEED,
                "3,6,6 | weight w 4,3,3,3 | weight v 5,4 | Conv x,w c pads=[1,1,1,1] | Relu c r"
                        + " | MaxPool r p kernel_shape=[2,2] strides=[2,2] | GlobalAveragePool p g | Flatten g f"
                        + " | Gemm f,v y transB=1");
        assertAgrees(graph, "y", "r", "f", "c");
    }

    /** Compares the whole gradient, for a batch of 3; the shapes were found with a batch of 2. */
    private static void assertAgrees(Differentiated graph, String... tensors) throws OrtException {
        Tensor image = graph.image(3);
        Map<String, Tensor> forward = graph.oracle().run("x", image);
        Map<String, Tensor> cotangents = new LinkedHashMap<>();
        Map<String, float[]> floats = new LinkedHashMap<>();
        for (String tensor : tensors) {
            Tensor cotangent = graph.cotangent(forward.get(tensor));
            cotangents.put(tensor, cotangent);
            float[] narrowed = new float[cotangent.values().length];
            for (int i = 0; i < narrowed.length; i++) {
                narrowed[i] = (float) cotangent.values()[i];
            }
            floats.put(tensor, narrowed);
        }
        Map<String, float[]> results = graph.run(image, cotangents);
        for (String tensor : tensors) {
            double[] expected = forward.get(tensor).values();
            assertThat(results.get(tensor)).as("seed %d, %s", SEED, tensor).hasSize(expected.length);
            for (int i = 0; i < expected.length; i++) {
                assertThat((double) results.get(tensor)[i])
                        .as("seed %d, value %d of %s", SEED, i, tensor)
                        .isCloseTo(expected[i], within(1e-5 * (1 + Math.abs(expected[i]))));
            }
        }
        float[] gradient = results.get(GraphGradient.OUTPUT);
        assertThat(gradient).hasSize(image.values().length);
        for (int i = 0; i < gradient.length; i += EVERY) {
            double[] direction = new double[gradient.length];
            direction[i] = 1;
            double expected = graph.oracle().derivative("x", image.values(), image.shape(), direction, STEP, floats);
            assertThat((double) gradient[i])
                    .as("seed %d, gradient %d", SEED, i)
                    .isCloseTo(expected, within(2e-5 * (1 + Math.abs(expected))));
        }
    }

    @Test
    void choosesASlopeWhereThereIsNone() throws OrtException {
        float[] at = {0, 0, 1, 1, 0, 0};
        Differentiated graph = Differentiated.parse(
                SEED,
                "1,1,6 | floats zero 0 | floats one 1 | Relu x relu | LeakyRelu x leaky alpha=0.25"
                        + " | Clip x,zero,one clip | MaxPool x pool kernel_shape=[1,2] strides=[1,2]");
        assertThat(gradient(graph, at, "relu", 6)).containsExactly(0, 0, 1, 1, 0, 0);
        assertThat(gradient(graph, at, "leaky", 6)).containsExactly(0.25f, 0.25f, 1, 1, 0.25f, 0.25f);
        assertThat(gradient(graph, at, "clip", 6)).containsExactly(0, 0, 0, 0, 0, 0);
        assertThat(gradient(graph, at, "pool", 3)).containsExactly(1, 0, 1, 0, 1, 0);
    }

    private static float[] gradient(Differentiated graph, float[] at, String tensor, int values) throws OrtException {
        double[] image = new double[at.length];
        Arrays.setAll(image, i -> at[i]);
        double[] ones = new double[values];
        Arrays.fill(ones, 1);
        return graph.run(
                        new Tensor(image, new int[] {1, 1, 1, at.length}),
                        Map.of(tensor, new Tensor(ones, new int[] {1, 1, 1, values})))
                .get(GraphGradient.OUTPUT);
    }

    @Test
    void namesAnOperatorThatItDoesNotKnow() {
        GraphProto graph = GraphProto.newBuilder()
                .addNode(NodeProto.newBuilder().setOpType("Relu").addInput("x").addOutput("r"))
                .addNode(NodeProto.newBuilder().setOpType("Erf").addInput("r").addOutput("e"))
                .build();
        long[] shape = {2, 3};
        Map<String, long[]> shapes = Map.of("x", shape, "r", shape, "e", shape);
        assertIllegalArgument(() -> GraphGradient.of(graph, 17, "x", List.of("e"), shapes))
                .hasMessageStartingWith(
                        "operator Erf at \"e\" has no rule of differentiation; there are rules for Add,");
        assertThat(GraphGradient.of(graph, 17, "x", List.of("r"), shapes).getNodeCount())
                .as("an operator that the cotangents do not pass is no matter")
                .isPositive();
        assertThatThrownBy(() -> GraphGradient.of(graph, 9, "x", List.of("r"), shapes))
                .hasMessageContaining("opset 9: a gradient needs 11 or later");
    }

    @Test
    void namesTheNodeWithoutARule() {
        Differentiated graph =
                Differentiated.parse(SEED, "3,5,6 | integers p 0,0,1,1,0,0,1,1 | Pad x,p y mode=reflect");
        assertThatThrownBy(() -> GraphGradient.of(
                        graph.proto(), 17, "x", List.of("y"), Map.of("x", new long[4], "y", new long[4])))
                .hasMessage("operator Pad at \"y\": its mode is reflect: expected constant");
    }
}
