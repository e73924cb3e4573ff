package io.github.afterimage.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.engine.Engines;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What a machine without a GPU, or without part of what CUDA needs, is told. */
class CudaSupportTest {
    private static final Duration SOON = Duration.ofMillis(200);

    @Test
    void itsAbsenceIsFoundSoonAndSaidInOneLine() {
        String known = problem();
        long start = System.nanoTime();
        assertThat(CudaSupport.problem()).isEqualTo(known).doesNotContain("\n");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(SOON);
    }

    @Test
    void theMissingLibraryIsNamed() {
        assertThat(problem())
                .containsAnyOf("libcuda.so.1", "libcudart.so.13", "libcublas", "nvcc", "GPU", "class path");
    }

    @Test
    void autoTakesTheProcessorWithoutAComplaint() {
        problem();
        assertThat(Engines.auto().name()).isNotEqualTo("cuda");
        if (!CudaSupport.driverPresent()) {
            assertThat(Engines.fallbacks()).isZero();
        }
    }

    @Test
    void askedForItIsRefusedInOneClearLine() {
        String problem = problem();
        assertThatThrownBy(() -> Engines.named("cuda"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("engine \"cuda\" cannot be used here: " + problem);
    }

    private static String problem() {
        String problem = CudaSupport.problem();
        assumeTrue(problem != null, "this machine has a GPU");
        return problem;
    }
}
