package io.github.afterimage.model.network;

import static io.github.afterimage.Numbers.filled;
import static io.github.afterimage.Refusals.assertIllegalArgument;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.model.data.Image;
import java.nio.FloatBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PreprocessingTest {
    private static float[] apply(String text, Image image, int width, int height, boolean channelsLast) {
        Preprocessing preprocessing = Preprocessing.parse(text);
        FloatBuffer target = FloatBuffer.allocate(3 * width * height + 2);
        target.position(1);
        new ImageInput("image", 0, channelsLast, width, height, preprocessing).write(image, target);
        assertThat(target.position()).isEqualTo(3 * width * height + 1);
        float[] values = new float[3 * width * height];
        target.get(1, values);
        return values;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "resize=256,crop=227,order=bgr,scale=255,mean=104:117:123,std=1|resize=256,crop=227,order=bgr,scale=255,mean=104:117:123",
                "mean=0.485:0.456:0.406,std=0.229:0.224:0.225|mean=0.485:0.456:0.406,std=0.229:0.224:0.225",
                " STD = 0.5 , Mean=0.5:0.5:0.5|mean=0.5,std=0.5",
                "crop=227x200,resize=300x300,layout=nhwc|resize=300x300,crop=227x200,layout=nhwc",
                "crop=8x8,layout=nchw|crop=8,layout=nchw",
                "scale=1e-10,order=rgb|scale=1e-10",
                "interpolation=bicubic,crop=8,resize=9|resize=9,interpolation=bicubic,crop=8",
                "ImageNet|imagenet",
                "interpolation=bilinear,scale=2|scale=2",
                "scale=-0.00392157|scale=-0.00392157"
            })
    void theTextRoundTrips(String given, String canonical) {
        Preprocessing parsed = Preprocessing.parse(given);
        assertThat(parsed).hasToString(canonical);
        assertThat(Preprocessing.parse(canonical))
                .isEqualTo(parsed)
                .hasSameHashCodeAs(parsed)
                .hasToString(canonical);
    }

    @Test
    void nothingIsTheEmptyText() {
        assertThat(Preprocessing.NONE).hasToString("");
        assertThat(Preprocessing.parse(" ")).isEqualTo(Preprocessing.NONE);
        assertThat(Preprocessing.parse("none")).isEqualTo(Preprocessing.NONE);
        assertThat(Preprocessing.parse("mean=0,std=1,scale=1,order=rgb")).isEqualTo(Preprocessing.NONE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "resize",
                "resize=",
                "resize=0",
                "resize=16385",
                "resize=2x",
                "resize=a",
                "crop=-1",
                "size=3",
                "order=gbr",
                "interpolation=cubic",
                "scale=0",
                "scale=NaN",
                "scale=1e99",
                "scale=1f",
                "mean=1:2",
                "mean=1:2:3:4",
                "mean=",
                "std=1:0:1",
                "layout=hwc",
                "scale=1,scale=2",
                "scale=1,",
                "crop=99999999999"
            })
    void refusesMalformedText(String text) {
        assertIllegalArgument(() -> Preprocessing.parse(text))
                .hasMessageStartingWith("preprocessing \"")
                .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
    }

    @Test
    void standardisesInTheOrderThatTheNetworkSees() {
        Image image = Image.of(2, 1, new float[] {0f, 1f, 0.25f, 0.5f, 0.75f, 0f});
        assertThat(apply("", image, 2, 1, false)).containsExactly(image.values());
        assertThat(apply("scale=2,mean=1:2:3,std=1:2:4", image, 2, 1, false))
                .containsExactly(-1f, 1f, -0.75f, -0.5f, -0.375f, -0.75f);
        assertThat(apply("order=bgr,scale=2,mean=1:2:3", image, 2, 1, false))
                .containsExactly(0.5f, -1f, -1.5f, -1f, -3f, -1f);
        assertThat(apply("", image, 2, 1, true)).containsExactly(0f, 0.25f, 0.75f, 1f, 0.5f, 0f);
        assertThat(apply("order=bgr,mean=1:2:3", image, 2, 1, true))
                .containsExactly(-0.25f, -1.75f, -3f, -1f, -1.5f, -2f);
    }

    @Test
    void cropsTheCentre() {
        float[] values = new float[3 * 5 * 7];
        for (int i = 0; i < values.length; i++) {
            values[i] = i / 255f;
        }
        float[] crop = apply("crop=3x3", Image.of(7, 5, values), 3, 3, false);
        assertThat(crop[0]).isEqualTo(values[1 * 7 + 2]);
        assertThat(crop[8]).isEqualTo(values[3 * 7 + 4]);
        assertThat(crop[9]).isEqualTo(values[35 + 1 * 7 + 2]);
    }

    @Test
    void resizesTheShorterSideThenCropsToTheInput() {
        Image image = SmallModel.image(40, 20, 5);
        float[] once = apply("resize=10", image, 10, 10, false);
        float[] whole = resized(Interpolation.BILINEAR, image, 20, 10);
        for (int row = 0; row < 10; row++) {
            for (int column = 0; column < 10; column++) {
                assertThat(once[row * 10 + column]).isEqualTo(whole[row * 20 + 5 + column]);
            }
        }
    }

    @Test
    void refusesImagesThatDoNotFitAndSaysWhatToSet() {
        assertIllegalArgument(() -> apply("", SmallModel.image(9, 8, 1), 8, 8, false))
                .hasMessage("an image of 9x8 does not fit the network's 8x8: set resize=8 (the shorter side, then the "
                        + "centre) or resize=8x8 (exactly) in the preprocessing with which the index is made;"
                        + " or scale the image to 8x8 first, as the server's page does");
        assertThatThrownBy(() -> apply("resize=9,crop=16", SmallModel.image(20, 30, 1), 16, 16, false))
                .hasMessageContaining("20x30, resized to 9x13 does not fit");
        assertThatThrownBy(() -> apply("resize=16384", SmallModel.image(1000, 1, 1), 8, 8, false))
                .hasMessageContaining("too elongated");
    }

    @Test
    void resamplingKeepsConstantsAndStraightLines() {
        for (int from : new int[] {1, 2, 7, 16}) {
            for (int to : new int[] {1, 3, 7, 16, 50}) {
                float[] constant = filled(3 * from * from, 0.3f);
                for (float value : resized(Interpolation.BILINEAR, Image.of(from, from, constant), to, to)) {
                    assertThat(value).isCloseTo(0.3f, within(1e-6f));
                }
            }
        }
        // Doubling a ramp: centres of the new pixels lie at quarters of the old ones.
        assertThat(resized(Interpolation.BILINEAR, new float[] {0f, 1f, 2f, 3f}, 4, 1, 8, 1))
                .containsExactly(new float[] {0f, 0.25f, 0.75f, 1.25f, 1.75f, 2.25f, 2.75f, 3f}, within(1e-6f));
    }

    @Test
    void shrinkingWeighsEveryPixelAsPillowDoes() {
        // PIL.Image.fromarray([[0, 0, 1, 0, 0, 0]], mode F).resize((3, 1), BILINEAR)
        float[] spike = {0f, 0f, 1f, 0f, 0f, 0f};
        assertThat(resized(Interpolation.BILINEAR, spike, 6, 1, 3, 1))
                .containsExactly(new float[] {1f / 7f, 0.375f, 0f}, within(1e-6f));
        Image image = Image.computed(6, 1, Arrays.copyOf(spike, 18));
        assertThat(Resampler.resample(Interpolation.BILINEAR, image, new Resampler.Crop(3, 1, 1, 0, 1, 1))[0])
                .isCloseTo(0.375f, within(1e-6f));
    }

    private static float[] resized(Interpolation filter, Image image, int width, int height) {
        return Resampler.resample(filter, image, new Resampler.Crop(width, height, 0, 0, width, height));
    }

    /** Resizes an image with these red values, and returns its red values. */
    private static float[] resized(
            Interpolation filter, float[] red, int width, int height, int newWidth, int newHeight) {
        Image image = Image.computed(width, height, Arrays.copyOf(red, 3 * red.length));
        float[] all = resized(filter, image, newWidth, newHeight);
        return Arrays.copyOf(all, newWidth * newHeight);
    }

    @Test
    void saysWhereNumbersNeedColons() {
        assertIllegalArgument(() -> Preprocessing.parse("scale=255,mean=104,117,123"))
                .hasMessageContaining("\"117\"")
                .hasMessageContaining("separated by colons");
    }

    @Test
    void bicubicResamplingIsPillows() {
        // PIL.Image of mode F, resize(…, BICUBIC), Pillow 11.1
        float[] spike = {0f, 0f, 1f, 0f, 0f, 0f};
        assertThat(resized(Interpolation.BICUBIC, spike, 6, 1, 3, 1))
                .containsExactly(new float[] {0.1213389f, 0.4236641f, -0.0376569f}, within(1e-6f));
        assertThat(resized(Interpolation.BICUBIC, new float[] {0f, 1f, 0.25f}, 3, 1, 7, 1))
                .containsExactly(
                        new float[] {-0.0961538f, 0.1004155f, 0.6094183f, 1f, 0.7361496f, 0.3289474f, 0.1778846f},
                        within(1e-6f));
        float[] picture = new float[35];
        for (int i = 0; i < picture.length; i++) {
            picture[i] = i * 37 % 101 / 101f;
        }
        assertThat(resized(Interpolation.BICUBIC, picture, 7, 5, 4, 3))
                .containsExactly(
                        new float[] {
                            0.4178213f,
                            0.5092419f,
                            0.353088f,
                            0.528381f,
                            0.4331116f,
                            0.5561534f,
                            0.4541383f,
                            0.6524201f,
                            0.4107267f,
                            0.6365913f,
                            0.4558214f,
                            0.4718404f
                        },
                        within(1e-6f));
    }

    @Test
    void clampsBicubicValuesToTheRange() {
        Image image = Image.of(3, 1, new float[] {0f, 1f, 0.25f, 0f, 1f, 0.25f, 0f, 1f, 0.25f});
        assertThat(apply("resize=7x1,interpolation=bicubic", image, 7, 1, false))
                .startsWith(0f);
        assertThat(apply("resize=7x1,interpolation=bicubic,scale=2,mean=1", image, 7, 1, false))
                .startsWith(-1f);
    }

    @Test
    void valuesThatNoImageGivesAreToldFromOthers() {
        ImageInput input = new ImageInput("image", 0, false, 1, 1, Preprocessing.parse("scale=-2,mean=0:1:2,std=4"));
        FloatBuffer values = FloatBuffer.wrap(new float[] {9, -1, 0, -0.5f});
        values.position(1);
        input.requireMade(values); // -1 is white in the third channel, 0 black in the first
        for (float wrong : new float[] {-1.2f, 0.2f, 255, Float.NaN}) {
            values.put(2, wrong);
            assertIllegalArgument(() -> input.requireMade(values))
                    .hasMessageContainingAll("the value " + wrong + " at place 1", "expected about -1.0 to 0.0");
        }
    }
}
