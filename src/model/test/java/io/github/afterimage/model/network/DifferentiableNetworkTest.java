package io.github.afterimage.model.network;

import static io.github.afterimage.Refusals.assertIllegalState;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.data.RealData;
import io.github.afterimage.model.network.gradient.DoubleGraph;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DifferentiableNetworkTest {
    private static final long SEED = 7;

    @TempDir
    Path folder;

    private final NetworkSettings settings = NetworkSettings.defaults().withThreads(1);

    /** Computes differences of the whole network in double precision, along random directions. */
    private static void assertAgrees(Path model, List<String> layers, NetworkSettings settings, int count)
            throws IOException {
        try (DifferentiableNetwork network = DifferentiableNetwork.open(model, layers, settings)) {
            Random random = new Random(SEED);
            int size = network.inputSize();
            FloatBuffer inputs = FloatBuffer.allocate(count * size);
            for (int i = 0; i < count; i++) {
                network.input(SmallModel.image(width(network), height(network), SEED + i), inputs);
            }
            float[] activations = gaussians(count * network.dim(), random);
            float[] scores = gaussians(count * network.classes(), random);
            float[] gradients = new float[count * size];
            network.gradient(count, inputs.flip(), activations, scores, FloatBuffer.wrap(gradients));

            ModelFile file = ModelFile.read(model);
            String input = GraphInput.find("test", file.graph).name();
            DoubleGraph oracle = new DoubleGraph(file.graph, (int) file.opset);
            int image = count - 1;
            double[] at = new double[size];
            Arrays.setAll(at, i -> inputs.get(image * size + i));
            Map<String, float[]> cotangents = new HashMap<>();
            int column = image * network.dim();
            for (Layer layer : Network.layers(model, settings)) {
                if (layers.contains(layer.name())) {
                    cotangents.put(
                            layer.name(), Arrays.copyOfRange(activations, column, column + (int) layer.values()));
                    column += (int) layer.values();
                }
            }
            cotangents.put("logits", Arrays.copyOfRange(scores, image * network.classes(), scores.length));
            int[] shape = {1, 3, height(network), width(network)};
            for (int trial = 0; trial < 1; trial++) {
                double[] direction = new double[size];
                double slope = 0;
                double norm = 0;
                for (int i = 0; i < size; i++) {
                    direction[i] = random.nextGaussian();
                    slope += direction[i] * gradients[image * size + i];
                    norm += gradients[image * size + i] * gradients[image * size + i];
                }
                double expected = oracle.derivative(input, at, shape, direction, 1e-7, cotangents);
                assertThat(slope)
                        .as("seed %d, trial %d", SEED, trial)
                        .isCloseTo(expected, within(1e-4 * Math.sqrt(norm)));
            }
        }
    }

    private static int width(DifferentiableNetwork network) {
        return network.inputShape().get(2);
    }

    private static int height(DifferentiableNetwork network) {
        return network.inputShape().get(1);
    }

    private static float[] gaussians(int count, Random random) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    @ParameterizedTest
    @CsvSource({"0, 4, 5", "0, 2, 1", "3, 32, 5", "1, 32, 2"})
    void differentiatesASmallNetworkOfAnyBatch(int modelBatch, int batch, int count) throws IOException {
        Path model = SmallModel.classifier(modelBatch, 4, 6).output("logits").write(folder.resolve("m.onnx"));
        assertAgrees(model, List.of("relu", "flat"), settings.withBatch(batch), count);
    }

    @Test
    void weightsOfLayersScaleActivationsAndTheirGradients() throws IOException {
        Path model = SmallModel.classifier(0, 4, 6).output("logits").write(folder.resolve("m.onnx"));
        try (DifferentiableNetwork plain = DifferentiableNetwork.open(model, List.of("flat"), settings);
                DifferentiableNetwork weighted = DifferentiableNetwork.open(model, List.of("flat*4"), settings)) {
            FloatBuffer inputs = FloatBuffer.allocate(72);
            plain.input(SmallModel.image(6, 4, SEED), inputs);
            inputs.flip();
            float[] once = new float[4];
            float[] fourfold = new float[4];
            plain.run(1, inputs, FloatBuffer.wrap(once), FloatBuffer.allocate(5));
            weighted.run(1, inputs, FloatBuffer.wrap(fourfold), FloatBuffer.allocate(5));
            float[] cotangents = gaussians(4, new Random(SEED));
            float[] gradient = new float[72];
            float[] fourfoldGradient = new float[72];
            plain.gradient(1, inputs, cotangents, null, FloatBuffer.wrap(gradient));
            weighted.gradient(1, inputs, cotangents, null, FloatBuffer.wrap(fourfoldGradient));
            for (int i = 0; i < 4; i++) {
                assertThat(fourfold[i]).isEqualTo(4 * once[i]);
            }
            for (int i = 0; i < 72; i++) {
                assertThat(fourfoldGradient[i]).isEqualTo(4 * gradient[i]);
            }
        }
    }

    @Test
    void logitsMayBeALayerToo() throws IOException {
        Path model = SmallModel.classifier(0, 4, 6).output("logits").write(folder.resolve("m.onnx"));
        try (DifferentiableNetwork network = DifferentiableNetwork.open(model, List.of("logits", "flat"), settings)) {
            FloatBuffer inputs = FloatBuffer.allocate(72);
            network.input(SmallModel.image(6, 4, SEED), inputs);
            float[] scores = gaussians(5, new Random(SEED));
            float[] once = new float[72];
            float[] twice = new float[72];
            network.gradient(1, inputs.flip(), null, scores, FloatBuffer.wrap(once));
            float[] activations = Arrays.copyOf(scores, 9);
            network.gradient(1, inputs, activations, scores, FloatBuffer.wrap(twice));
            for (int i = 0; i < 72; i++) {
                assertThat(twice[i]).isCloseTo(2 * once[i], within(1e-6f));
            }
            FloatBuffer values = FloatBuffer.allocate(9);
            FloatBuffer logits = FloatBuffer.allocate(5);
            network.run(1, inputs, values, logits);
            assertThat(Arrays.copyOf(values.array(), 5)).containsExactly(logits.array());
        }
    }

    @Test
    void aSoftmaxIsLookedThrough() throws IOException {
        Path model = SmallModel.classifier(0, 4, 6)
                .node("Softmax", List.of("logits"), "probabilities")
                .output("probabilities")
                .write(folder.resolve("m.onnx"));
        assertAgrees(model, List.of("relu"), settings, 3);
    }

    @Test
    void namesTheOperatorWithoutADerivative() throws IOException {
        Path model = SmallModel.classifier(0, 4, 6)
                .node("Erf", List.of("logits"), "erf")
                .output("erf")
                .write(folder.resolve("m.onnx"));
        assertThatThrownBy(() -> DifferentiableNetwork.open(model, List.of(), settings))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("m.onnx cannot be differentiated: operator Erf at \"erf\"");
    }

    @Test
    void refusesWrongLengthsAndCallsAfterClosing() throws IOException {
        Path model = SmallModel.classifier(0, 4, 6).output("logits").write(folder.resolve("m.onnx"));
        DifferentiableNetwork network = DifferentiableNetwork.open(model, List.of("flat"), settings);
        FloatBuffer inputs = FloatBuffer.allocate(72);
        FloatBuffer gradients = FloatBuffer.allocate(72);
        assertThatThrownBy(() -> network.gradient(2, inputs, null, new float[10], gradients))
                .hasMessage("inputs hold 72 values: expected 144");
        assertThatThrownBy(() -> network.gradient(1, inputs, new float[3], null, gradients))
                .hasMessage("activation cotangents hold 3 values: expected 4");
        network.close();
        network.close();
        assertIllegalState(() -> network.gradient(1, inputs, null, new float[5], gradients));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "cifar10_resnet20|activation_14,activation_16,activation_18|",
                "cifar10_resnet20_torch|stage3_block1,gap|mean=0.485:0.456:0.406,std=0.229:0.224:0.225",
                "cifar10_resnet56_torch|stage2_block1,stage3_block9|mean=0.485:0.456:0.406,std=0.229:0.224:0.225",
                "squeezenet_v1_0|fire9_concat|crop=75,order=bgr,scale=255,mean=104:117:123,std=1"
            })
    void publishedNetworksAgreeWithDifferencesInDoublePrecision(String name, String layers, String preprocessing)
            throws IOException {
        NetworkSettings chosen = NetworkSettings.defaults()
                .withPreprocessing(Preprocessing.parse(preprocessing == null ? "" : preprocessing));
        assertAgrees(RealData.require("models/" + name + ".onnx"), List.of(layers.split(",")), chosen, 2);
    }

    @Test
    void anImagesGradientDoesNotDependOnItsBatch() throws IOException {
        Path model = RealData.require("models/cifar10_resnet20.onnx");
        try (DifferentiableNetwork network = DifferentiableNetwork.open(model, List.of("activation_18"), settings)) {
            Image image = SmallModel.image(32, 32, SEED);
            FloatBuffer inputs = FloatBuffer.allocate(3 * network.inputSize());
            for (Image each : List.of(image.mirrored(), image, image.mirrored())) {
                network.input(each, inputs);
            }
            float[] scores = new float[30];
            scores[3] = scores[13] = scores[23] = 1;
            float[] gradients = new float[3 * network.inputSize()];
            network.gradient(3, inputs.flip(), null, scores, FloatBuffer.wrap(gradients));
            float[] alone = new float[network.inputSize()];
            network.gradient(
                    1,
                    inputs.slice(network.inputSize(), network.inputSize()),
                    null,
                    Arrays.copyOf(scores, 10),
                    FloatBuffer.wrap(alone));
            double norm = 0;
            for (float value : alone) {
                norm += value * value;
            }
            for (int i = 0; i < alone.length; i++) {
                assertThat(gradients[network.inputSize() + i])
                        .isCloseTo(alone[i], within((float) (1e-4 * Math.sqrt(norm))));
            }
        }
    }
}
