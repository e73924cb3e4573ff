package io.github.afterimage.platform;

import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.jspecify.annotations.Nullable;

/** Whether OpenBLAS can be used here, and why not. Thread-safe; the answer never changes. */
public final class OpenBlas {
    private static final @Nullable String PROBLEM = load();

    private OpenBlas() {}

    /** Why it cannot be used, in one line; null where it can. */
    public static @Nullable String problem() {
        return PROBLEM;
    }

    /** @throws IllegalArgumentException if it cannot be used, and so {@code what} neither */
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
            // Threads are the callers': OpenBLAS's own would multiply with them.
            openblas_nolapack.blas_set_num_threads(1);
            return null;
        } catch (LinkageError e) {
            return JavaCpp.explain(
                    e,
                    "OpenBLAS",
                    openblas_nolapack.class,
                    "/org/bytedeco/openblas/",
                    "jniopenblas_nolapack",
                    "add org.bytedeco:openblas with the classifier " + Loader.getPlatform());
        }
    }
}
