package io.github.afterimage.cuda;

import io.github.afterimage.settings.ElementType;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;
import org.bytedeco.cuda.global.cudart;

/** The GPU, its measured peak rates, and how work on it is timed. */
final class Device implements AutoCloseable {
    private static final int REPEATS = 9;
    private static final int BLOCK_BYTES = 16 << 20;

    final Cuda cuda = Cuda.open();
    private final Cuda.Entered entered = cuda.enter();
    final CudaCaller caller = new CudaCaller();
    final double copyBytesPerSecond;
    final double hostBytesPerSecond;
    final double bfloatOperationsPerSecond;

    /** @param large the rows and columns of the square product that is measured */
    Device(long copyBytes, int large) {
        try (PinnedBuffer pinned = PinnedBuffer.allocate(cuda, copyBytes);
                DeviceBuffer from = DeviceBuffer.allocate(cuda, copyBytes);
                DeviceBuffer to = DeviceBuffer.allocate(cuda, copyBytes);
                DeviceBuffer product = DeviceBuffer.allocate(cuda, Gemm.Scores.bytes(large, large))) {
            fill(from, ElementType.BFLOAT16);
            double copy = millis(() -> CudaException.check(
                    cudart.cuMemcpyDtoDAsync(to.at(0), from.at(0), copyBytes, caller.compute.handle()),
                    "cuMemcpyDtoDAsync"));
            copyBytesPerSecond = 2 * copyBytes / copy * 1000;
            double host = millis(() -> caller.compute.copyIn(to.at(0), pinned.at(0), copyBytes));
            hostBytesPerSecond = copyBytes / host * 1000;
            RowLayout layout = RowLayout.of(ElementType.BFLOAT16, large);
            fill(to, ElementType.BFLOAT16);
            Gemm.Scores scores = new Gemm.Scores(product.at(0), large, large);
            double gemm = millis(() -> caller.gemm.scores(from.at(0), large, layout, to.at(0), scores));
            bfloatOperationsPerSecond = 2.0 * large * large * large / gemm * 1000;
        }
    }

    /** Returns the median of repeated measurements. */
    static double median(DoubleSupplier measurement) {
        double[] all = new double[REPEATS];
        for (int i = 0; i < REPEATS; i++) {
            all[i] = measurement.getAsDouble();
        }
        Arrays.sort(all);
        return all[REPEATS / 2];
    }

    /** Returns the time from the start of queued work to its end, the median in milliseconds. */
    double millis(Runnable work) {
        caller.compute.synchronize();
        return median(() -> wallMillis(() -> {
            work.run();
            caller.compute.synchronize();
        }));
    }

    /** Returns the time that the caller takes, in milliseconds. */
    static double wallMillis(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) / 1e6;
    }

    /**
     * Fills the buffer with copies of one block of random elements. Zeros or equal numbers would draw less power, so that the clock
     * would be higher than with keys.
     */
    void fill(DeviceBuffer target, ElementType type) {
        // Random signs and fractions; the exponents of floats are that of 1/128.
        int random =
                switch (type) {
                    case FLOAT32 -> 0x807fffff;
                    case FLOAT16 -> 0x83ff83ff;
                    case BFLOAT16 -> 0x807f807f;
                    case INT8 -> 0xffffffff;
                };
        int exponent =
                switch (type) {
                    case FLOAT32 -> 0x3c000000;
                    case FLOAT16 -> 0x20002000;
                    case BFLOAT16 -> 0x3c003c00;
                    case INT8 -> 0;
                };
        SplittableRandom bits = new SplittableRandom(3);
        try (PinnedBuffer block = PinnedBuffer.allocate(cuda, BLOCK_BYTES)) {
            ByteBuffer values = block.buffer(0, BLOCK_BYTES);
            for (int i = 0; i < BLOCK_BYTES; i += Integer.BYTES) {
                values.putInt(i, bits.nextInt() & random | exponent);
            }
            for (long at = 0; at < target.bytes(); at += BLOCK_BYTES) {
                caller.compute.copyIn(target.at(at), block.at(0), Math.min(BLOCK_BYTES, target.bytes() - at));
            }
            caller.compute.synchronize();
        }
    }

    @Override
    public void close() {
        caller.close();
        entered.close();
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "copy on the device %.0f GB/s (read and write), from pinned memory %.1f GB/s, bf16 product %.0f TFLOP/s",
                copyBytesPerSecond / 1e9,
                hostBytesPerSecond / 1e9,
                bfloatOperationsPerSecond / 1e12);
    }
}
