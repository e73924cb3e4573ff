package io.github.afterimage.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ProjectionPassTest {
    @AfterEach
    void forgetSettings() {
        System.clearProperty(CudaProperties.REDUCE);
    }

    @Test
    void theDeviceIsNotTroubledWithWhatTheProcessorDoesInMicroseconds() {
        assertThat(ProjectionPass.tasks(2048, 64, 1, 8)).isZero();
        assertThat(ProjectionPass.tasks(2048, 64, 8, 8)).isEqualTo(1);
        assertThat(ProjectionPass.tasks(12_288, 512, 1, 8)).isEqualTo(1);
    }

    @Test
    void aSettingDecidesWhereThatIsMeasured() {
        System.setProperty(CudaProperties.REDUCE, "device");
        assertThat(ProjectionPass.tasks(1, 1, 1, 8)).isEqualTo(1);
        System.setProperty(CudaProperties.REDUCE, "processor");
        assertThat(ProjectionPass.tasks(25_088, 512, 100_000, 8)).isZero();
    }

    @Test
    void manyRowsAreSharedByAsManyCallersAsThereIsMemoryFor() {
        assertThat(ProjectionPass.tasks(12_288, 512, 256, 1)).isEqualTo(1);
        assertThat(ProjectionPass.tasks(12_288, 512, 256, 16)).isEqualTo(3);
        assertThat(ProjectionPass.tasks(12_288, 512, 100_000, 16)).isEqualTo(4);
        assertThat(ProjectionPass.tasks(100_000_000, 5, 1, 16)).isEqualTo(1);
        assertThat(ProjectionPass.tasks(Integer.MAX_VALUE, 1, Integer.MAX_VALUE, 2))
                .isEqualTo(2);
    }

    @Test
    void blocksAreBoundedHoweverLongRowsAre() {
        for (int dim : new int[] {1, 7, 512, 12_288, 25_088, 1 << 22}) {
            int rows = ProjectionPass.blockRows(dim, 1);
            assertThat((long) rows * dim * Float.BYTES).isLessThanOrEqualTo(32L << 20);
            assertThat((long) (rows + 1) * dim * Float.BYTES).isGreaterThan(32L << 20);
        }
        assertThat(ProjectionPass.blockRows(Integer.MAX_VALUE, 1)).isEqualTo(1);
    }
}
