package io.github.afterimage.model.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.model.data.Image;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PresetTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "imagenet|0|0|resize=256,crop=224",
                "imagenet|224|224|resize=256,crop=224",
                "imagenet|299|299|resize=342,crop=299",
                "imagenet|32|32|resize=32,crop=32",
                "imagenet|320|240|resize=366,crop=320x240",
                "imagenet-tf|299|299|resize=299x299",
                "imagenet-tf|320|240|resize=320x240",
                "caffe|227|227|resize=256,crop=227",
                "caffe|0|0|resize=256,crop=227",
                "caffe|224|224|resize=256,crop=224",
                "clip|0|0|resize=224,interpolation=bicubic,crop=224",
                "clip|336|336|resize=336,interpolation=bicubic,crop=336"
            })
    void sizesFollowTheNetworksInput(String name, int width, int height, String sizes) {
        String steps = Preset.named(name).orElseThrow().steps(width, height).toString();
        assertThat(steps).startsWith(sizes + ",");
        assertThat(Preprocessing.parse(steps)).hasToString(steps);
    }

    /** Returns the input of a network of this size for an image of one colour, pixel by pixel. */
    private float[] input(SmallModel model, String preset, int red, int green, int blue) throws IOException {
        NetworkSettings settings = NetworkSettings.defaults().withThreads(1);
        Path file = model.output("logits").write(folder.resolve(preset + ".onnx"));
        byte[] samples = new byte[3 * 12 * 12];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (byte) List.of(red, green, blue).get(i / 144).intValue();
        }
        try (Network network = Network.open(file, List.of(), settings.withPreprocessing(Preprocessing.parse(preset)))) {
            assertThat(network.settings().preprocessing())
                    .isEqualTo(Preset.named(preset).orElseThrow().steps(8, 8));
            FloatBuffer values = FloatBuffer.allocate(network.inputSize());
            network.input(Image.ofBytes(12, 12, samples), values);
            return values.array();
        }
    }

    @Test
    void valuesAreThoseOfTheConvention() throws IOException {
        float[] imagenet = input(SmallModel.classifier(0, 8, 8), "imagenet", 255, 0, 51);
        assertThat(new float[] {imagenet[0], imagenet[64], imagenet[128]})
                .containsExactly(
                        new float[] {(1 - 0.485f) / 0.229f, -0.456f / 0.224f, (0.2f - 0.406f) / 0.225f}, within(1e-5f));
        float[] caffe = input(SmallModel.classifier(0, 8, 8), "caffe", 255, 0, 51);
        assertThat(new float[] {caffe[0], caffe[64], caffe[128]})
                .containsExactly(new float[] {51 - 104, -117, 255 - 123}, within(1e-4f));
        float[] tensorflow = input(SmallModel.channelsLast(0, 8, 8), "imagenet-tf", 255, 0, 51);
        assertThat(new float[] {tensorflow[0], tensorflow[1], tensorflow[2]})
                .containsExactly(new float[] {1, -1, -0.6f}, within(1e-6f));
        float[] planar = input(SmallModel.classifier(0, 8, 8), "imagenet-tf", 255, 0, 51);
        assertThat(new float[] {planar[0], planar[64], planar[128]})
                .containsExactly(new float[] {1, -1, -0.6f}, within(1e-6f));
        float[] clip = input(SmallModel.classifier(0, 8, 8), "clip", 255, 0, 51);
        assertThat(new float[] {clip[0], clip[64], clip[128]})
                .containsExactly(
                        new float[] {
                            (1 - 0.48145466f) / 0.26862954f,
                            -0.4578275f / 0.26130258f,
                            (0.2f - 0.40821073f) / 0.27577711f
                        },
                        within(1e-5f));
    }

    @Test
    void theImageSeenIsTheCentreBeforeItsValuesChange() throws IOException {
        Path file = SmallModel.classifier(0, 4, 4).output("logits").write(folder.resolve("m.onnx"));
        NetworkSettings settings = NetworkSettings.defaults()
                .withThreads(1)
                .withPreprocessing(Preprocessing.parse("crop=4,order=bgr,scale=255"));
        Image image = SmallModel.image(8, 6, 3);
        try (Network network = Network.open(file, List.of(), settings)) {
            Image seen = network.resized(image);
            assertThat(List.of(seen.width(), seen.height())).containsExactly(4, 4);
            assertThat(seen.value(0, 0, 0)).isEqualTo(image.value(0, 1, 2));
            assertThat(seen.value(2, 3, 3)).isEqualTo(image.value(2, 4, 5));
        }
    }
}
