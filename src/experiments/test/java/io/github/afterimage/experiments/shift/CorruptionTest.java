package io.github.afterimage.experiments.shift;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.model.data.Image;
import java.awt.Color;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CorruptionTest {
    private static final int SIDE = 32;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    private static List<Corruption> all() {
        return Corruption.ALL;
    }

    private static Corruption named(String name) {
        return Corruption.named(List.of(name)).get(0);
    }

    private static Image apply(String name, Image image, int strength) {
        return named(name).apply(image, strength, new SplittableRandom(1));
    }

    /** A smooth image with details, as photographs are. */
    private Image image(int width, int height) {
        float[] values = new float[3 * width * height];
        double phase = random.nextDouble();
        for (int i = 0; i < values.length; i++) {
            double wave = Math.sin(phase + i % width * 0.7) * Math.cos(i / width * 0.45 + i / (width * height));
            values[i] = (float) (0.5 + 0.3 * wave + 0.1 * random.nextDouble());
        }
        return Image.of(width, height, values);
    }

    private static Image grey(int side, float value) {
        float[] values = new float[3 * side * side];
        Arrays.fill(values, value);
        return Image.of(side, side, values);
    }

    private static double distance(Image one, Image other) {
        double squares = 0;
        for (int i = 0; i < one.values().length; i++) {
            squares += Math.pow(one.values()[i] - other.values()[i], 2);
        }
        return Math.sqrt(squares / one.values().length);
    }

    @ParameterizedTest
    @MethodSource("all")
    void greaterStrengthsChangeAnImageMoreAndAlwaysInTheSameWay(Corruption corruption) {
        Image image = image(SIDE, SIDE);
        double weakest = distance(image, corruption.apply(image, 1, new SplittableRandom(3)));
        assertThat(weakest).as("seed %d", seed).isPositive();
        double before = weakest;
        for (int strength = 2; strength <= Corruption.STRENGTHS; strength++) {
            Image changed = corruption.apply(image, strength, new SplittableRandom(3));
            assertThat(distance(image, changed))
                    .as("strength %d, seed %d", strength, seed)
                    .isGreaterThan(0.95 * before); // two strengths of motion are almost the same
            before = distance(image, changed);
            assertThat(corruption
                            .apply(image, strength, new SplittableRandom(3))
                            .values())
                    .isEqualTo(changed.values());
        }
        assertThat(before).as("seed %d", seed).isGreaterThan(1.1 * weakest);
    }

    @ParameterizedTest
    @MethodSource("all")
    void imagesOfAnySizeKeepTheirSizeAndRange(Corruption corruption) {
        for (int[] size : new int[][] {{1, 1}, {5, 3}, {40, 70}}) {
            Image changed = corruption.apply(image(size[0], size[1]), 5, new SplittableRandom(2));
            assertThat(new int[] {changed.width(), changed.height()}).containsExactly(size);
            for (float value : changed.values()) {
                assertThat(value).as("seed %d", seed).isBetween(0f, 1f);
            }
        }
    }

    @Test
    void noiseHasTheDeviationOfItsStrength() {
        Image changed = apply("noise", grey(64, 0.5f), 5);
        assertThat(distance(grey(64, 0.5f), changed)).isCloseTo(0.10, within(0.004));
    }

    @Test
    void blurIsTheConvolutionWithAGaussian() {
        Image image = image(SIDE, SIDE);
        Image blurred = apply("blur", image, 4);
        for (int[] place : new int[][] {{10, 10}, {16, 20}, {20, 12}}) {
            double sum = 0;
            double total = 0;
            for (int down = -6; down <= 6; down++) {
                for (int right = -6; right <= 6; right++) {
                    double weight = Math.exp(-(down * down + right * right) / (2 * 0.8 * 0.8));
                    sum += weight * image.value(1, place[0] + down, place[1] + right);
                    total += weight;
                }
            }
            assertThat(blurred.value(1, place[0], place[1]))
                    .as("seed %d", seed)
                    .isCloseTo((float) (sum / total), within(1e-3f)); // the Gaussian ends at 4 sigma
        }
    }

    @Test
    void motionIsTheWeightedMeanAlongALineWhoseEndRepeats() {
        Image image = image(8, 6);
        Image blurred = Corruption.moved(image, 3, 1.5, 0);
        double[] weights = {1, Math.exp(-1 / 4.5), Math.exp(-4 / 4.5), Math.exp(-9 / 4.5)};
        for (int column = 0; column < 8; column++) {
            double sum = 0;
            for (int d = 0; d < weights.length; d++) {
                sum += weights[d] * image.value(2, 4, Math.min(7, column + d));
            }
            assertThat(blurred.value(2, 4, column))
                    .as("seed %d", seed)
                    .isCloseTo((float) (sum / Arrays.stream(weights).sum()), within(1e-6f));
        }
        Image down = Corruption.moved(image, 1, 1e6, Math.PI / 2);
        assertThat(down.value(0, 2, 3)).isCloseTo((image.value(0, 2, 3) + image.value(0, 3, 3)) / 2, within(1e-6f));
    }

    @Test
    void aFractalWithoutDetailsIsInterpolatedFromItsFourCoarsestPoints() {
        PlasmaFractal fractal = new PlasmaFractal(8, 1e9, new SplittableRandom(seed));
        double corner = fractal.value(0, 0);
        double centre = fractal.value(4, 4);
        double top = fractal.value(0, 4);
        double left = fractal.value(4, 0);
        assertThat(fractal.value(2, 2)).as("seed %d", seed).isCloseTo((corner + centre + top + left) / 4, within(1e-9));
        // The neighbours above are those of the last rows, because the clouds go round.
        assertThat(fractal.value(0, 2))
                .isCloseTo((corner + top + fractal.value(6, 2) + fractal.value(2, 2)) / 4, within(1e-9));
        assertThat(new double[] {corner, centre, top, left}).contains(0, 1);
    }

    @Test
    void fogIsTheFractalOverAPlainImage() {
        Image changed = apply("fog", grey(SIDE, 0.4f), 4);
        PlasmaFractal fractal = new PlasmaFractal(SIDE, 2, new SplittableRandom(1));
        for (int row = 0; row < SIDE; row += 7) {
            for (int column = 0; column < SIDE; column += 5) {
                assertThat(changed.value(1, row, column))
                        .isCloseTo((float) ((0.4 + fractal.value(row, column)) * 0.4 / 1.4), within(1e-6f));
            }
        }
    }

    @Test
    void brightnessAddsToTheValueThatJavasHsbHas() {
        Image image = image(9, 7);
        Image changed = apply("brightness", image, 3);
        for (int column = 0; column < 9; column++) {
            float[] hsb =
                    Color.RGBtoHSB(sample(image, 0, column), sample(image, 1, column), sample(image, 2, column), null);
            Color expected = new Color(Color.HSBtoRGB(hsb[0], hsb[1], Math.min(1, hsb[2] + 0.15f)));
            assertThat(sample(changed, 0, column)).as("seed %d", seed).isCloseTo(expected.getRed(), within(2));
            assertThat(sample(changed, 1, column)).as("seed %d", seed).isCloseTo(expected.getGreen(), within(2));
            assertThat(sample(changed, 2, column)).as("seed %d", seed).isCloseTo(expected.getBlue(), within(2));
        }
        assertThat(apply("brightness", grey(2, 0), 5).value(1, 1, 1)).isEqualTo(0.3f);
    }

    private static int sample(Image image, int channel, int column) {
        return Math.round(255 * image.value(channel, 3, column));
    }

    @Test
    void contrastShrinksDifferencesToTheMeanOfTheChannel() {
        Image image = Image.of(2, 1, new float[] {0.2f, 0.6f, 0, 1, 0.5f, 0.5f});
        assertThat(apply("contrast", image, 5).values())
                .containsExactly(new float[] {0.37f, 0.43f, 0.425f, 0.575f, 0.5f, 0.5f}, within(1e-6f));
    }

    @Test
    void jpegKeepsPlainImagesAndLosesDetails() {
        assertThat(distance(grey(16, 0.6f), apply("jpeg", grey(16, 0.6f), 5))).isLessThan(0.01);
        Image noise = apply("noise", grey(SIDE, 0.5f), 5);
        assertThat(distance(noise, apply("jpeg", noise, 5))).isGreaterThan(0.03);
    }

    @Test
    void namesTheCorruptionsThatThereAre() {
        assertThat(Corruption.named(List.of("jpeg", "noise", "jpeg")))
                .extracting(Corruption::name)
                .containsExactly("noise", "jpeg");
        assertThatThrownBy(() -> Corruption.named(List.of("snow")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("corruption \"snow\": expected some of noise,blur,motion,fog,brightness,contrast,jpeg");
    }
}
