package io.github.afterimage.platform;

import java.io.IOException;
import java.net.URL;
import java.util.List;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.jspecify.annotations.Nullable;

/** Loads OpenBLAS, and explains a failure. Thread-safe; the result never changes. */
public final class OpenBlas {
    private static final String RESOURCES = "org/bytedeco/openblas/";
    /** On Linux; no other system has these names. */
    private static final List<String> NEEDED =
            List.of("libgcc_s.so.1", "libquadmath.so.0", "libgfortran.so.5", "libopenblas.so.0");

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
                    causeOf(e),
                    "OpenBLAS",
                    openblas_nolapack.class,
                    RESOURCES,
                    "jniopenblas_nolapack",
                    "add org.bytedeco:openblas with the classifier " + Loader.getPlatform());
        }
    }

    /** JavaCPP does not say why it could not copy a library that OpenBLAS needs, only that it is missing. */
    private static Throwable causeOf(LinkageError failure) {
        try {
            for (String needed : NEEDED) {
                URL library =
                        openblas_nolapack.class.getResource("/" + RESOURCES + Loader.getPlatform() + "/" + needed);
                if (library != null) {
                    NativeLibrary.extract(library);
                }
            }
            return failure;
        } catch (IOException e) {
            return e;
        }
    }
}
