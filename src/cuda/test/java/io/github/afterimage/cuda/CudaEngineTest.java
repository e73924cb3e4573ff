package io.github.afterimage.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CudaEngineTest {
    @Test
    void theQueriesOfABlockFitIntoTheMemoryThatKeysLeave() {
        for (boolean fromDisk : new boolean[] {false, true}) {
            for (int dim : new int[] {1, 512, 2048, 5461, 5462, 12_288, 25_088, 1 << 20}) {
                long batch = CudaEngine.INSTANCE.largestBlock(dim, fromDisk);
                assertThat(batch).isBetween(1L, 4096L);
                // The queries, the rounded queries, and a gradient.
                assertThat(3 * batch * dim * Float.BYTES).isLessThanOrEqualTo(DeviceBudget.QUERY_BYTES);
            }
        }
        assertThat(CudaEngine.INSTANCE.largestBlock(2048, false)).isEqualTo(4096);
        assertThat(CudaEngine.INSTANCE.largestBlock(25_088, false)).isEqualTo(891);
    }
}
