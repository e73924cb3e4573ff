package io.github.afterimage.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.ElementType;
import io.github.afterimage.binding.Native;
import io.github.afterimage.binding.NativeScreen;
import io.github.afterimage.platform.NativeLibrary;
import java.nio.FloatBuffer;
import java.util.Random;
import org.bytedeco.javacpp.BytePointer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Screens of keys, byte by byte. */
class ScreenTest {
    private static final int DIM = 20;
    private static final int SIZE = 70_000;

    @BeforeAll
    static void needsTheKernels() {
        assumeTrue(NativeLibrary.available(), "no native library");
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 8})
    void aScreenThatSeveralThreadsMakeIsThatOfOne(int bits) {
        byte[] ofOne = screen(bits, 1);
        assertThat(ofOne).isEqualTo(screen(bits, 3));
    }

    /** Returns the codes of all keys, and their scales and residuals. */
    private static byte[] screen(int bits, int threads) {
        float[] keys = new float[SIZE * DIM];
        Random random = new Random(5);
        for (int i = 0; i < keys.length; i++) {
            keys[i] = (float) random.nextGaussian();
        }
        try (KeyStore store = new KeyStore(DIM, 2, ElementType.BFLOAT16, SIZE)) {
            store.add(FloatBuffer.wrap(keys), new int[SIZE]);
            store.makeCodes(CodeFormat.whole(bits), threads);
            try (Snapshot snapshot = store.snapshot()) {
                NativeScreen screen = snapshot.key(0).screen();
                int rowBytes = (int) Native.afterimage_screen_row_bytes(DIM, bits) * SIZE;
                byte[] bytes = new byte[rowBytes + 2 * Float.BYTES * SIZE];
                new BytePointer(screen.rows()).get(bytes, 0, rowBytes);
                new BytePointer(screen.scales()).get(bytes, rowBytes, Float.BYTES * SIZE);
                new BytePointer(screen.residuals()).get(bytes, rowBytes + Float.BYTES * SIZE, Float.BYTES * SIZE);
                return bytes;
            }
        }
    }
}
