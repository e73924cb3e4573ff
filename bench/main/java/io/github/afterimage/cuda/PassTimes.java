package io.github.afterimage.cuda;

import io.github.afterimage.ElementType;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.Snapshot;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Measures passes over keys that are on the device, on both paths, and over keys that are streamed to it. */
final class PassTimes {
    static final int CLASSES = 1000;
    static final float THETA = 90;
    private static final double MAX_OF_PRODUCT = 1.15;
    private static final double MAX_OF_FLOOR = 1.3;
    private static final double MAX_OF_COPY = 1.18;

    private final Cuda cuda;
    private final DeviceRates rates;
    private final Measurements measurements;

    PassTimes(Cuda cuda, DeviceRates rates, Measurements measurements) {
        this.cuda = cuda;
        this.rates = rates;
        this.measurements = measurements;
    }

    record KeyShape(int keys, int dim) {}

    void heading() {
        measurements.line(
                "%-22s %-5s %-6s %6s %10s %10s %10s %7s",
                "keys", "type", "path", "batch", "ms", "call ms", "bound ms", "ratio");
    }

    void measure(KeyShape shape, ElementType type) {
        try (KeyStore store = new KeyStore(shape.dim, CLASSES, type, shape.keys)) {
            fill(store, shape);
            try (Snapshot snapshot = store.snapshot();
                    CudaCaller caller = new CudaCaller()) {
                List<Keys> keys = snapshot.range(0, snapshot.rows());
                for (int batch : CudaBenchmark.BATCHES) {
                    pass(shape, type, "gemm", false, batch, keys, caller);
                    if (type == ElementType.FLOAT32) {
                        pass(shape, type, "gemm", true, batch, keys, caller);
                    }
                    if (type == ElementType.BFLOAT16) {
                        pass(shape, type, "fused", false, batch, keys, caller);
                    }
                }
            }
            System.setProperty(CudaProperties.KEY_LIMIT, "0");
            try (KeyStore fresh = new KeyStore(shape.dim, CLASSES, type, shape.keys)) {
                fill(fresh, shape);
                try (Snapshot snapshot = fresh.snapshot();
                        CudaCaller caller = new CudaCaller()) {
                    streamed(shape, type, snapshot.range(0, snapshot.rows()), caller);
                }
            } finally {
                System.clearProperty(CudaProperties.KEY_LIMIT);
            }
        }
    }

    /** Adds keys sorted by class, as image folders are. */
    private static void fill(KeyStore store, KeyShape shape) {
        SplittableRandom random = new SplittableRandom(1);
        int step = Math.max(1, (1 << 24) / shape.dim);
        FloatBuffer rows = ByteBuffer.allocateDirect(step * shape.dim * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        for (int first = 0; first < shape.keys; first += step) {
            int count = Math.min(step, shape.keys - first);
            int[] labels = new int[count];
            rows.clear().limit(count * shape.dim);
            for (int i = 0; i < count * shape.dim; i++) {
                rows.put(i, (random.nextInt() >>> 8) * 0x1p-24f);
            }
            for (int i = 0; i < count; i++) {
                labels[i] = (int) ((long) (first + i) * CLASSES / shape.keys);
            }
            store.add(rows, labels);
        }
    }

    private void pass(
            KeyShape shape,
            ElementType type,
            String path,
            boolean tf32,
            int batch,
            List<Keys> keys,
            CudaCaller caller) {
        System.setProperty(CudaProperties.PATH, path);
        System.setProperty(CudaProperties.TF32, Boolean.toString(tf32));
        try (BenchmarkPass pass = new BenchmarkPass(batch, shape.dim)) {
            for (int i = 0; i < 3; i++) {
                pass.run(keys, caller);
            }
            double[] wall = new double[Measurements.REPEATS];
            int[] at = {0};
            double millis = Measurements.median(Measurements.REPEATS, () -> {
                long start = System.nanoTime();
                pass.run(keys, caller);
                wall[at[0]++] = (System.nanoTime() - start) / 1e6;
                return caller.lastMillis();
            });
            Arrays.sort(wall);
            boolean fused = path.equals("fused");
            double bound = fused ? floorMillis(shape, type, batch) : productMillis(shape, type, batch);
            double most = fused ? MAX_OF_FLOOR : MAX_OF_PRODUCT;
            measurements.line(
                    "%-22s %-5s %-6s %6d %10.3f %10.3f %10.3f %7.2f %s",
                    shape.keys + " x " + shape.dim,
                    tf32 ? "tf32" : type.shortName(),
                    path,
                    batch,
                    millis,
                    wall[Measurements.REPEATS / 2],
                    bound,
                    millis / bound,
                    millis / bound <= most ? "ok" : "MISSED: wanted at most " + most);
        } finally {
            System.clearProperty(CudaProperties.PATH);
            System.clearProperty(CudaProperties.TF32);
        }
    }

    private double floorMillis(KeyShape shape, ElementType type, int batch) {
        double bytes = (double) shape.keys * shape.dim * type.bytes();
        double operations = 2.0 * shape.keys * shape.dim * batch;
        return 1000 * Math.max(bytes / rates.copyBytesPerSecond(), operations / rates.bfloatOperationsPerSecond());
    }

    /** Returns the time of the product alone, on the tiles of the GEMM path, over other keys of the same shape. */
    private double productMillis(KeyShape shape, ElementType type, int batch) {
        RowLayout layout = RowLayout.of(type, shape.dim);
        TilePlan plan = TilePlan.of(batch, cuda.l2Bytes(), 0);
        try (Cuda.Entered entered = cuda.enter();
                CudaStream stream = new CudaStream(cuda);
                Stopwatch watch = new Stopwatch(cuda);
                Gemm gemm = new Gemm(cuda, stream);
                DeviceBuffer keys = DeviceBuffer.allocate(cuda, layout.bytes(shape.keys + Gemm.UNIT));
                DeviceBuffer queries = DeviceBuffer.allocate(cuda, layout.bytes(TilePlan.rounded(batch)));
                DeviceBuffer scores = DeviceBuffer.allocate(cuda, Gemm.Scores.bytes(batch, plan.rows()))) {
            Noise.fill(cuda, stream, keys, type);
            Noise.fill(cuda, stream, queries, type);
            Gemm.Scores target = new Gemm.Scores(scores.at(0), batch, plan.rows());
            Runnable product = () -> {
                for (int tile = 0; tile < plan.tiles(shape.keys); tile++) {
                    long row = (long) tile * plan.rows();
                    int count = (int) Math.min(plan.rows(), shape.keys - row);
                    gemm.scores(keys.at(layout.bytes(row)), count, layout, queries.at(0), target);
                }
            };
            product.run();
            double millis = Measurements.median(Measurements.REPEATS, () -> Measurements.timed(stream, watch, product));
            stream.synchronize();
            return millis;
        }
    }

    private void streamed(KeyShape shape, ElementType type, List<Keys> keys, CudaCaller caller) {
        int batch = 64;
        try (BenchmarkPass pass = new BenchmarkPass(batch, shape.dim)) {
            pass.run(keys, caller);
            double millis = Measurements.median(3, () -> {
                pass.run(keys, caller);
                return caller.lastMillis();
            });
            double bound = (double) shape.keys * shape.dim * type.bytes() / rates.hostBytesPerSecond() * 1000;
            measurements.line(
                    "%-22s %-5s %-6s %6d %10.3f %10s %10.3f %7.2f %s",
                    shape.keys + " x " + shape.dim,
                    type.shortName(),
                    "stream",
                    batch,
                    millis,
                    "",
                    bound,
                    millis / bound,
                    millis / bound <= MAX_OF_COPY ? "ok" : "MISSED: wanted at most " + MAX_OF_COPY);
        }
    }
}
