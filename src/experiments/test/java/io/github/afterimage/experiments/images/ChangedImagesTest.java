package io.github.afterimage.experiments.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.data.ImageSet;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChangedImagesTest {
    /** Grey images. */
    private static final ImageSet GREY =
            new ImageSet("grey", List.of("grey"), new int[2], index -> "", index -> grey());

    private static Image grey() {
        float[] values = new float[3 * 32 * 32];
        Arrays.fill(values, 0.5f);
        return Image.of(32, 32, values);
    }

    @Test
    void aNumberAndASeedAlwaysGiveTheSameImageAndNoOtherPairDoes() throws IOException {
        ImageSet noisy = ChangedImages.noisy(GREY, 0.1, 1);
        float[] image = noisy.image(0).values();
        assertThat(noisy.image(0).values()).isEqualTo(image);
        assertThat(noisy.image(1).values()).isNotEqualTo(image);
        assertThat(ChangedImages.noisy(GREY, 0.1, 2).image(0).values()).isNotEqualTo(image);
        assertThat(noisy.name()).isEqualTo("grey with noise of 0.1");
    }

    @Test
    void theNoiseHasItsDeviationAndIsClipped() throws IOException {
        float[] image = ChangedImages.noisy(GREY, 0.1, 1).image(0).values();
        double squares = 0;
        for (float value : image) {
            squares += (value - 0.5) * (value - 0.5);
        }
        assertThat(Math.sqrt(squares / image.length)).isCloseTo(0.1, within(0.005));
        float[] strong = ChangedImages.noisy(GREY, 10, 1).image(0).values();
        for (float value : strong) {
            assertThat(value).isBetween(0f, 1f);
        }
    }
}
