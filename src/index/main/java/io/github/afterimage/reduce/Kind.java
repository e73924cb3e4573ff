package io.github.afterimage.reduce;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The families of reductions, with their names in text. */
enum Kind {
    GAUSSIAN("gaussian", true),
    ACHLIOPTAS("achlioptas", true),
    SPARSE("sparse", false),
    HADAMARD("hadamard", false),
    COMPONENTS("pca", false),
    WHITENED("whiten", false);

    final String text;
    /** True if the Johnson-Lindenstrauss bound is proven with the constants of {@link Reduction}. */
    final boolean tolerance;

    Kind(String text, boolean tolerance) {
        this.text = text;
        this.tolerance = tolerance;
    }

    /** Returns the kind of this name, or null if there is none. */
    static @Nullable Kind named(String text) {
        return Arrays.stream(values())
                .filter(kind -> kind.text.equals(text))
                .findFirst()
                .orElse(null);
    }
}
