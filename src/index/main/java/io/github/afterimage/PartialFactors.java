package io.github.afterimage;

import io.github.afterimage.engine.FactoredSums;
import io.github.afterimage.engine.Partial;
import io.github.afterimage.keys.ClassMeans;
import java.io.Serializable;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * The class factors of a partial answer: they are known once the sums of all keys are.
 *
 * @param rows the queries as the index compares them, {@code (batch, keyDim)}, of any norm
 * @param sums of the keys of each class, see {@link ClassMeans#bytes}
 */
record PartialFactors(float[] betas, float[] rows, byte[] sums) implements Serializable {
    /** @throws IllegalArgumentException if betas or queries differ */
    PartialFactors merge(PartialFactors other) {
        if (!Arrays.equals(betas, other.betas) || !Arrays.equals(rows, other.rows)) {
            throw new IllegalArgumentException("partials of other queries or betas cannot be merged");
        }
        try (ClassMeans merged = ClassMeans.of(List.of(sums, other.sums))) {
            return new PartialFactors(betas, rows, merged.bytes());
        }
    }

    /** Returns for each theta in order, one for each beta in order. */
    List<FactoredSums> apply(Partial partial) {
        try (ClassMeans means = ClassMeans.of(List.of(sums))) {
            return partial.factored(FloatBuffer.wrap(rows), means, betas);
        }
    }

    long bytes() {
        return (long) (betas.length + rows.length) * Float.BYTES + sums.length;
    }
}
