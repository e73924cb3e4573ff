package io.github.afterimage.reduce;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The families of reductions, by the name that they have in text. */
enum Kind {
    GAUSSIAN("gaussian", true),
    ACHLIOPTAS("achlioptas", true),
    SPARSE("sparse", false),
    HADAMARD("hadamard", false),
    COMPONENTS("pca", false);

    final String text;
    /** Whether the Johnson-Lindenstrauss bound is proven with the constants that {@link Reduction} uses. */
    final boolean tolerance;

    Kind(String text, boolean tolerance) {
        this.text = text;
        this.tolerance = tolerance;
    }

    /** The kind of that name; null where there is none. */
    static @Nullable Kind named(String text) {
        return Arrays.stream(values())
                .filter(kind -> kind.text.equals(text))
                .findFirst()
                .orElse(null);
    }
}
