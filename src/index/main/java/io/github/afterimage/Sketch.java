package io.github.afterimage;

import io.github.afterimage.reduce.ComponentLearner;
import io.github.afterimage.reduce.PrincipalComponents;
import io.github.afterimage.reduce.Reduction;
import io.github.afterimage.store.Components;
import io.github.afterimage.store.KeyStore;
import io.github.afterimage.store.Keys;
import io.github.afterimage.store.Snapshot;
import java.nio.FloatBuffer;
import java.util.List;

/** The principal components that a sketch keeps of each key. */
final class Sketch implements Components {
    /** Numbers of a code of 32 bytes. */
    static final int STEP = 64;

    private static final int SAMPLED_KEYS = 10_000;

    private final PrincipalComponents components;

    private Sketch(PrincipalComponents components) {
        this.components = components;
    }

    /**
     * Learns components from keys.
     *
     * @throws IllegalArgumentException if there are too few keys, or keys have too few numbers or are int8
     */
    static Sketch learn(KeyStore store, int count, int threads) {
        store.requireScreenable("sketch");
        int dim = store.dim();
        if (count >= dim) {
            throw new IllegalArgumentException(
                    "sketch " + count + " of keys of dim " + dim
                            + ": expected fewer components than numbers of a key; open the index with screen(4) or without a sketch");
        }
        try (Snapshot snapshot = store.snapshot()) {
            if (snapshot.size() < count) {
                throw new IllegalArgumentException("sketch " + count + " of " + snapshot.size()
                        + " keys: expected at least as many keys as components; open the index without a sketch");
            }
            Reduction reduction = Reduction.principalComponents(count);
            int[] sampled = ComponentLearner.sampleRows(reduction, snapshot.rows(), SAMPLED_KEYS);
            List<Keys> parts = snapshot.range(0, snapshot.rows());
            return new Sketch(IndexReducer.learn(reduction, dim, parts, sampled, threads));
        }
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
