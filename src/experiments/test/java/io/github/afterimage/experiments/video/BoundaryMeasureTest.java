package io.github.afterimage.experiments.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.experiments.segmentation.Mask;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BoundaryMeasureTest {
    /** With its height a diagonal of 500: near is a distance of 4. */
    private static final int WIDTH = 400;

    private static final int HEIGHT = 300;
    private static final int SIDE = 100;

    @Test
    void equalMasksAgreeAndASquareWithoutAnotherDoesNot() {
        assertThat(BoundaryMeasure.of(square(10, 10), square(10, 10))).isEqualTo(1);
        assertThat(BoundaryMeasure.of(square(10, 10), empty())).isZero();
        assertThat(BoundaryMeasure.of(empty(), square(10, 10))).isZero();
        assertThat(BoundaryMeasure.of(empty(), empty())).isEqualTo(1);
        assertThat(VideoCommand.region(empty(), empty())).isEqualTo(1);
    }

    @Test
    void aShiftWithinTheToleranceDoesNotCount() {
        assertThat(BoundaryMeasure.of(square(10, 10), square(14, 10))).isEqualTo(1);
    }

    /** Of the four sides, the upper and the lower one stay near, for all but the five columns that no longer overlap. */
    @Test
    void aShiftBeyondTheToleranceCostsTheSidesThatAreNotNear() {
        double expected = (2.0 * (SIDE + 1) + 2) / (4 * SIDE + 4);
        assertThat(BoundaryMeasure.of(square(10, 10), square(15, 10))).isCloseTo(expected, within(0.02));
        assertThat(BoundaryMeasure.of(square(10, 10), square(200, 150))).isZero();
    }

    /** The boundary is a closed line of pixels beside the square: one row above and one column left of it, and its own last. */
    @Test
    void theBoundaryIsWhereAPixelDiffersFromTheNext() {
        Mask mask = new Mask(4, 4, new int[] {0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0});
        assertThat(BoundaryMeasure.boundary(mask)).containsExactly(0, 1, 2, 4, 6, 8, 9, 10);
    }

    private static Mask empty() {
        return new Mask(WIDTH, HEIGHT, new int[WIDTH * HEIGHT]);
    }

    private static Mask square(int left, int top) {
        int[] labels = IntStream.range(0, WIDTH * HEIGHT)
                .map(i -> i % WIDTH >= left && i % WIDTH < left + SIDE && i / WIDTH >= top && i / WIDTH < top + SIDE
                        ? 1
                        : 0)
                .toArray();
        return new Mask(WIDTH, HEIGHT, labels);
    }
}
