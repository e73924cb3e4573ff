package io.github.afterimage.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.Engines;
import org.junit.jupiter.api.Test;

/** A machine without a GPU, or without a library that CUDA needs, gets the reason. */
class CudaProviderTest {
    @Test
    void itsAbsenceIsSaidInOneLineEachTime() {
        String known = problem();
        assertThat(new CudaProvider().problem()).isEqualTo(known).doesNotContain("\n");
    }

    @Test
    void theMissingLibraryIsNamed() {
        String problem = problem();
        if (CudaProvider.class.getResource(CudaProvider.KERNELS) == null) {
            assertThat(problem).contains("nvcc of CUDA 13 was missing");
        } else if (!new CudaProvider().devicePresent()) {
            assertThat(problem).isEqualTo("no NVIDIA driver: libcuda.so.1 is not found");
        } else {
            assertThat(problem).containsAnyOf("libcudart.so.13 is not loaded", "libcublas", "GPU");
        }
    }

    @Test
    void autoTakesTheProcessorAndComplainsOnlyWhereTheGpuIsAskedForAndHasADriver() {
        problem();
        assertThat(Engines.auto().name()).isNotEqualTo("cuda");
        assertThat(Engines.fallbacks()).isZero();
        System.setProperty(Engines.PROPERTY, "cuda");
        try {
            assertThat(Engines.auto().name()).isNotEqualTo("cuda");
            assertThat(Engines.fallbacks()).isEqualTo(new CudaProvider().devicePresent() ? 1 : 0);
        } finally {
            System.clearProperty(Engines.PROPERTY);
        }
    }

    @Test
    void aPropertyThatNamesNoEngineIsRefused() {
        System.setProperty(Engines.PROPERTY, "gpu");
        try {
            assertThatThrownBy(Engines::auto)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(
                            "afterimage.engine \"gpu\": expected the name of an engine, cuda, fused, blas or reference");
        } finally {
            System.clearProperty(Engines.PROPERTY);
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
        String problem = new CudaProvider().problem();
        assumeTrue(problem != null, "this machine has a GPU");
        return problem;
    }
}
