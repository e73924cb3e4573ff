package io.github.afterimage.cuda;

import java.util.Locale;

/** The kernels of {@code native/cuda}: threads of a block, dynamic shared memory, and the size of what each takes. */
enum Kernel {
    CLASS_SUMS_OF_ONE_THETA(128, 0, 112),
    CLASS_SUMS_OF_THETAS(128, 0, 112),
    GRADIENT_WEIGHTS(256, 0, 80),
    NEAREST(256, 0, 88),
    ROUND_ROWS(128, 0, 48),
    WIDEN_ROWS(128, 0, 48),
    FUSED_CLASS_SUMS_BFLOAT16(256, 98304, 96),
    FUSED_CLASS_SUMS_FLOAT16(256, 98304, 96),
    SLOT_SUMS(128, 0, 56),
    GAUSSIAN_ROWS(128, 0, 32);

    final int threads;
    final int sharedBytes;
    final int argumentBytes;

    Kernel(int threads, int sharedBytes, int argumentBytes) {
        this.threads = threads;
        this.sharedBytes = sharedBytes;
        this.argumentBytes = argumentBytes;
    }

    /** The name in the fatbin. */
    String symbol() {
        return name().toLowerCase(Locale.ROOT);
    }
}
