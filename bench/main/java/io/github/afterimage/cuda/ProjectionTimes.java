package io.github.afterimage.cuda;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.Engines;
import io.github.afterimage.bench.SyntheticKeys;
import io.github.afterimage.engine.Projection;
import io.github.afterimage.reduce.Reducer;
import io.github.afterimage.reduce.Reduction;
import io.github.afterimage.settings.ElementType;
import java.nio.FloatBuffer;

/**
 * Times the reduction of rows by a Gaussian projection, on the device and on the processor with all threads. The time is the
 * caller's, with normalisation. The bound is the copy to the device at its measured rate plus the product alone.
 */
final class ProjectionTimes {
    private static final int CLASSES = 10;

    private final Device device;
    private final int dim;
    private final int outputDim;

    ProjectionTimes(Device device, int dim, int outputDim) {
        this.device = device;
        this.dim = dim;
        this.outputDim = outputDim;
    }

    static void heading() {
        CudaBenchmark.line(
                "%-22s %6s %10s %12s %10s", "rows reduced", "batch", "device ms", "processor ms", "bound ms");
    }

    void measure() {
        String name = dim + " -> " + outputDim;
        CudaBenchmark.line("%-22s matrix made on the device in %.3f ms", name, matrixMillis());
        SyntheticKeys synthetic = new SyntheticKeys(dim, CLASSES);
        try (CacheIndex index = new CacheIndexBuilder(dim, CLASSES)
                .reduce(Reduction.gaussian(outputDim))
                .engine(Engines.named("cuda"))
                .build()) {
            for (int batch : CudaBenchmark.BATCHES) {
                FloatBuffer rows = synthetic.queries(batch);
                CudaBenchmark.line(
                        "%-22s %6d %10.3f %12.3f %10.3f",
                        name,
                        batch,
                        callMillis(index, rows, "device"),
                        callMillis(index, rows, "processor"),
                        boundMillis(batch));
            }
        }
    }

    private static double callMillis(CacheIndex index, FloatBuffer rows, String place) {
        System.setProperty(CudaProperties.REDUCE, place);
        try {
            index.encode(rows);
            return Device.median(() -> Device.wallMillis(() -> index.encode(rows)));
        } finally {
            System.clearProperty(CudaProperties.REDUCE);
        }
    }

    /** Returns the median time, because the first call loads the kernel. */
    private double matrixMillis() {
        return Device.median(() -> {
            try (DeviceMatrix matrix = gaussian()) {
                return Device.wallMillis(
                        () -> matrix.address(device.cuda, device.caller.compute, device.caller.memory));
            }
        });
    }

    private DeviceMatrix gaussian() {
        try (Reducer reducer = Reduction.gaussian(outputDim).reducer(dim, 1)) {
            return new DeviceMatrix(
                    new Projection(dim, outputDim, reducer.entries().orElseThrow()));
        }
    }

    private double boundMillis(int batch) {
        double copyMillis = (double) batch * dim * Float.BYTES / device.hostBytesPerSecond * 1000;
        CudaCaller caller = device.caller;
        try (DeviceMatrix matrix = gaussian();
                DeviceBuffer rows = DeviceBuffer.allocate(device.cuda, (long) batch * dim * Float.BYTES);
                DeviceBuffer target = DeviceBuffer.allocate(device.cuda, (long) batch * outputDim * Float.BYTES)) {
            long address = matrix.address(device.cuda, caller.compute, caller.memory);
            device.fill(rows, ElementType.FLOAT32);
            Runnable product = () -> caller.gemm.project(matrix, address, rows.at(0), batch, target.at(0));
            product.run();
            return copyMillis + device.millis(product);
        }
    }
}
