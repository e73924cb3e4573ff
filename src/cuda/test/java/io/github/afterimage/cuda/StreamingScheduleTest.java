package io.github.afterimage.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StreamingScheduleTest {
    /** A device with a stream for copies and one for computations: when each began and ended, in ticks. */
    private static final class Simulation implements StreamingSchedule.Steps {
        private final int copyTicks;
        private final int computeTicks;
        private final int[] held = new int[StreamingSchedule.BUFFERS];
        private final int[] copiedAt = new int[StreamingSchedule.BUFFERS];
        private final int[] computedAt = new int[StreamingSchedule.BUFFERS];
        private final List<Integer> computed = new ArrayList<>();
        private int host;
        private int copyEnd;
        private int computeEnd;
        private int copyHold;
        private int computeHold;

        Simulation(int copyTicks, int computeTicks) {
            this.copyTicks = copyTicks;
            this.computeTicks = computeTicks;
            Arrays.fill(held, -1);
        }

        @Override
        public void waitUntilTaken(int buffer) {
            host = Math.max(host, copiedAt[buffer]);
        }

        @Override
        public void holdCopyUntilComputed(int buffer) {
            copyHold = computedAt[buffer];
        }

        @Override
        public void copy(int tile, int buffer) {
            int start = Math.max(Math.max(host, copyEnd), copyHold);
            assertThat(start).as("the host's buffer is free").isGreaterThanOrEqualTo(copiedAt[buffer]);
            assertThat(start).as("the device's buffer was computed").isGreaterThanOrEqualTo(computedAt[buffer]);
            copyEnd = start + copyTicks;
            copiedAt[buffer] = copyEnd;
            held[buffer] = tile;
        }

        @Override
        public void holdComputationUntilCopied(int buffer) {
            computeHold = copiedAt[buffer];
        }

        @Override
        public void compute(int tile, int buffer) {
            assertThat(held[buffer]).isEqualTo(tile);
            int start = Math.max(Math.max(host, computeEnd), computeHold);
            assertThat(start).isGreaterThanOrEqualTo(copiedAt[buffer]);
            computeEnd = start + computeTicks;
            computedAt[buffer] = computeEnd;
            computed.add(tile);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 10})
    void everyTileIsComputedOnceInOrderFromItsOwnRows(int tiles) {
        Simulation device = new Simulation(3, 5);
        StreamingSchedule.run(tiles, device);
        assertThat(device.computed).hasSize(tiles).isSorted();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 20})
    void copiesRunBesideComputationsSoThatOnlyTheSlowerOfBothCounts(int computeTicks) {
        int copyTicks = 7;
        Simulation device = new Simulation(copyTicks, computeTicks);
        StreamingSchedule.run(100, device);
        assertThat(device.computeEnd)
                .isLessThanOrEqualTo(100 * Math.max(copyTicks, computeTicks) + copyTicks + computeTicks);
    }
}
