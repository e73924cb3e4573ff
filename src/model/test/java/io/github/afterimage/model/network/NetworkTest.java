package io.github.afterimage.model.network;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.TensorProto;
import io.github.afterimage.model.data.Image;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkTest {
    private static final float TOLERANCE = 1e-5f;

    @TempDir
    Path folder;

    private final NetworkSettings settings = NetworkSettings.defaults().withThreads(1);

    private static List<Image> images(int count, int width, int height) {
        List<Image> images = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            images.add(SmallModel.image(width, height, 100 + i));
        }
        return images;
    }

    /** Runs the images with layers relu and flat and compares everything with the model's own arithmetic. */
    private static void assertAnswersLike(SmallModel model, Network network, List<Image> images) {
        int plane = images.get(0).width() * images.get(0).height();
        int dim = 4 * plane + 4;
        assertThat(network.dim()).isEqualTo(dim);
        assertThat(network.classes()).isEqualTo(5);
        FloatBuffer activations = FloatBuffer.allocate(images.size() * dim);
        FloatBuffer probabilities = FloatBuffer.allocate(images.size() * 5);
        network.run(images, activations, probabilities);
        assertThat(activations.hasRemaining()).isFalse();
        assertThat(probabilities.hasRemaining()).isFalse();
        for (int i = 0; i < images.size(); i++) {
            double[] relu = model.relu(images.get(i).values());
            double[] flat = model.flat(images.get(i).values());
            for (int j = 0; j < dim; j++) {
                double expected = j < relu.length ? relu[j] : flat[j - relu.length];
                assertThat(activations.get(i * dim + j))
                        .as("image %d value %d", i, j)
                        .isCloseTo((float) expected, within(TOLERANCE));
            }
            double[] expected = model.probabilities(images.get(i).values());
            for (int c = 0; c < 5; c++) {
                assertThat(probabilities.get(i * 5 + c)).isCloseTo((float) expected[c], within(TOLERANCE));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "0, 7", "0, 64", "1, 64", "3, 64"})
    void givesLayersInTheOrderNamedAndProbabilitiesForAnyBatch(int modelBatch, int batch) throws IOException {
        SmallModel model = SmallModel.classifier(modelBatch, 4, 6).output("logits");
        Path file = model.write(folder.resolve("m.onnx"));
        try (Network network = Network.open(file, List.of("relu", "flat"), settings.withBatch(batch))) {
            assertThat(network.inputShape()).containsExactly(3, 4, 6).isEqualTo(Network.declaredShape(file));
            assertThat(network.layerTerms()).containsExactly("relu", "flat");
            assertThat(network.layers().get(0)).isEqualTo(new Layer("relu", "Relu", List.of(4, 4, 6), 96));
            for (int count : new int[] {1, 2, 3, 8, 15}) {
                assertAnswersLike(model, network, images(count, 6, 4));
            }
        }
    }

    @Test
    void theOrderNamedDecidesNotThatOfTheGraph() throws IOException {
        SmallModel model = SmallModel.classifier(0, 2, 2).output("logits");
        Path file = model.write(folder.resolve("m.onnx"));
        Image image = SmallModel.image(2, 2, 9);
        try (Network network = Network.open(file, List.of("logits", "conv", "pooled"), settings)) {
            FloatBuffer activations = FloatBuffer.allocate(25);
            network.run(List.of(image), activations, null);
            assertThat(activations.get(4)).isCloseTo((float) model.logits(image.values())[4], within(TOLERANCE));
            assertThat(activations.get(24)).isCloseTo((float) model.flat(image.values())[3], within(TOLERANCE));
        }
    }

    @Test
    void multipliesEachLayerByItsWeight() throws IOException {
        SmallModel model = SmallModel.classifier(0, 2, 2).output("logits");
        Path file = model.write(folder.resolve("m.onnx"));
        Image image = SmallModel.image(2, 2, 9);
        try (Network plain = Network.open(file, List.of("flat", "relu"), settings);
                Network weighted = Network.open(file, List.of("flat*0.5", "relu*1.4"), settings)) {
            assertThat(weighted.layerTerms()).containsExactly("flat*0.5", "relu*1.4");
            assertThat(weighted.layers()).isEqualTo(plain.layers());
            float[] values = new float[20];
            float[] multiplied = new float[20];
            plain.run(List.of(image), FloatBuffer.wrap(values), null);
            weighted.run(List.of(image), FloatBuffer.wrap(multiplied), null);
            for (int i = 0; i < values.length; i++) {
                assertThat(multiplied[i]).as("value %d", i).isEqualTo(values[i] * (i < 4 ? 0.5f : 1.4f));
            }
        }
        assertIllegalArgument(() -> Network.open(file, List.of("flat*none"), settings))
                .hasMessageContaining("flat*none");
    }

    @Test
    void takesChannelsLast() throws IOException {
        SmallModel model = SmallModel.channelsLast(0, 4, 6).output("logits");
        try (Network network = Network.open(model.write(folder.resolve("m.onnx")), List.of("relu", "flat"), settings)) {
            assertThat(network.inputShape()).containsExactly(4, 6, 3);
            assertAnswersLike(model, network, images(5, 6, 4));
        }
    }

    @Test
    void theCropGivesTheSizeThatTheModelLeavesOpen() throws IOException {
        SmallModel model = SmallModel.classifier(0, 0, 0).output("logits");
        Path file = model.write(folder.resolve("m.onnx"));
        assertIllegalArgument(() -> Network.open(file, List.of(), settings))
                .hasMessageContaining("\"image\" (?, 3, ?, ?)")
                .hasMessageContaining("such as crop=224");
        NetworkSettings sized = settings.withPreprocessing(Preprocessing.parse("crop=6x4"));
        try (Network network = Network.open(file, List.of("relu", "flat"), sized)) {
            assertAnswersLike(model, network, images(3, 6, 4));
            FloatBuffer input = FloatBuffer.allocate(72);
            network.input(SmallModel.image(8, 6, 1), input);
            assertThat(input.get(0)).isEqualTo(SmallModel.image(8, 6, 1).value(0, 1, 1));
        }
    }

    @ParameterizedTest
    @CsvSource({"Softmax, probabilities", "LogSoftmax, logarithms"})
    void prefersASoftmaxToOtherOutputs(String operator, String name) throws IOException {
        SmallModel model = SmallModel.classifier(0, 4, 6)
                .node(operator, List.of("logits"), "inner")
                .node("Identity", List.of("inner"), name)
                .output("flat")
                .output("logits")
                .output(name);
        try (Network network = Network.open(model.write(folder.resolve("m.onnx")), List.of("relu", "flat"), settings)) {
            assertThat(network.outputName()).isEqualTo(name);
            assertAnswersLike(model, network, images(4, 6, 4));
        }
    }

    @Test
    void asksForTheOutputWhereSeveralWouldDo() throws IOException {
        SmallModel model =
                SmallModel.classifier(0, 4, 6).output("flat").output("logits").output("relu");
        Path file = model.write(folder.resolve("m.onnx"));
        assertThatThrownBy(() -> Network.open(file, List.of(), settings))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("several outputs that can be class scores [flat, logits]")
                .hasMessageEndingWith("the setting output");
        try (Network network = Network.open(file, List.of("relu", "flat"), settings.withOutput("logits"))) {
            assertAnswersLike(model, network, images(2, 6, 4));
        }
        assertIllegalArgument(() -> Network.open(file, List.of(), settings.withOutput("relu")))
                .hasMessageContaining("does not hold class scores");
        assertIllegalArgument(() -> Network.open(file, List.of(), settings.withOutput("logit")))
                .hasMessageContaining("nearest of its 5 tensors are logits");
    }

    @Test
    void takesScoresOfShapeClassesByOneByOneAndRefusesOthers() throws IOException {
        SmallModel model = SmallModel.classifier(0, 4, 6)
                .shape("shape", 0, 5, 1, 1)
                .node("Reshape", List.of("logits", "shape"), "square")
                .output("square");
        try (Network network = Network.open(model.write(folder.resolve("m.onnx")), List.of("relu", "flat"), settings)) {
            assertAnswersLike(model, network, images(2, 6, 4));
        }
        Path none = SmallModel.classifier(0, 4, 6).output("relu").write(folder.resolve("none.onnx"));
        assertThatThrownBy(() -> Network.open(none, List.of(), settings))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("no output of shape (batch, classes), with two classes or more: name");
        Path sigmoid = SmallModel.classifier(0, 4, 6)
                .node("Sigmoid", List.of("logits"), "yes")
                .output("yes")
                .write(folder.resolve("sigmoid.onnx"));
        assertThatThrownBy(() -> Network.open(sigmoid, List.of(), settings))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("made by Sigmoid");
    }

    @Test
    void namesTheNearestLayers() throws IOException {
        Path file = SmallModel.classifier(0, 4, 6).output("logits").write(folder.resolve("m.onnx"));
        assertIllegalArgument(() -> Network.open(file, List.of("relu1"), settings))
                .hasMessage(
                        "layer \"relu1\" is not in " + file + ": the nearest of its 5 tensors are relu, flat, conv");
        assertIllegalArgument(() -> Network.open(file, List.of("relu", "relu"), settings))
                .hasMessageContaining("expected each layer once");
    }

    @Test
    void listsExactlyTheTensorsThatCanBeKeys() throws IOException {
        SmallModel model = SmallModel.classifier(0, 4, 6)
                .node("Shape", List.of("relu"), "numbers") // not float32
                .node("ReduceSum", List.of("relu"), "scalar") // (1, 1, 1, 1) whatever the batch
                .output("logits");
        Path file = model.write(folder.resolve("m.onnx"));
        assertThat(Network.layers(file, settings))
                .containsExactly(
                        new Layer("conv", "Conv", List.of(4, 4, 6), 96),
                        new Layer("relu", "Relu", List.of(4, 4, 6), 96),
                        new Layer("pooled", "GlobalAveragePool", List.of(4, 1, 1), 4),
                        new Layer("flat", "Flatten", List.of(4), 4),
                        new Layer("logits", "Gemm", List.of(5), 5));
        for (String layer : List.of("numbers", "scalar")) {
            assertIllegalArgument(() -> Network.open(file, List.of(layer), settings))
                    .hasMessageContaining("layer \"" + layer + "\"")
                    .hasMessageContaining("expected float32 with the batch first");
        }
    }

    @Test
    void heapDirectAndPreprocessedInputsGiveTheSame() throws IOException {
        SmallModel model = SmallModel.classifier(0, 4, 6).output("logits");
        NetworkSettings prepared =
                settings.withBatch(4).withPreprocessing(Preprocessing.parse("order=bgr,scale=2,mean=1"));
        List<Image> images = images(10, 6, 4);
        try (Network network = Network.open(model.write(folder.resolve("m.onnx")), List.of("flat"), prepared)) {
            float[] expected = new float[40];
            network.run(images, FloatBuffer.wrap(expected), null);

            FloatBuffer inputs = ByteBuffer.allocateDirect(4 * (5 + 720))
                    .order(ByteOrder.nativeOrder())
                    .asFloatBuffer();
            inputs.position(5);
            for (Image image : images) {
                network.input(image, inputs);
            }
            assertThat(inputs.hasRemaining()).isFalse();
            inputs.position(5);
            for (ByteOrder order : new ByteOrder[] {ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN}) {
                FloatBuffer direct =
                        ByteBuffer.allocateDirect(4 * 43).order(order).asFloatBuffer();
                direct.position(3);
                network.run(10, inputs, direct, FloatBuffer.allocate(50));
                assertThat(inputs.position()).isEqualTo(5);
                for (int i = 0; i < 40; i++) {
                    assertThat(direct.get(3 + i)).isEqualTo(expected[i]);
                }
            }
            network.run(SmallModel.set(10, images::get), 0, 10, null, null);
            network.run(0, inputs, FloatBuffer.allocate(0), FloatBuffer.allocate(0));
        }
    }

    @Test
    void aNetworkThatGivesNaNForEveryImageIsBlamedItself() throws IOException {
        Path file = SmallModel.empty()
                .input("image", TensorProto.DataType.FLOAT, 0, 3, 2, 2)
                .initializer("damaged", new float[] {Float.NaN}, 1)
                .node("GlobalAveragePool", List.of("image"), "pooled")
                .node("Flatten", List.of("pooled"), "flat")
                .node("Add", List.of("flat", "damaged"), "logits")
                .output("logits")
                .write(folder.resolve("damaged.onnx"));
        try (Network network = Network.open(file, List.of())) {
            assertThatThrownBy(() -> network.run(List.of(SmallModel.image(2, 2, 1)), null, FloatBuffer.allocate(3)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage(
                            file + " gives NaN for a grey image too: its weights are damaged, or it divides by zero;"
                                    + " export it again");
        }
    }

    @Test
    void namesTheImageThatDoesNotFitOrGivesNaN() throws IOException {
        SmallModel model = SmallModel.classifier(0, 4, 6).output("logits");
        try (Network network =
                Network.open(model.write(folder.resolve("m.onnx")), List.of("flat"), settings.withBatch(2))) {
            List<Image> images = images(5, 6, 4);
            images.set(3, SmallModel.image(7, 4, 1));
            FloatBuffer activations = FloatBuffer.allocate(30);
            FloatBuffer probabilities = FloatBuffer.allocate(30);
            assertIllegalArgument(() -> network.run(images, activations, probabilities))
                    .hasMessageStartingWith("image 3: an image of 7x4")
                    .hasMessageContaining("does not fit the network's 6x4");
            assertThat(activations.position() + probabilities.position()).isZero();

            FloatBuffer inputs = FloatBuffer.allocate(72 * 4);
            inputs.put(72 * 3 + 5, Float.NaN);
            assertIllegalArgument(() -> network.run(4, inputs, activations, null))
                    .hasMessageStartingWith("layer \"flat\" for image 3 is NaN at value 0");
            assertIllegalArgument(() -> network.run(4, inputs, null, null))
                    .hasMessageStartingWith("output \"logits\" for image 3 is NaN at class 0");
            assertIllegalArgument(() -> network.run(5, inputs, null, null))
                    .hasMessageContaining("5 inputs of 72 values: 288");
            assertIllegalArgument(() -> network.run(4, inputs, FloatBuffer.allocate(15), null))
                    .hasMessageContaining("the target has 15");
            FloatBuffer fresh = FloatBuffer.allocate(4);
            network.run(1, inputs, fresh, null); // a failure leaves nothing behind
            assertThat(fresh.position()).isEqualTo(4);
        }
    }

    @Test
    void softmaxOfHugeLogitsStaysFinite() throws IOException {
        SmallModel model = SmallModel.classifier(0, 4, 6)
                .initializer("factor", new float[] {1e4f}, 1)
                .node("Mul", List.of("logits", "factor"), "huge")
                .output("huge");
        try (Network network = Network.open(model.write(folder.resolve("m.onnx")), List.of(), settings)) {
            float[] probabilities = new float[50];
            network.run(images(10, 6, 4), null, FloatBuffer.wrap(probabilities));
            for (int i = 0; i < 10; i++) {
                double sum = 0;
                for (int c = 0; c < 5; c++) {
                    sum += probabilities[i * 5 + c];
                }
                assertThat(sum).isCloseTo(1, within(1e-6));
            }
            assertThat(network.dim()).isZero();
        }
    }

    @Test
    void readsWeightsThatLieInAnotherFile() throws Exception {
        SmallModel model = SmallModel.classifier(0, 4, 6).output("logits").externalWeights(folder, "weights.bin");
        Path file = model.write(folder.resolve("m.onnx"));
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        digest.update(Files.readAllBytes(file));
        digest.update(Files.readAllBytes(folder.resolve("weights.bin")));
        try (Network network = Network.open(file, List.of("relu", "flat"), settings)) {
            assertAnswersLike(model, network, images(2, 6, 4));
            assertThat(network.sha256()).isEqualTo(HexFormat.of().formatHex(digest.digest()));
        }
        Files.delete(folder.resolve("weights.bin"));
        assertThatThrownBy(() -> Network.open(file, List.of(), settings))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("weights.bin: weight \"weights\" of m.onnx is stored in this file");
        Path outside = SmallModel.classifier(0, 4, 6)
                .output("logits")
                .externalWeights(Files.createDirectory(folder.resolve("sub")), "../weights.bin")
                .write(folder.resolve("sub/m.onnx"));
        assertThatThrownBy(() -> Network.open(outside, List.of(), settings))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("expected a file in the model's folder");
    }

    @Test
    void refusesWeightsThatALinkLeadsOutOfTheModelsFolder() throws IOException {
        Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
        Path file = SmallModel.classifier(0, 4, 6)
                .output("logits")
                .externalWeights(elsewhere, "weights.bin")
                .write(Files.createDirectory(folder.resolve("model")).resolve("m.onnx"));
        Files.createSymbolicLink(file.resolveSibling("weights.bin"), elsewhere.resolve("weights.bin"));
        assertThatThrownBy(() -> Network.open(file, List.of(), settings))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("escapes model directory");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 100, 370})
    void refusesAModelThatIsCutOff(int length) throws IOException {
        byte[] bytes = Files.readAllBytes(
                SmallModel.classifier(0, 4, 6).output("logits").write(folder.resolve("m.onnx")));
        assertThat(bytes.length).isGreaterThan(370);
        Path cut = Files.write(folder.resolve("cut.onnx"), Arrays.copyOf(bytes, length));
        assertThatThrownBy(() -> Network.open(cut, List.of(), settings))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("cut.onnx is not an ONNX file");
    }
}
