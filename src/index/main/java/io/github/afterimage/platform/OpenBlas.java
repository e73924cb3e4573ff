package io.github.afterimage.platform;

import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.jspecify.annotations.Nullable;

/** Loads OpenBLAS, and explains a failure. Thread-safe; the result never changes. */
public final class OpenBlas {
    private static final @Nullable String PROBLEM = load();

    private OpenBlas() {}

    /** Returns the reason in one line if OpenBLAS is not usable, or null if it is. */
    public static @Nullable String problem() {
        return PROBLEM;
    }

    /**
     * Checks that OpenBLAS is usable.
     *
     * @param what name of the feature that needs it, for the message
     * @throws IllegalArgumentException if OpenBLAS is not usable
     */
    public static void require(String what) {
        if (PROBLEM != null) {
            throw new IllegalArgumentException(what + " cannot be used here: " + PROBLEM);
        }
    }

    private static @Nullable String load() {
        if (JavaCpp.problem() != null) {
            return JavaCpp.problem();
        }
        try {
            // Callers bring their own threads; each would start as many threads of OpenBLAS.
            openblas_nolapack.blas_set_num_threads(1);
            return null;
        } catch (LinkageError e) {
            return JavaCpp.explain(
                    e,
                    "OpenBLAS",
                    openblas_nolapack.class,
                    "org/bytedeco/openblas/",
                    "jniopenblas_nolapack",
                    "add org.bytedeco:openblas with the classifier " + Loader.getPlatform());
        }
    }
}
