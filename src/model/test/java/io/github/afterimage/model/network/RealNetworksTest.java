package io.github.afterimage.model.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.jr.ob.JSON;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.data.ImageSets;
import io.github.afterimage.model.data.RealData;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Compares published networks on real images with reference results; skipped without the files. */
class RealNetworksTest {
    private static final List<String> KEYS = List.of("activation_14", "activation_16", "activation_18");

    private static ImageSet images(String part) throws IOException {
        return ImageSets.open("cifar10:" + RealData.require("cifar-10-batches-bin") + part);
    }

    private static float[] floats(Object list) {
        List<?> values = (List<?>) list;
        float[] result = new float[values.size()];
        for (int i = 0; i < result.length; i++) {
            result[i] = ((Number) values.get(i)).floatValue();
        }
        return result;
    }

    private static double norm(float[] values, int from, int to) {
        double sum = 0;
        for (int i = from; i < to; i++) {
            sum += (double) values[i] * values[i];
        }
        return Math.sqrt(sum);
    }

    @Test
    void listsThePapersLayersWithTheirShapes() throws IOException {
        Map<String, Layer> layers =
                Network.layers(RealData.require("models/cifar10_resnet20.onnx"), NetworkSettings.defaults()).stream()
                        .collect(Collectors.toMap(Layer::name, layer -> layer));
        for (String key : KEYS) {
            assertThat(layers.get(key)).isEqualTo(new Layer(key, "Relu", List.of(64, 8, 8), 4096));
            assertThat(layers.get(key).bytes()).isEqualTo(16_384);
        }
        assertThat(layers).containsKey("logits").doesNotContainKey("image");
    }

    @Test
    void reproducesTheReferenceLogitsAndKeys() throws IOException {
        Path model = RealData.require("models/cifar10_resnet20.onnx");
        Map<String, Object> reference =
                JSON.std.mapFrom(Files.readString(RealData.require("reference/small_cifar10_resnet20.json")));
        ImageSet test = images("#test[0:50]");
        List<?> logits = (List<?>) reference.get("logits");
        float[] norms = floats(reference.get("query_norms"));

        NetworkSettings settings = NetworkSettings.defaults().withBatch(16);
        List<String> layers = new ArrayList<>(KEYS);
        layers.add("logits");
        try (Network network = Network.open(model, layers, settings)) {
            assertThat(network.dim()).isEqualTo(12_298);
            assertThat(network.outputName()).isEqualTo("probabilities");
            float[] activations = new float[50 * 12_298];
            float[] probabilities = new float[500];
            network.run(test, 0, 50, FloatBuffer.wrap(activations), FloatBuffer.wrap(probabilities));
            for (int i = 0; i < 50; i++) {
                float[] expected = floats(logits.get(i));
                int start = i * 12_298;
                assertThat(norm(activations, start, start + 12_288)).isCloseTo(norms[i], within(1e-3));
                double sum = 0;
                for (int c = 0; c < 10; c++) {
                    assertThat(activations[start + 12_288 + c]).isCloseTo(expected[c], within(1e-3f));
                    sum += probabilities[i * 10 + c];
                }
                assertThat(sum).isCloseTo(1, within(1e-5));
                assertThat(test.label(i)).isEqualTo(((List<?>) reference.get("labels")).get(i));
            }
        }

        List<?> firstValues = (List<?>) reference.get("query0_first8_raw_key_values_per_layer");
        float[] firstNorms = floats(reference.get("first10_key_norms"));
        ImageSet train = images("#train[0:10]");
        try (Network network = Network.open(model, KEYS, settings)) {
            float[] query = new float[12_288];
            network.run(List.of(test.image(0)), FloatBuffer.wrap(query), null);
            for (int layer = 0; layer < 3; layer++) {
                float[] expected = floats(firstValues.get(layer));
                for (int i = 0; i < 8; i++) {
                    assertThat(query[layer * 4096 + i]).isCloseTo(expected[i], within(1e-4f));
                }
            }
            float[] keys = new float[10 * 12_288];
            network.run(train, 0, 10, FloatBuffer.wrap(keys), null);
            for (int i = 0; i < 10; i++) {
                assertThat(norm(keys, i * 12_288, (i + 1) * 12_288)).isCloseTo(firstNorms[i], within(1e-3));
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "cifar10_resnet20|activation_14|'|4096|70",
                "cifar10_resnet20_torch|stage3_block1,gap|mean=0.485:0.456:0.406,std=0.229:0.224:0.225|4160|85",
                "cifar10_resnet56_torch|stage3_block9|mean=0.485:0.456:0.406,std=0.229:0.224:0.225|4096|74"
            },
            quoteCharacter = '"')
    void everyCifarNetworkClassifiesTheFirstThousandTestImages(
            String name, String layers, String preprocessing, int dim, int errors) throws IOException {
        ImageSet test = images("#test[0:1000]");
        NetworkSettings settings =
                NetworkSettings.defaults().withPreprocessing(Preprocessing.parse(preprocessing.replace("'", "")));
        try (Network network =
                Network.open(RealData.require("models/" + name + ".onnx"), List.of(layers.split(",")), settings)) {
            assertThat(network.dim()).isEqualTo(dim);
            float[] probabilities = new float[10_000];
            network.run(test, 0, 1000, null, FloatBuffer.wrap(probabilities));
            int wrong = 0;
            for (int i = 0; i < 1000; i++) {
                int best = 0;
                for (int c = 1; c < 10; c++) {
                    best = probabilities[i * 10 + c] > probabilities[i * 10 + best] ? c : best;
                }
                wrong += best == test.label(i) ? 0 : 1;
            }
            assertThat(wrong).isBetween(errors - 1, errors + 1); // one tie, on other hardware
        }
    }

    @Test
    void squeezenetTakesAPhotographOfAnySize() throws IOException {
        Path model = RealData.require("models/squeezenet_v1_0.onnx");
        NetworkSettings settings = NetworkSettings.defaults()
                .withPreprocessing(
                        Preprocessing.parse("resize=256,crop=227,order=bgr,scale=255,mean=104:117:123,std=1"));
        assertThat(Network.layers(model, settings))
                .contains(new Layer("fire9_concat", "Concat", List.of(512, 13, 13), 86_528));
        try (Network network = Network.open(model, List.of("pool_final"), settings)) {
            assertThat(network.classes()).isEqualTo(1000);
            assertThat(network.outputName()).isEqualTo("logits");
            assertThat(network.inputShape()).containsExactly(3, 227, 227);
            Image image = SmallModel.image(320, 280, 4);
            float[] scores = new float[1000];
            float[] probabilities = new float[1000];
            network.run(List.of(image), FloatBuffer.wrap(scores), FloatBuffer.wrap(probabilities));
            for (int a = 1; a < 1000; a++) { // the average pool is the logits
                assertThat(Math.log(probabilities[a] / probabilities[0]))
                        .isCloseTo(scores[a] - scores[0], within(1e-3));
            }
        }
    }
}
