package io.github.afterimage.engine.cuda;

import io.github.afterimage.ElementType;

/** The two ways to class sums, and the one place that chooses between them. */
enum Path {
    /** The better one for the problem. */
    AUTO,
    /** cuBLAS writes a tile's scores, a kernel reads them. Any type, any order of keys, any number of thetas. */
    GEMM,
    /** One kernel of our own that stores no score: bf16 and float16. */
    FUSED;

    /** Each theta reads the scores of a block again, and has slots of its own. */
    private static final int FEW_THETAS = 4;
    /** Fewer keys to a slot than this, and slots are as much to write as scores. */
    private static final int KEYS_PER_SLOT = 16;

    /**
     * Which of {@link #GEMM} and {@link #FUSED} a part of the keys takes.
     *
     * @param slots that the fused kernel would fill for each query and theta, see {@link Slots}
     */
    Path choose(ElementType type, int thetas, long keys, long slots) {
        boolean possible = type == ElementType.BFLOAT16 || type == ElementType.FLOAT16;
        boolean sensible = thetas > 0 && thetas <= FEW_THETAS && slots <= keys / KEYS_PER_SLOT + 1;
        return switch (this) {
            case GEMM -> GEMM;
            case FUSED -> possible && thetas > 0 ? FUSED : GEMM;
            case AUTO -> possible && sensible ? FUSED : GEMM;
        };
    }
}
