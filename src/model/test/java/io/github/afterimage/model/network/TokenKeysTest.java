package io.github.afterimage.model.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.ModelProto;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.model.KeySource;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.network.gradient.Attributes;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenKeysTest {
    private static final int TOKENS = 5;
    private static final int VALUES = SmallModel.CHANNELS;
    private static final String MEAN = "tokens@mean";
    private static final String CLASS = "tokens@class";

    @TempDir
    Path folder;

    private final SmallModel model = SmallModel.classifier(0, TOKENS, 1)
            .shape("rows", 0, VALUES, TOKENS)
            .node("Reshape", List.of("relu", "rows"), "channels")
            .node("Transpose", List.of("channels"), "tokens", List.of(Attributes.of("perm", new long[] {0, 2, 1})))
            .output("logits");
    private final NetworkSettings settings = NetworkSettings.defaults().withThreads(1);
    private final Image image = SmallModel.image(1, TOKENS, 3);
    private Path file;

    @BeforeEach
    void write() throws IOException {
        file = model.write(folder.resolve("m.onnx"));
    }

    private static float[] values(Path file, List<String> layers, Image image) throws IOException {
        try (Network network = Network.open(file, layers, NetworkSettings.defaults())) {
            FloatBuffer values = FloatBuffer.allocate(network.dim());
            network.run(List.of(image), values, null);
            return values.array();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {13, 17, 18})
    void theClassTokenIsTheFirstAndTheMeanIsOverAll(int opset) throws IOException {
        ModelProto.Builder other = ModelProto.parseFrom(Files.readAllBytes(file)).toBuilder();
        other.getOpsetImportBuilder(0).setVersion(opset);
        Files.write(file, other.build().toByteArray());
        double[] relu = model.relu(image.values()); // (values, tokens)
        float[] keys = values(file, List.of(CLASS, MEAN + "*2"), image);
        assertThat(keys).hasSize(2 * VALUES);
        for (int i = 0; i < VALUES; i++) {
            double sum = Arrays.stream(relu, i * TOKENS, (i + 1) * TOKENS).sum();
            assertThat(keys[i]).isCloseTo((float) relu[i * TOKENS], within(1e-5f));
            assertThat(keys[VALUES + i]).isCloseTo((float) (2 * sum / TOKENS), within(1e-5f));
        }
    }

    @Test
    void aListOfLayersTellsWhichHaveTokensAndTheirKeys() throws IOException {
        List<Layer> layers = Network.layers(file, settings);
        assertThat(layers.stream().filter(Layer::hasTokens).map(Layer::name)).containsExactly("channels", "tokens");
        Layer tokens = layers.get(layers.size() - 1);
        assertThat(tokens.pooled())
                .containsExactly(
                        new Layer(CLASS, "Transpose", List.of(VALUES), VALUES),
                        new Layer(MEAN, "Transpose", List.of(VALUES), VALUES));
        try (Network network = Network.open(file, List.of(CLASS, MEAN), settings)) {
            assertThat(network.layers()).extracting(Layer::shape).containsOnly(List.of(VALUES));
        }
    }

    @Test
    void anIndexOpensTheNetworkWithThem() throws IOException {
        try (Network network = Network.open(file, List.of(CLASS, MEAN), settings);
                CacheIndex index = new CacheIndexBuilder(network.dim(), network.classes())
                        .attributes(KeySource.of(network, false).toAttributes())
                        .build();
                Network again = KeySource.network(file, index, settings)) {
            assertThat(again.layerTerms()).containsExactly(CLASS, MEAN);
            assertThat(again.sha256()).isEqualTo(network.sha256());
        }
    }

    @Test
    void aGradientPassesThem() throws IOException {
        float[] mean = new float[TOKENS * VALUES];
        Arrays.fill(mean, 1f / TOKENS);
        float[] first = new float[TOKENS * VALUES];
        Arrays.fill(first, 0, VALUES, 1);
        float[] ones = {1, 1, 1, 1};
        assertThat(gradient(MEAN, ones)).containsExactly(gradient("tokens", mean), within(1e-5f));
        assertThat(gradient(CLASS, ones)).containsExactly(gradient("tokens", first), within(1e-5f));
    }

    private float[] gradient(String layer, float[] cotangent) throws IOException {
        try (DifferentiableNetwork network = DifferentiableNetwork.open(file, List.of(layer), settings)) {
            FloatBuffer input = FloatBuffer.allocate(network.inputSize());
            network.input(image, input);
            FloatBuffer gradient = FloatBuffer.allocate(network.inputSize());
            network.gradient(1, input.flip(), cotangent, null, gradient);
            return gradient.array();
        }
    }

    @Test
    void aLayerWithoutTokensHasNone() {
        assertThatThrownBy(() -> values(file, List.of("relu@mean"), image))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("layer \"relu@mean\" of " + file
                        + ": \"relu\" has 3 dimensions for an image, and tokens have two; \"layers\" lists them");
        assertThatThrownBy(() -> values(file, List.of("flat@class"), image)).hasMessageContaining("\"flat\" has 1 ");
        assertThatThrownBy(() -> values(file, List.of("token@mean"), image))
                .hasMessageContaining("layer \"token@mean\" is not in " + file);
    }
}
