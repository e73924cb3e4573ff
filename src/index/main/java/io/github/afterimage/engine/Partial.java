package io.github.afterimage.engine;

import io.github.afterimage.keys.ClassMeans;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.platform.NativeMemory;
import java.io.Serializable;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.jspecify.annotations.Nullable;

/**
 * The sums of a batch, which divided by their total give the probabilities: {@code (thetas, batch, classes)} float64 of terms {@code exp(theta (s - reference))}, and the greatest score of each query.
 *
 * <p>A monoid: partials of disjoint sets of keys {@link #merge}, in any grouping, to the partial of their union.
 *
 * <p>Threads: for one at a time. Lifetime: native memory until closed.
 */
public final class Partial implements Result<Partial> {
    private final float[] thetas;
    private final float[] references;
    private final int classes;
    /** The sums, then the maxima, then the thetas. */
    private final NativeMemory memory;

    private final long maximaOffset;
    private final long thetasOffset;
    /** Room for the sums of a query and a theta. */
    private double @Nullable [] ofQuery;

    public Partial(float[] thetas, Queries queries, int classes) {
        this(thetas, queries.batch(), classes);
        for (int query = 0; query < references.length; query++) {
            references[query] = queries.reference(query);
        }
    }

    @Override
    public Partial empty() {
        Partial empty = new Partial(thetas, batch(), classes);
        System.arraycopy(references, 0, empty.references, 0, batch());
        return empty;
    }

    @Override
    public void add(List<Keys> keys, KeyEngine engine, Queries queries, Workspace workspace) {
        engine.classSums(keys, queries, this, workspace);
    }

    private Partial(float[] thetas, int batch, int classes) {
        this.thetas = thetas;
        this.classes = classes;
        references = new float[batch];
        maximaOffset = Math.multiplyExact((long) thetas.length * batch, (long) classes * Double.BYTES);
        thetasOffset = maximaOffset + (long) batch * Float.BYTES;
        memory = NativeMemory.reuseZeroed(Math.addExact(thetasOffset, (long) thetas.length * Float.BYTES));
        memory.buffer(thetasOffset, thetas.length * Float.BYTES).asFloatBuffer().put(thetas);
        for (int query = 0; query < references.length; query++) {
            maximum(query, Float.NEGATIVE_INFINITY);
        }
    }

    /** The thetas of the pass; callers do not change them. */
    public float[] thetas() {
        return thetas;
    }

    /** Number of queries. */
    public int batch() {
        return references.length;
    }

    public int classes() {
        return classes;
    }

    public FloatPointer thetasPointer() {
        return memory.floats(thetasOffset);
    }

    DoublePointer sumsPointer() {
        return memory.doubles(0);
    }

    FloatPointer maximaPointer() {
        return memory.floats(maximaOffset);
    }

    /** All sums: (thetas, batch, classes). */
    public DoubleBuffer sums() {
        return memory.buffer(0, Math.toIntExact(maximaOffset)).asDoubleBuffer();
    }

    /** The sums of one query: (classes). */
    DoubleBuffer sums(int theta, int query) {
        int length = classes * Double.BYTES;
        return memory.buffer(((long) theta * batch() + query) * length, length).asDoubleBuffer();
    }

    public FloatBuffer maxima() {
        return memory.buffer(maximaOffset, batch() * Float.BYTES).asFloatBuffer();
    }

    float maximum(int query) {
        return memory.getFloat(maximaOffset + (long) query * Float.BYTES);
    }

    void maximum(int query, float score) {
        memory.putFloat(maximaOffset + (long) query * Float.BYTES, score);
    }

    float reference(int query) {
        return references[query];
    }

    /** The sums for another process: 8 bytes for each theta, query and class. */
    public record Copy(float[] thetas, float[] references, float[] maxima, int classes, double[] sums)
            implements Serializable {
        public long bytes() {
            return (long) (thetas.length + references.length + maxima.length) * Float.BYTES
                    + (long) sums.length * Double.BYTES;
        }
    }

    /** @throws io.github.afterimage.failure.NotEnoughMemoryException if memory is refused */
    public static Partial of(Copy copy) {
        Partial partial = new Partial(copy.thetas, copy.references.length, copy.classes);
        System.arraycopy(copy.references, 0, partial.references, 0, copy.references.length);
        partial.sums().put(copy.sums);
        partial.maxima().put(copy.maxima);
        return partial;
    }

    /** Copies the sums and the maxima. */
    public Copy copy() {
        double[] all = new double[sums().remaining()];
        sums().get(all);
        float[] greatest = new float[batch()];
        maxima().get(greatest);
        return new Copy(thetas, references, greatest, classes, all);
    }

    /**
     * Computes the evidence of the classes for the queries of these sums.
     *
     * @param rows these queries, {@code (batch, dim)}, of any norm
     * @param means those of all keys in the sums
     */
    public ClassEvidence evidence(FloatBuffer rows, ClassMeans means) {
        return ClassDirections.of(rows, batch(), classes, means);
    }

    /** Divides the sums of each theta by their total, equations (1) and (2). */
    public List<NormalizedSums> normalized() {
        List<NormalizedSums> normalized = new ArrayList<>();
        for (float theta : thetas) {
            normalized.add(new NormalizedSums(theta, batch(), classes));
        }
        normalize(normalized, 0);
        return normalized;
    }

    /** Divides the sums of each theta by their total, into the rows of {@code targets} from {@code first} on. */
    void normalize(List<NormalizedSums> targets, int first) {
        for (int t = 0; t < thetas.length; t++) {
            for (int query = 0; query < batch(); query++) {
                normalize(t, query, targets.get(t), first + query);
            }
        }
    }

    /** Divides the sums of one query by their total, into a row of {@code target}. */
    private void normalize(int theta, int query, NormalizedSums target, int row) {
        double[] sums = ofQuery == null ? new double[classes] : ofQuery;
        ofQuery = sums;
        double total = read(theta, query, sums);
        for (int c = 0; c < classes; c++) {
            target.values()[row * classes + c] = (float) (sums[c] / total);
        }
        target.logMasses()[row] = Math.log(total) + thetas[theta] * ((double) references[query] - 1);
        target.maxima()[row] = maximum(query);
    }

    /**
     * Copies the sums of one query.
     *
     * @return the sum of all its terms
     * @throws IllegalStateException if that is not a positive number
     */
    double read(int theta, int query, double[] target) {
        sums(theta, query).get(target);
        double total = 0;
        for (double sum : target) {
            total += sum;
        }
        if (!(total > 0 && total < Double.POSITIVE_INFINITY)) {
            throw notFinite();
        }
        return total;
    }

    /**
     * Computes the coefficients of {@link Gradient}, for the only theta.
     *
     * @param cotangents {@code (queries of the request, classes)}: of p_mem, or of log E_c if there is evidence
     * @param evidence of the request; null for p_mem
     * @param first number of the first query of these sums
     * @param target receives {@code (batch, classes)} float32
     */
    void coefficients(float[] cotangents, @Nullable ClassEvidence evidence, int first, NativeMemory target) {
        FloatBuffer written = target.buffer(0, Math.toIntExact(target.bytes())).asFloatBuffer();
        double[] sums = new double[classes];
        double[] slopes = new double[classes]; // of the sums, but for what all have in common
        for (int query = 0; query < batch(); query++) {
            double total = read(0, query, sums);
            int row = (first + query) * classes;
            double common = 0;
            if (evidence == null) {
                for (int c = 0; c < classes; c++) {
                    slopes[c] = cotangents[row + c] / total;
                    common -= slopes[c] * sums[c] / total;
                }
            } else {
                double prior = (double) ClassMeans.PRIOR_KEYS / evidence.keys();
                for (int c = 0; c < classes; c++) {
                    slopes[c] = cotangents[row + c] / (sums[c] + prior * total);
                    common += prior * slopes[c];
                }
            }
            for (int c = 0; c < classes; c++) {
                written.put((float) (thetas[0] * (slopes[c] + common)));
            }
        }
    }

    /** Makes the exception for keys that are not finite; only unverified files have such keys. */
    public static IllegalStateException notFinite() {
        return new IllegalStateException("the index has keys that are not finite numbers, because it was opened without"
                + " verification; run check on its file, which names them");
    }

    /** Adds the partial of other keys for the same queries and thetas. */
    @Override
    public void merge(Partial other) {
        if (!Arrays.equals(thetas, other.thetas) || batch() != other.batch() || classes != other.classes) {
            throw new IllegalArgumentException("partials of other queries, thetas or classes cannot be merged");
        }
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
        maximum(query, Math.max(maximum(query), other.maximum(otherQuery)));
    }

    /** Replaces the sums of some queries by those of another partial over the same keys. */
    void replace(int[] queries, Partial other) {
        for (int i = 0; i < queries.length; i++) {
            for (int t = 0; t < thetas.length; t++) {
                sums(t, queries[i]).put(other.sums(t, i));
            }
            references[queries[i]] = other.references[i];
        }
    }

    @Override
    public void close() {
        memory.close();
    }
}
