package io.github.afterimage.bench;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.ElementType;
import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.reduce.Reduction;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Builds a reduced index over as many long keys as the paper has for ImageNet, 280,000 x 25,088, which never are in
 * memory together, and says at what rate and with how much memory:
 * {@code java -cp target/benchmarks.jar io.github.afterimage.bench.StreamingBuild [REDUCTION [TYPE [KEYS]]]}.
 */
public final class StreamingBuild {
    private static final int DIM = 25_088;
    private static final int CLASSES = 1000;
    private static final int BATCH = 512;

    private StreamingBuild() {}

    /** Prints one line of progress for each tenth, and the figures. */
    public static void main(String[] args) throws IOException {
        Reduction reduction = Reduction.parse(args.length > 0 ? args[0] : "gaussian:512");
        ElementType type = ElementType.named(args.length > 1 ? args[1] : "f32");
        int size = args.length > 2 ? Integer.parseInt(args[2]) : 280_000;
        FloatBuffer batch = ByteBuffer.allocateDirect(BATCH * DIM * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        try (CacheIndex index = CacheIndex.builder(DIM, CLASSES)
                .reduce(reduction)
                .type(type)
                .expectedKeys(size)
                .build()) {
            long made = 0;
            long start = System.nanoTime();
            for (int first = 0; first < size; first += BATCH) {
                int count = Math.min(BATCH, size - first);
                long before = System.nanoTime();
                int[] labels = fill(batch, first, count, size);
                made += System.nanoTime() - before;
                index.add(batch, labels);
                if (first / (size / 10) != (first + count) / (size / 10)) {
                    System.err.printf("%d of %d keys%n", first + count, size);
                }
            }
            double seconds = (System.nanoTime() - start - made) / 1e9;
            double bytes = (double) size * DIM * Float.BYTES;
            long stored = (long) size * index.keyDim() * type.bytes();
            System.out.printf(
                    Locale.ROOT,
                    "%s, %s: %d x %d (%.1f GB) in %.0f s, %.0f keys/s, %.2f GB/s; keys %.0f MB, resident at most %.0f MB,"
                            + " native now %.0f MB%n",
                    reduction,
                    type.shortName(),
                    size,
                    DIM,
                    bytes / 1e9,
                    seconds,
                    size / seconds,
                    bytes / 1e9 / seconds,
                    stored / 1e6,
                    peakResidentBytes() / 1e6,
                    NativeMemory.bytesInUse() / 1e6);
        }
    }

    /** Rows of noise around one value in a hundred that their class decides, as after a rectifier. */
    private static int[] fill(FloatBuffer batch, int first, int count, int size) {
        batch.clear();
        int[] labels = new int[count];
        SplittableRandom random = new SplittableRandom(first);
        for (int row = 0; row < count; row++) {
            labels[row] = (int) ((long) (first + row) * CLASSES / size);
            for (int i = 0; i < DIM; i++) {
                float noise = (random.nextInt() >>> 8) * 0x1p-24f;
                batch.put(i % 100 == labels[row] % 100 ? 1 + noise : Math.max(0, noise - 0.5f));
            }
        }
        batch.flip();
        return labels;
    }

    private static long peakResidentBytes() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmHWM:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
            }
        }
        throw new IOException("/proc/self/status does not name VmHWM");
    }
}
