package io.github.afterimage.model.data;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ThumbnailTest {
    private static Image noise(int width, int height) {
        byte[] samples = new byte[3 * width * height];
        new Random(width + 31 * height).nextBytes(samples);
        return Image.ofBytes(width, height, samples);
    }

    private static Image decoded(Image image) throws IOException {
        byte[] bytes = Thumbnail.of(image);
        assertThat(bytes.length).isLessThanOrEqualTo(Thumbnail.MAX_BYTES);
        assertThat(Thumbnail.of(image)).as("the same bytes again").isEqualTo(bytes);
        return Image.decode("thumbnail", bytes);
    }

    @ParameterizedTest
    @CsvSource({"32, 32", "1, 1", "3, 17", "64, 16", "16, 64"})
    void aSmallImageIsKeptExactly(int width, int height) throws IOException {
        Image image = noise(width, height);
        assertThat(decoded(image).values()).isEqualTo(image.values());
    }

    @ParameterizedTest
    @CsvSource({
        "64, 64, 64, 64",
        "33, 32, 33, 32",
        "65, 64, 64, 63",
        "500, 375, 64, 48",
        "375, 500, 48, 64",
        "5000, 2, 64, 1",
        "1, 3000, 1, 64"
    })
    void aLargerOneHas64PixelsOnTheLongerSideAndFewBytesEvenIfItIsNoise(
            int width, int height, int small, int smallHeight) throws IOException {
        Image thumbnail = decoded(noise(width, height));
        assertThat(thumbnail.width()).isEqualTo(small);
        assertThat(thumbnail.height()).isEqualTo(smallHeight);
    }

    @Test
    void aCopyForAPageIsLargerAndHasAsManyBytesAsPixelsAtMost() throws IOException {
        Image image = noise(500, 375);
        byte[] bytes = Thumbnail.of(image, 192);
        assertThat(bytes.length).isBetween(Thumbnail.MAX_BYTES, 192 * 192);
        assertThat(Image.decode("copy", bytes).width()).isEqualTo(192);
        assertThat(Image.decode("copy", bytes).height()).isEqualTo(144);
        assertIllegalArgument(() -> Thumbnail.of(image, 63)).hasMessage("side 63: expected at least 64 pixels");
    }

    @Test
    void pixelsAreAveragesOfThoseThatTheyStandFor() throws IOException {
        float[] values = new float[3 * 1280 * 20];
        for (int i = 0; i < values.length; i++) {
            int column = i % 1280;
            values[i] = column % 2 == 0 ? 0 : column / 640 == 0 ? 1 : 0.5f;
        }
        Image thumbnail = decoded(Image.of(1280, 20, values));
        assertThat(thumbnail.width()).isEqualTo(64);
        assertThat(thumbnail.height()).isEqualTo(1);
        assertThat(thumbnail.value(1, 0, 3)).isCloseTo(0.5f, within(0.002f));
        assertThat(thumbnail.value(2, 0, 60)).isCloseTo(0.25f, within(0.002f));
    }

    @Test
    void computedValuesAreClipped() throws IOException {
        float[] values = new float[12];
        Arrays.fill(values, 0, 4, -3);
        Arrays.fill(values, 4, 8, 9);
        Image thumbnail = decoded(Image.computed(2, 2, values));
        assertThat(thumbnail.value(0, 1, 1)).isZero();
        assertThat(thumbnail.value(1, 1, 1)).isEqualTo(1);
    }
}
