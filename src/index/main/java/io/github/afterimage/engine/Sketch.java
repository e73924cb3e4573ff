package io.github.afterimage.engine;

import io.github.afterimage.codes.Components;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.Snapshot;
import io.github.afterimage.platform.Resources;
import io.github.afterimage.reduce.ComponentLearner;
import io.github.afterimage.reduce.LearnedReducer;
import io.github.afterimage.reduce.Reduction;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/** The principal components that a sketch keeps of each key, and how exact estimates with them are. */
public final class Sketch implements Components {
    private static final int SAMPLED_KEYS = 10_000;
    private static final int MEASURED_KEYS = 256;
    /** The version of the calibration; other ones are ignored. */
    private static final int VERSION = 1;

    /** Callers choose the settings: so many that were asked last are known, and so many of them saved. */
    private static final int KNOWN_SETTINGS = 256;

    static final int SAVED_SETTINGS = 16;
    static final int SETTING_NUMBERS = 2 + SketchErrors.NUMBERS;

    private final LearnedReducer components;
    private final float[] deviations;
    private final ReentrantLock calibrating = new ReentrantLock();
    /** By setting, the one that was asked last at the end. */
    private final Map<List<Integer>, SketchErrors> calibrations =
            Collections.synchronizedMap(new LinkedHashMap<>(16, 0.75f, true) {
                @Override
                protected boolean removeEldestEntry(Map.Entry<List<Integer>, SketchErrors> eldest) {
                    return size() > KNOWN_SETTINGS;
                }
            });

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

    /** Restores components from their {@link #deviations}, which their {@link #rows} follow. */
    public static Sketch of(int count, int dim, float[] stored) {
        float[] rows = Arrays.copyOfRange(stored, QUARTERS, stored.length);
        float[] none = {};
        return new Sketch(
                LearnedReducer.of(Reduction.principalComponents(count), dim, rows, none, none, 1),
                Arrays.copyOf(stored, QUARTERS));
    }

    /** Returns the components of the keys of a snapshot, which have a sketch. */
    static Sketch of(Snapshot snapshot) {
        return (Sketch) Objects.requireNonNull(snapshot.key(0).sketched()).components();
    }

    /** Restores the calibration from what {@link #calibration} has returned. */
    public void calibrate(ByteBuffer calibration) {
        DoubleBuffer source =
                calibration.duplicate().order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer();
        if (source.remaining() % SETTING_NUMBERS == 1 && source.get() == VERSION) {
            while (source.hasRemaining()) {
                calibrations.put(List.of((int) source.get(), (int) source.get()), SketchErrors.read(source));
            }
        }
    }

    @Override
    public byte[] calibration() {
        List<Map.Entry<List<Integer>, SketchErrors>> usable;
        synchronized (calibrations) {
            usable = calibrations.entrySet().stream()
                    .filter(one -> Double.isFinite(one.getValue().factor()))
                    .map(Map.Entry::copyOf)
                    .toList();
        }
        if (usable.isEmpty()) {
            return new byte[0];
        }
        List<Map.Entry<List<Integer>, SketchErrors>> known =
                usable.subList(Math.max(0, usable.size() - SAVED_SETTINGS), usable.size());
        ByteBuffer bytes = ByteBuffer.allocate((1 + known.size() * SETTING_NUMBERS) * Double.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN);
        DoubleBuffer target = bytes.asDoubleBuffer().put(VERSION);
        known.forEach(one -> {
            one.getKey().forEach(number -> target.put(number));
            one.getValue().write(target);
        });
        return bytes.array();
    }

    /**
     * Returns what is known of estimates of a setting. One measurement is made at a time; callers wait for it.
     *
     * @throws java.util.concurrent.CancellationException if the caller is interrupted while it waits
     */
    SketchErrors errors(Snapshot snapshot, double theta, double tolerance, Supplier<SketchErrors> measure) {
        // Thetas share a calibration that differ by a smaller factor than 1.1, and tolerances by one than 2.
        int near = (int) Math.round(Math.log(Math.max(1, theta)) / Math.log(1.1));
        List<Integer> setting = List.of(near, Math.getExponent(tolerance));
        return Workers.holding(calibrating, () -> {
            SketchErrors known = calibrations.get(setting);
            if (known != null && !known.isOld(snapshot)) {
                return known;
            }
            calibrations.values().removeIf(one -> one.isOld(snapshot));
            SketchErrors errors = measure.get();
            calibrations.put(setting, errors);
            return errors;
        });
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
