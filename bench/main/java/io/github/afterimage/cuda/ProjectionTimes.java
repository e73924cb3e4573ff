package io.github.afterimage.cuda;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.ElementType;
import io.github.afterimage.engine.Engines;
import io.github.afterimage.engine.Projection;
import io.github.afterimage.reduce.Reduction;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.OptionalLong;
import java.util.SplittableRandom;

/**
 * Times the reduction of rows by a Gaussian projection, on the device and on the processor with all threads. The time is the
 * caller's, with normalisation. The bound is the copy to the device at its measured rate plus the product alone.
 */
final class ProjectionTimes {
    private static final int FEW = 3;

    private final Cuda cuda;
    private final DeviceRates rates;
    private final Measurements measurements;

    ProjectionTimes(Cuda cuda, DeviceRates rates, Measurements measurements) {
        this.cuda = cuda;
        this.rates = rates;
        this.measurements = measurements;
    }

    void heading() {
        measurements.line("%-22s %6s %10s %12s %10s", "rows reduced", "batch", "device ms", "processor ms", "bound ms");
    }

    void measure(int dim, int outputDim) {
        measurements.line(
                "%-22s matrix made on the device in %.3f ms", dim + " -> " + outputDim, matrixMillis(dim, outputDim));
        try (CacheIndex index = CacheIndex.builder(dim, 10)
                .reduce(Reduction.gaussian(outputDim))
                .engine(Engines.named("cuda"))
                .build()) {
            for (int batch : CudaBenchmark.BATCHES) {
                FloatBuffer rows = rows(batch, dim);
                measurements.line(
                        "%-22s %6d %10.3f %12.3f %10.3f",
                        dim + " -> " + outputDim,
                        batch,
                        callMillis(index, rows, "device"),
                        callMillis(index, rows, "processor"),
                        boundMillis(dim, outputDim, batch));
            }
        }
    }

    private static FloatBuffer rows(int batch, int dim) {
        SplittableRandom random = new SplittableRandom(3);
        FloatBuffer rows = ByteBuffer.allocateDirect(Math.multiplyExact(batch * Float.BYTES, dim))
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        for (int i = 0; i < rows.limit(); i++) {
            rows.put(i, (random.nextInt() >>> 8) * 0x1p-24f);
        }
        return rows;
    }

    private static double callMillis(CacheIndex index, FloatBuffer rows, String place) {
        System.setProperty(CudaProperties.REDUCE, place);
        try {
            for (int i = 0; i < FEW; i++) {
                index.encode(rows);
            }
            return Measurements.median(Measurements.REPEATS, () -> Measurements.timed(() -> index.encode(rows)));
        } finally {
            System.clearProperty(CudaProperties.REDUCE);
        }
    }

    /** Returns the median time, because the first call loads the kernel. */
    private double matrixMillis(int dim, int outputDim) {
        try (Cuda.Entered entered = cuda.enter();
                CudaCaller caller = new CudaCaller()) {
            return Measurements.median(FEW, () -> {
                try (DeviceMatrix matrix = gaussian(dim, outputDim)) {
                    return Measurements.timed(() -> matrix.address(cuda, caller.compute, caller.memory));
                }
            });
        }
    }

    private static DeviceMatrix gaussian(int dim, int outputDim) {
        return new DeviceMatrix(new Projection(dim, outputDim, 1, OptionalLong.of(1), (row, values) -> {}));
    }

    private double boundMillis(int dim, int outputDim, int batch) {
        double copyMillis = (double) batch * dim * Float.BYTES / rates.hostBytesPerSecond() * 1000;
        try (Cuda.Entered entered = cuda.enter();
                CudaCaller caller = new CudaCaller();
                Stopwatch watch = new Stopwatch(cuda);
                DeviceMatrix matrix = gaussian(dim, outputDim);
                DeviceBuffer rows = DeviceBuffer.allocate(cuda, (long) batch * dim * Float.BYTES);
                DeviceBuffer target = DeviceBuffer.allocate(cuda, (long) batch * outputDim * Float.BYTES)) {
            long address = matrix.address(cuda, caller.compute, caller.memory);
            Noise.fill(cuda, caller.compute, rows, ElementType.FLOAT32);
            Runnable product = () -> caller.gemm.project(matrix, address, rows.at(0), batch, target.at(0));
            product.run();
            double millis =
                    Measurements.median(Measurements.REPEATS, () -> Measurements.timed(caller.compute, watch, product));
            caller.compute.synchronize();
            return copyMillis + millis;
        }
    }
}
