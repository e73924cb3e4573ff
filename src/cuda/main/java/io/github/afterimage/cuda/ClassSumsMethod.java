package io.github.afterimage.cuda;

import io.github.afterimage.ElementType;
import java.util.function.BooleanSupplier;

/** The two methods for class sums, and the choice between them. */
enum ClassSumsMethod {
    /** The method that was {@linkplain MeasuredPaths measured} to be faster for the shape of the request. */
    AUTO,
    /** cuBLAS writes the scores of a tile, and a kernel reads them. For all types, key orders and numbers of thetas. */
    GEMM,
    /** One kernel of our own that stores no score. For bfloat16 and float16. */
    FUSED;

    /**
     * Maximum thetas of the fused kernel in {@link #AUTO}, which measures with one: each theta reads the scores of a block
     * again, and has slots of its own.
     */
    private static final int MAX_THETAS = 4;
    /**
     * Minimum keys for each slot of the fused kernel in {@link #AUTO}: with fewer, writing slots takes as long as writing scores.
     */
    private static final int MIN_KEYS_PER_SLOT = 16;

    /** True if the fused kernel multiplies keys of this type. */
    static boolean fusable(ElementType type) {
        return type == ElementType.BFLOAT16 || type == ElementType.FLOAT16;
    }

    /**
     * Chooses {@link #GEMM} or {@link #FUSED} for a part of the keys.
     *
     * @param slots number of slots that the fused kernel would fill for each query and theta, see {@link Slots}
     * @param fusedIsFaster measured for the shape of the request; asked only if the rest speaks for it
     */
    ClassSumsMethod choose(ElementType type, int thetas, long keys, long slots, BooleanSupplier fusedIsFaster) {
        boolean possible = fusable(type);
        boolean asMeasured = thetas > 0 && thetas <= MAX_THETAS && slots <= keys / MIN_KEYS_PER_SLOT + 1;
        return switch (this) {
            case GEMM -> GEMM;
            case FUSED -> possible && thetas > 0 ? FUSED : GEMM;
            case AUTO -> possible && asMeasured && fusedIsFaster.getAsBoolean() ? FUSED : GEMM;
        };
    }
}
