package io.github.afterimage.engine;

import io.github.afterimage.codes.Components;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.Snapshot;
import io.github.afterimage.platform.Resources;
import io.github.afterimage.reduce.ComponentLearner;
import io.github.afterimage.reduce.LearnedReducer;
import io.github.afterimage.reduce.Reduction;
import java.nio.FloatBuffer;
import java.util.List;

/** The principal components that a sketch keeps of each key. */
public final class Sketch implements Components {
    private static final int SAMPLED_KEYS = 10_000;
    private static final int MEASURED_KEYS = 256;

    private final LearnedReducer components;
    private final float[] deviations;

    private Sketch(LearnedReducer components, float[] deviations) {
        this.components = components;
        this.deviations = deviations;
    }

    /**
     * Learns components from keys.
     *
     * @throws IllegalArgumentException if there are too few keys, or keys have too few numbers or are int8
     */
    public static Sketch learn(KeyStore store, int count, int threads) {
        store.requireSketchable();
        int dim = store.dim();
        if (count > dim) {
            throw new IllegalArgumentException("a sketch of " + count + " components: expected at most " + dim
                    + ", the numbers of a key; ask for fewer components");
        }
        try (Snapshot snapshot = store.snapshot()) {
            if (snapshot.size() < count) {
                throw new IllegalArgumentException("a sketch of " + count + " components of " + snapshot.size()
                        + " keys: expected at least as many keys as components; leave the sketch out");
            }
            Reduction reduction = Reduction.principalComponents(count);
            int[] sampled = ComponentLearner.sampleRows(reduction, snapshot.rows(), SAMPLED_KEYS);
            List<Keys> parts = snapshot.range(0, snapshot.rows());
            LearnedReducer components = LearnedReducer.learn(reduction, dim, parts, sampled, threads);
            return Resources.guarded(components, () -> new Sketch(components, deviations(components, snapshot)));
        }
    }

    /** Restores components from their rows and deviations; see {@link #rows} and {@link #deviations}. */
    public static Sketch of(int count, int dim, float[] rows, float[] deviations) {
        float[] none = {};
        return new Sketch(
                LearnedReducer.of(Reduction.principalComponents(count), dim, rows, none, none, 1), deviations);
    }

    private static float[] deviations(LearnedReducer components, Snapshot snapshot) {
        long[] rows = PresentRows.of(snapshot, MEASURED_KEYS, 0);
        FloatBuffer projected = FloatBuffer.allocate(components.outputDim());
        int quarter = projected.capacity() / QUARTERS;
        double[] squares = new double[QUARTERS];
        for (long row : rows) {
            components.reduce(snapshot.key(row).floats(0, 1), projected);
            for (int i = 0; i < projected.capacity(); i++) {
                squares[i / quarter] += (double) projected.get(i) * projected.get(i);
            }
        }
        float[] deviations = new float[QUARTERS];
        for (int i = 0; i < QUARTERS; i++) {
            deviations[i] = (float) Math.sqrt(squares[i] / ((double) rows.length * quarter));
        }
        return deviations;
    }

    @Override
    public float[] deviations() {
        return deviations.clone();
    }

    @Override
    public float[] rows() {
        return components.projection();
    }

    @Override
    public int count() {
        return components.outputDim();
    }

    @Override
    public void project(FloatBuffer rows, FloatBuffer target) {
        components.reduce(rows, target);
    }

    @Override
    public void close() {
        components.close();
    }
}
