package io.github.afterimage.experiments.segmentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.CorruptDataException;
import io.github.afterimage.experiments.statistics.Interval;
import io.github.afterimage.model.network.Planes;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MaskTest {
    private static final int VOID = 255;

    @TempDir
    private Path folder;

    @Test
    void samplesOfAGreyFileAndOfAPaletteAreTheClassNumbers() throws IOException {
        byte[] colors = {0, 10, 20, 30};
        IndexColorModel palette = new IndexColorModel(2, 4, colors, colors, colors);
        for (BufferedImage image : List.of(
                new BufferedImage(3, 2, BufferedImage.TYPE_BYTE_GRAY),
                new BufferedImage(3, 2, BufferedImage.TYPE_BYTE_BINARY, palette))) {
            image.getRaster().setSample(2, 1, 0, 3);
            Path file = folder.resolve("mask.png");
            ImageIO.write(image, "png", file.toFile());
            assertThat(Mask.read(file)).usingRecursiveComparison().isEqualTo(new Mask(3, 2, new int[] {0, 0, 0, 0, 0, 3
            }));
        }
    }

    @Test
    void refusesAPictureInColour() throws IOException {
        Path file = folder.resolve("mask.png");
        ImageIO.write(new BufferedImage(3, 2, BufferedImage.TYPE_INT_RGB), "png", file.toFile());
        assertThatThrownBy(() -> Mask.read(file))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining("is not a mask: expected an image of one channel");
    }

    @Test
    void sharesOfAPatchLeaveOutPixelsThatDoNotCount() {
        Mask mask = new Mask(4, 2, new int[] {0, 1, VOID, VOID, 1, VOID, VOID, VOID});
        assertThat(mask.shares(1, 2, 2)).containsExactly(new float[] {1 / 3f, 2 / 3f, 0, 0}, within(1e-6f));
    }

    @Test
    void eachPixelGetsTheGreatestShareAndTheFirstOfEquals() {
        Planes shares = new Planes(3, 1, 2, new float[] {0.2f, 0.4f, 0.5f, 0.4f, 0.3f, 0.2f});
        assertThat(Mask.ofGreatest(shares)).usingRecursiveComparison().isEqualTo(new Mask(2, 1, new int[] {1, 0}));
    }

    /** Class 0: one pixel of three in truth or answer; class 1: two of four; class 2 is nowhere. */
    @Test
    void countsIntersectionsAndUnions() {
        Mask truth = new Mask(6, 1, new int[] {0, 0, 1, 1, 1, VOID});
        Mask answer = new Mask(6, 1, new int[] {0, 1, 1, 1, 0, 0});
        Confusion counts = new Confusion(3).add(truth, answer);
        assertThat(counts.iou(0)).isCloseTo(1 / 3.0, within(1e-12));
        assertThat(counts.iou(1)).isCloseTo(2 / 4.0, within(1e-12));
        assertThat(counts.iou(2)).isNaN();
        assertThat(counts.meanIou()).isCloseTo((1 / 3.0 + 2 / 4.0) / 2, within(1e-12));
        assertThat(counts.accuracy()).isCloseTo(3 / 5.0, within(1e-12));
    }

    @Test
    void theIntervalIsThatOfOtherDrawsOfImages() {
        Mask truth = new Mask(2, 1, new int[] {0, 0});
        Confusion right = new Confusion(2).add(truth, truth);
        Confusion half = new Confusion(2).add(truth, new Mask(2, 1, new int[] {0, 1}));
        SegmentationScore mixed = new SegmentationScore(
                2,
                IntStream.range(0, 100).mapToObj(i -> i % 2 == 0 ? right : half).toList());
        Interval interval = mixed.accuracyInterval(1);
        double standardError = 0.25 / Math.sqrt(100);
        assertThat(interval.low()).isCloseTo(0.75 - 1.96 * standardError, within(0.02));
        assertThat(interval.high()).isCloseTo(0.75 + 1.96 * standardError, within(0.02));
        assertThat(mixed.accuracyInterval(1)).isEqualTo(interval);
        Interval equal = new SegmentationScore(2, List.of(right, right)).meanIouInterval(1);
        assertThat(equal).isEqualTo(new Interval(1, 1));
    }
}
