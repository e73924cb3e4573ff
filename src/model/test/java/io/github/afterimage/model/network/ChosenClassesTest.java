package io.github.afterimage.model.network;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.network.gradient.DoubleGraph;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Networks of which some classes are in play. */
class ChosenClassesTest {
    private static final List<Integer> CHOSEN = List.of(4, 0, 3);
    private static final long SEED = 5;

    @TempDir
    private Path folder;

    private final NetworkSettings settings =
            NetworkSettings.defaults().withThreads(1).withClasses(CHOSEN);

    /** Writes a classifier whose scores are made from the tensor {@code from}. */
    private Path write(SmallModel model, String operator, String from) throws IOException {
        return model.node(operator, List.of(from), "scores").output("scores").write(folder.resolve("m.onnx"));
    }

    private static float[] probabilities(Network network, Image image) {
        float[] result = new float[network.classes()];
        network.run(List.of(image), null, FloatBuffer.wrap(result));
        return result;
    }

    @ParameterizedTest
    @ValueSource(strings = {"Identity", "Softmax", "LogSoftmax"})
    void probabilitiesAreTheSoftmaxOverTheChosenLogitsInTheirOrder(String operator) throws IOException {
        SmallModel model = SmallModel.classifier(0, 4, 6);
        try (Network network =
                Network.open(write(model, operator, "logits"), List.of(), settings.withSpareClasses(1))) {
            assertThat(network.classes()).isEqualTo(4);
            for (int trial = 0; trial < 5; trial++) {
                Image image = SmallModel.image(6, 4, SEED + trial);
                double[] exponentials = CHOSEN.stream()
                        .mapToDouble(output -> Math.exp(model.logits(image.values())[output]))
                        .toArray();
                float[] found = probabilities(network, image);
                for (int c = 0; c < 3; c++) {
                    double expected =
                            exponentials[c] / Arrays.stream(exponentials).sum();
                    assertThat(found[c])
                            .as("class %d, seed %d", c, SEED + trial)
                            .isCloseTo((float) expected, within(1e-6f));
                }
                assertThat(found[3]).as("the spare class").isZero();
            }
        }
    }

    /** Output 1 takes all: the chosen ones are 1,000 below it, where float32 probabilities are 0. */
    @ParameterizedTest
    @ValueSource(strings = {"Identity", "Softmax", "LogSoftmax"})
    void classesWithoutAnyProbabilityAreEquallyProbable(String operator) throws IOException {
        SmallModel model = SmallModel.classifier(0, 4, 6)
                .initializer("bias", new float[] {0, 1000, 0, 0, 0}, 1, 5)
                .node("Add", List.of("logits", "bias"), "biased");
        Image image = SmallModel.image(6, 4, SEED);
        try (Network network = Network.open(write(model, operator, "biased"), List.of(), settings)) {
            float[] found = probabilities(network, image);
            if (operator.equals("Softmax")) {
                assertThat(found).containsOnly(1 / 3f);
            } else {
                double[] logits = model.logits(image.values());
                assertThat(Math.log(found[0] / found[1])).isCloseTo(logits[4] - logits[0], within(1e-3));
            }
        }
    }

    @Test
    void logarithmsOfZeroAreEquallyProbable() throws IOException {
        SmallModel model = SmallModel.classifier(0, 4, 6)
                .initializer("mask", new float[] {0, 1, 1, 0, 0}, 1, 5)
                .node("Log", List.of("mask"), "bias")
                .node("Add", List.of("logits", "bias"), "masked");
        try (Network network = Network.open(write(model, "Identity", "masked"), List.of(), settings)) {
            assertThat(probabilities(network, SmallModel.image(6, 4, SEED))).containsOnly(1 / 3f);
        }
    }

    @Test
    void theGradientIsThatOfTheChosenLogits() throws IOException {
        Path file = write(SmallModel.classifier(0, 4, 6), "Softmax", "logits");
        try (DifferentiableNetwork network = DifferentiableNetwork.open(file, List.of("flat"), settings.withBatch(1))) {
            assertThat(network.classes()).isEqualTo(3);
            FloatBuffer inputs = FloatBuffer.allocate(2 * 72);
            network.input(SmallModel.image(6, 4, SEED), inputs);
            network.input(SmallModel.image(6, 4, SEED + 1), inputs);
            inputs.flip();
            float[] alone = new float[6];
            float[] beside = new float[6];
            network.run(2, inputs, null, FloatBuffer.wrap(alone));
            network.run(2, inputs, FloatBuffer.allocate(8), FloatBuffer.wrap(beside));
            double[] logits = SmallModel.classifier(0, 4, 6).logits(Arrays.copyOfRange(inputs.array(), 72, 144));
            for (int c = 0; c < 3; c++) {
                assertThat(alone[3 + c]).isCloseTo((float) logits[CHOSEN.get(c)], within(1e-5f));
            }
            assertThat(beside).isEqualTo(alone);

            float[] gradients = new float[144];
            network.gradient(2, inputs, null, new float[] {0, 0, 0, 1, -2, 3}, FloatBuffer.wrap(gradients));
            double[] direction = new Random(SEED).doubles(72, -1, 1).toArray();
            double slope = 0;
            for (int i = 0; i < 72; i++) {
                slope += direction[i] * gradients[72 + i];
            }
            ModelFile model = ModelFile.read(file);
            double[] at = new double[72];
            Arrays.setAll(at, i -> inputs.get(72 + i));
            float[] ofAll = {-2, 0, 0, 3, 1};
            double expected = new DoubleGraph(model.graph, (int) model.opset)
                    .derivative("image", at, new int[] {1, 3, 4, 6}, direction, 1e-7, Map.of("logits", ofAll));
            assertThat(slope).as("seed %d", SEED).isCloseTo(expected, within(1e-4));
        }
    }

    @Test
    void outputsThatDoNotExistOrOccurTwiceAreRefused() throws IOException {
        Path file = write(SmallModel.classifier(0, 4, 6), "Softmax", "logits");
        assertIllegalArgument(() -> Network.open(file, List.of(), settings.withClasses(List.of(4, 5))))
                .hasMessageStartingWith("class 1 is output 5 of " + file)
                .hasMessageContaining("expected 0 to 4");
        assertIllegalArgument(() -> settings.withClasses(List.of(3, 1, 3)))
                .hasMessage("output 3 of the network is given to class 0 and to class 2: expected another one for each"
                        + " class");
        assertIllegalArgument(() -> settings.withClasses(List.of(-1)))
                .hasMessage("output -1 of the network: expected 0 or more");
        assertThat(settings.withClasses(List.of()).classes()).isEmpty();
        assertThat(settings).hasToString(settings.toString()).asString().contains("classes [4, 0, 3]");
    }
}
