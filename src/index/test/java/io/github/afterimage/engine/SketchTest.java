package io.github.afterimage.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.ElementType;
import io.github.afterimage.codes.Components;
import io.github.afterimage.keys.KeyRows;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.Snapshot;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class SketchTest {
    private static final int DIM = Components.STEP;

    private final KeyStore store = new KeyStore(DIM, 1, ElementType.FLOAT32, 0);

    private static Sketch sketch() {
        return Sketch.of(DIM, DIM, new float[Components.QUARTERS + DIM * DIM]);
    }

    private void add(int count) {
        float[] rows = new float[count * DIM];
        Arrays.fill(rows, 1);
        store.add(KeyRows.of(FloatBuffer.wrap(rows), new int[count]));
    }

    private static SketchErrors measured(Snapshot snapshot, double factor) {
        SketchErrors errors = new SketchErrors(snapshot.size(), snapshot.lastId(), snapshot.version(), 0);
        double[] factors = new double[1024];
        Arrays.fill(factors, factor);
        errors.add(factors);
        return errors;
    }

    /** Returns the factor of a setting; 9 if it is measured now. */
    private static double factor(Sketch sketch, Snapshot snapshot, int theta) {
        return sketch.errors(snapshot, theta, 0.01, () -> measured(snapshot, 9)).factor();
    }

    @Test
    void aCalibrationIsOldWhenManyKeysWereRemovedTheNewestToo() {
        add(100);
        try (store;
                Sketch sketch = sketch();
                Sketch restored = sketch();
                Snapshot before = store.snapshot()) {
            sketch.errors(before, 10, 0.01, () -> measured(before, 2));
            restored.calibrate(ByteBuffer.wrap(sketch.calibration()));
            store.remove(99);
            try (Snapshot less = store.snapshot()) {
                assertThat(factor(sketch, less, 10)).as("one key less").isEqualTo(2);
                assertThat(factor(restored, less, 10)).as("restored").isEqualTo(2);
            }
            store.remove(LongStream.range(0, 60).toArray());
            try (Snapshot few = store.snapshot()) {
                assertThat(factor(restored, few, 10)).as("restored").isEqualTo(9);
                assertThat(factor(sketch, few, 10)).isEqualTo(9);
                assertThat(factor(sketch, before, 10)).isEqualTo(9);
                sketch.errors(few, 99, 0.01, () -> measured(few, 3));
            }
            assertThat(factor(sketch, before, 99))
                    .as("a snapshot from before the measurement says nothing")
                    .isEqualTo(3);
        }
    }

    @Test
    void theSettingsAskedLastAreSavedIfTheyGiveEstimates() {
        add(1);
        try (store;
                Sketch sketch = sketch();
                Sketch restored = sketch();
                Snapshot snapshot = store.snapshot()) {
            for (int i = 0; i < 40; i++) {
                int theta = 1 << i % 30;
                double tolerance = i < 30 ? 0.01 : 0.1;
                sketch.errors(snapshot, theta, tolerance, () -> measured(snapshot, 2));
            }
            assertThat(factor(sketch, snapshot, 2)).isEqualTo(2);
            sketch.errors(snapshot, 1e12, 0.01, () -> new SketchErrors(1, 0, 1, 99));
            byte[] saved = sketch.calibration();
            assertThat(saved).hasSize((1 + Sketch.SAVED_SETTINGS * Sketch.SETTING_NUMBERS) * Double.BYTES);
            restored.calibrate(ByteBuffer.wrap(saved));
            assertThat(restored.calibration()).isEqualTo(saved);
            assertThat(factor(restored, snapshot, 2)).as("asked last").isEqualTo(2);
            assertThat(factor(restored, snapshot, 1)).as("asked first").isEqualTo(9);
        }
    }
}
