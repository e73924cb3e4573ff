package io.github.afterimage.cuda;

import io.github.afterimage.ElementType;
import java.util.Locale;
import org.bytedeco.cuda.global.cudart;

/** The measured peak rates of a GPU. */
record DeviceRates(double copyBytesPerSecond, double hostBytesPerSecond, double bfloatOperationsPerSecond) {
    /** @param large the rows and columns of the square product */
    static DeviceRates measure(Cuda cuda, long copyBytes, int large) {
        long largeBytes = Gemm.Scores.bytes(large, large);
        try (Cuda.Entered entered = cuda.enter();
                CudaStream stream = new CudaStream(cuda);
                Stopwatch watch = new Stopwatch(cuda);
                Gemm gemm = new Gemm(cuda, stream);
                PinnedBuffer pinned = PinnedBuffer.allocate(cuda, copyBytes);
                DeviceBuffer from = DeviceBuffer.allocate(cuda, copyBytes);
                DeviceBuffer to = DeviceBuffer.allocate(cuda, copyBytes);
                DeviceBuffer product = DeviceBuffer.allocate(cuda, largeBytes)) {
            Noise.fill(cuda, stream, from, ElementType.BFLOAT16);
            double copy = Measurements.median(
                    Measurements.REPEATS,
                    () -> Measurements.timed(
                            stream,
                            watch,
                            () -> CudaException.check(
                                    cudart.cuMemcpyDtoDAsync(to.at(0), from.at(0), copyBytes, stream.handle()),
                                    "cuMemcpyDtoDAsync")));
            double copyBytesPerSecond = 2 * copyBytes / copy * 1000;
            double host = Measurements.median(
                    Measurements.REPEATS,
                    () -> Measurements.timed(stream, watch, () -> stream.copyIn(to.at(0), pinned.at(0), copyBytes)));
            double hostBytesPerSecond = copyBytes / host * 1000;
            RowLayout layout = RowLayout.of(ElementType.BFLOAT16, large);
            Noise.fill(cuda, stream, to, ElementType.BFLOAT16);
            Gemm.Scores scores = new Gemm.Scores(product.at(0), large, large);
            double gemmMillis = Measurements.median(
                    Measurements.REPEATS,
                    () -> Measurements.timed(
                            stream, watch, () -> gemm.scores(from.at(0), large, layout, to.at(0), scores)));
            double bfloatOperationsPerSecond = 2.0 * large * large * large / gemmMillis * 1000;
            stream.synchronize();
            return new DeviceRates(copyBytesPerSecond, hostBytesPerSecond, bfloatOperationsPerSecond);
        }
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
