package io.github.afterimage.engine;

import io.github.afterimage.store.Memory;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;

/**
 * The answer for a batch before it is divided by its total: sums {@code (thetas, batch, classes)} float64 of
 * {@code exp(theta (s - reference))}, and the greatest score of each query.
 *
 * <p>A monoid: partials of disjoint sets of keys {@link #merge}, in any grouping, to the partial of their union.
 */
final class Partial implements AutoCloseable {
    private final float[] thetas;
    private final float[] references;
    private final int classes;
    /** The sums, then the maxima, then the thetas. */
    private final Memory memory;

    private final long maximaOffset;
    private final long thetasOffset;

    Partial(float[] thetas, Queries queries, int classes) {
        this.thetas = thetas;
        this.classes = classes;
        references = new float[queries.batch()];
        maximaOffset = Math.multiplyExact((long) thetas.length * queries.batch(), (long) classes * Double.BYTES);
        thetasOffset = maximaOffset + (long) queries.batch() * Float.BYTES;
        memory = Memory.allocate(Math.addExact(thetasOffset, (long) thetas.length * Float.BYTES));
        memory.buffer(thetasOffset, thetas.length * Float.BYTES).asFloatBuffer().put(thetas);
        for (int query = 0; query < references.length; query++) {
            references[query] = queries.reference(query);
            maxima().put(query, Float.NEGATIVE_INFINITY);
        }
    }

    float[] thetas() {
        return thetas;
    }

    int batch() {
        return references.length;
    }

    int classes() {
        return classes;
    }

    FloatPointer thetasPointer() {
        return memory.floats(thetasOffset);
    }

    DoublePointer sumsPointer() {
        return memory.doubles(0);
    }

    FloatPointer maximaPointer() {
        return memory.floats(maximaOffset);
    }

    /** All sums: (thetas, batch, classes). */
    DoubleBuffer sums() {
        return memory.buffer(0, Math.toIntExact(maximaOffset)).asDoubleBuffer();
    }

    /** The sums of one query: (classes). */
    DoubleBuffer sums(int theta, int query) {
        long offset = ((long) theta * batch() + query) * classes * Double.BYTES;
        return memory.buffer(offset, classes * Double.BYTES).asDoubleBuffer();
    }

    FloatBuffer maxima() {
        return memory.buffer(maximaOffset, batch() * Float.BYTES).asFloatBuffer();
    }

    float reference(int query) {
        return references[query];
    }

    /** Adds the partial of other keys for the same queries and thetas. */
    void merge(Partial other) {
        for (int query = 0; query < batch(); query++) {
            merge(query, other, query);
        }
    }

    private void merge(int query, Partial other, int otherQuery) {
        float reference = Math.max(references[query], other.references[otherQuery]);
        for (int t = 0; t < thetas.length; t++) {
            double mine = Math.exp(thetas[t] * ((double) references[query] - reference));
            double theirs = Math.exp(thetas[t] * ((double) other.references[otherQuery] - reference));
            DoubleBuffer target = sums(t, query);
            DoubleBuffer source = other.sums(t, otherQuery);
            for (int c = 0; c < classes; c++) {
                target.put(c, target.get(c) * mine + source.get(c) * theirs);
            }
        }
        references[query] = reference;
        maxima().put(query, Math.max(maxima().get(query), other.maxima().get(otherQuery)));
    }

    /** Replaces one query's sums by those of another partial over the same keys. */
    void replace(int query, Partial other, int otherQuery) {
        for (int t = 0; t < thetas.length; t++) {
            sums(t, query).put(other.sums(t, otherQuery));
        }
        references[query] = other.references[otherQuery];
    }

    @Override
    public void close() {
        memory.close();
    }
}
