package io.github.afterimage.cuda;

import io.github.afterimage.settings.ElementType;

/** The two methods for class sums. */
enum ClassSumsMethod {
    /** cuBLAS writes the scores of a tile, and a kernel reads them. For all types, key orders and numbers of thetas. */
    GEMM,
    /** One kernel of our own that stores no score. For bfloat16 and float16; no GPU has measured it. */
    FUSED;

    /** True if the fused kernel multiplies keys of this type. */
    static boolean fusable(ElementType type) {
        return type == ElementType.BFLOAT16 || type == ElementType.FLOAT16;
    }
}
