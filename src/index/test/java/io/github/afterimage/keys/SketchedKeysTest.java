package io.github.afterimage.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.ElementType;
import io.github.afterimage.binding.NativeSketch;
import io.github.afterimage.codes.Components;
import io.github.afterimage.platform.NativeLibrary;
import java.nio.FloatBuffer;
import java.util.Random;
import org.bytedeco.javacpp.BytePointer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Sketches of keys, byte by byte. */
class SketchedKeysTest {
    private static final int DIM = 40;
    private static final int COMPONENTS = 32;
    private static final int SIZE = 70_000;

    /** The first numbers of a key. */
    private static final class FirstNumbers implements Components {
        @Override
        public float[] rows() {
            throw new AssertionError("they are not saved");
        }

        @Override
        public int count() {
            return COMPONENTS;
        }

        @Override
        public float[] deviations() {
            return new float[] {0.2f, 0.2f, 0.2f, 0.2f};
        }

        @Override
        public void project(FloatBuffer rows, FloatBuffer target) {
            for (int row = 0; row < rows.remaining() / DIM; row++) {
                target.put(row * COMPONENTS, rows, row * DIM, COMPONENTS);
            }
        }

        @Override
        public byte[] calibration() {
            return new byte[0];
        }

        @Override
        public void close() {}
    }

    @BeforeAll
    static void needsTheKernels() {
        assumeTrue(NativeLibrary.available(), "no native library");
    }

    @Test
    void aSketchThatSeveralThreadsMakeIsThatOfOne() {
        assertThat(sketch(3)).isEqualTo(sketch(1));
    }

    /** Returns the codes of all keys, and their scales. */
    private static byte[] sketch(int threads) {
        float[] keys = new float[SIZE * DIM];
        Random random = new Random(5);
        for (int i = 0; i < keys.length; i++) {
            keys[i] = (float) random.nextGaussian();
        }
        try (KeyStore store = new KeyStore(DIM, 2, ElementType.BFLOAT16, SIZE)) {
            store.add(FloatBuffer.wrap(keys), new int[SIZE]);
            store.makeSketch(new FirstNumbers(), SketchSource.NONE, threads);
            try (Snapshot snapshot = store.snapshot()) {
                NativeSketch sketch = snapshot.key(0).sketch();
                int rowBytes = COMPONENTS / Components.QUARTERS * SIZE;
                byte[] bytes = new byte[rowBytes + Short.BYTES * SIZE];
                new BytePointer(sketch.rows()).get(bytes, 0, rowBytes);
                new BytePointer(sketch.scales()).get(bytes, rowBytes, Short.BYTES * SIZE);
                return bytes;
            }
        }
    }
}
