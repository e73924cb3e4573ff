package io.github.afterimage.engine;

import io.github.afterimage.keys.Keys;
import io.github.afterimage.platform.NativeMemory;
import java.nio.FloatBuffer;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;

/**
 * The gradient of {@code sum over c of g_c p_mem(c)} with respect to unit queries, as a sum over keys:
 * {@code sum over k of exp(theta (s_k - reference)) coefficients[y_k] key_k}, {@code (batch, dim)} float32.
 *
 * <p>With {@code coefficients[c] = theta (g_c - sum over c' of g_c' p_mem(c')) / total} this is the derivative of
 * equations (1) and (2) of the paper.
 */
public final class Gradient implements Result<Gradient> {
    private final float theta;
    private final int batch;
    private final int classes;
    private final int dim;
    private final NativeMemory coefficients;
    private final NativeMemory sums;

    /** @param coefficients (batch, classes) float32, shared and not closed here */
    Gradient(float theta, Queries queries, int classes, NativeMemory coefficients) {
        this(theta, queries.batch(), queries.dim(), classes, coefficients);
    }

    private Gradient(float theta, int batch, int dim, int classes, NativeMemory coefficients) {
        this.theta = theta;
        this.batch = batch;
        this.classes = classes;
        this.dim = dim;
        this.coefficients = coefficients;
        sums = NativeMemory.allocateScratch(Math.multiplyExact((long) batch * dim, Float.BYTES));
    }

    @Override
    public Gradient empty() {
        return new Gradient(theta, batch, dim, classes, coefficients);
    }

    @Override
    public void add(List<Keys> keys, KeyEngine engine, Queries queries, Workspace workspace) {
        engine.gradient(keys, queries, this, workspace);
    }

    public float theta() {
        return theta;
    }

    int batch() {
        return batch;
    }

    int dim() {
        return dim;
    }

    public int classes() {
        return classes;
    }

    public FloatPointer coefficientsPointer() {
        return coefficients.floats(0);
    }

    FloatBuffer coefficients(int query) {
        return coefficients
                .buffer((long) query * classes * Float.BYTES, classes * Float.BYTES)
                .asFloatBuffer();
    }

    FloatPointer sumsPointer() {
        return sums.floats(0);
    }

    /** All sums: (batch, dim). */
    public FloatBuffer sums() {
        return sums.buffer(0, Math.toIntExact(sums.bytes())).asFloatBuffer();
    }

    FloatBuffer sums(int query) {
        return sums.buffer((long) query * dim * Float.BYTES, dim * Float.BYTES).asFloatBuffer();
    }

    /** Adds the gradient's term of other keys for the same queries. */
    @Override
    public void merge(Gradient other) {
        for (int query = 0; query < batch; query++) {
            FloatBuffer mine = sums(query);
            FloatBuffer theirs = other.sums(query);
            for (int i = 0; i < dim; i++) {
                mine.put(i, mine.get(i) + theirs.get(i));
            }
        }
    }

    @Override
    public void close() {
        sums.close();
    }
}
