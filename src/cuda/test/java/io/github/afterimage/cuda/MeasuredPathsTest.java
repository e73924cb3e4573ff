package io.github.afterimage.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.ElementType;
import io.github.afterimage.MemoryKind;
import io.github.afterimage.NotEnoughMemoryException;
import io.github.afterimage.cuda.MeasuredPaths.Shape;
import io.github.afterimage.keys.KeyRows;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.Snapshot;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MeasuredPathsTest {
    private static final Shape SHAPE = new Shape(ElementType.BFLOAT16, 100, 64, 1 << 17, 16, 64, true);
    private static final Shape STREAMED = new Shape(ElementType.BFLOAT16, 100, 64, 1 << 17, 16, 64, false);
    private static final DoubleSupplier NEVER = () -> {
        throw new AssertionError("measured again");
    };

    @TempDir
    Path folder;

    @Test
    void aShapeIsMeasuredOnceAndKept() {
        Path file = folder.resolve("paths.properties");
        MeasuredPaths paths = new MeasuredPaths(file);
        assertThat(paths.fusedIsFaster(SHAPE, () -> 0.8125)).isTrue();
        assertThat(paths.fusedIsFaster(SHAPE, NEVER)).isTrue();
        assertThat(paths.fusedIsFaster(STREAMED, () -> 1.25)).isFalse();
        MeasuredPaths later = new MeasuredPaths(file);
        assertThat(later.fusedIsFaster(SHAPE, NEVER)).isTrue();
        assertThat(later.fusedIsFaster(STREAMED, NEVER)).isFalse();
    }

    @Test
    void withoutMemoryToMeasureTheFusedKernelIsNotTakenInThisProcess() {
        Path file = folder.resolve("paths.properties");
        MeasuredPaths paths = new MeasuredPaths(file);
        assertThat(paths.fusedIsFaster(SHAPE, () -> {
                    throw new NotEnoughMemoryException(MemoryKind.DEVICE, "too little");
                }))
                .isFalse();
        assertThat(paths.fusedIsFaster(SHAPE, NEVER)).isFalse();
        assertThat(new MeasuredPaths(file).fusedIsFaster(SHAPE, () -> 0.5)).isTrue();
    }

    @Test
    void aDamagedFileIsMeasuredAgain() throws Exception {
        Path file = folder.resolve("paths.properties");
        new MeasuredPaths(file).fusedIsFaster(SHAPE, () -> 0.5);
        Files.writeString(file, Files.readString(file).replace("0.5", "fast"));
        assertThat(new MeasuredPaths(file).fusedIsFaster(SHAPE, () -> 1.5)).isFalse();
    }

    @Test
    void aShapeIsThatOfTheKeysInPowersOfTwo() {
        try (KeyStore store = new KeyStore(100, 10, ElementType.BFLOAT16, 3000)) {
            float[] rows = new float[3000 * 100];
            Arrays.fill(rows, 1);
            store.add(KeyRows.of(FloatBuffer.wrap(rows), new int[3000]));
            try (Snapshot snapshot = store.snapshot()) {
                Keys keys = snapshot.range(0, snapshot.rows()).get(0);
                Keys few = MeasuredPaths.measured(keys, new TilePlan.Card(1, 1000));
                assertThat(few.count()).as("four waves of 256 keys").isEqualTo(1024);
                assertThat(MeasuredPaths.measured(keys, new TilePlan.Card(1, 400_000))
                                .count())
                        .as("more than the cache holds")
                        .isEqualTo(2001);
                assertThat(MeasuredPaths.measured(keys, new TilePlan.Card(100, 1000))
                                .count())
                        .isEqualTo(3000);
                assertThat(Shape.of(keys, 33, 10, 57, true))
                        .isEqualTo(new Shape(ElementType.BFLOAT16, 100, 64, 4096, 16, 64, true));
                assumeTrue(new CudaProvider().problem() == null, "no GPU: " + new CudaProvider().problem());
                for (boolean resident : new boolean[] {true, false}) {
                    assertThat(MeasuredPaths.ratio(few, Shape.of(few, 5, 10, 64, resident), 10))
                            .isPositive();
                }
            }
        }
    }
}
