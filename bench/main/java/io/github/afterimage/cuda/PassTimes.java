package io.github.afterimage.cuda;

import io.github.afterimage.bench.SyntheticKeys;
import io.github.afterimage.engine.Partial;
import io.github.afterimage.engine.Queries;
import io.github.afterimage.keys.KeyFormat;
import io.github.afterimage.keys.KeyRows;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.Snapshot;
import io.github.afterimage.settings.ElementType;
import java.nio.FloatBuffer;
import java.util.List;

/** Measures passes over keys that are on the device, on both paths, and over keys that are streamed to it. */
final class PassTimes {
    private static final int CLASSES = 1000;
    private static final float THETA = 90;
    private static final int STREAMED_BATCH = 64;
    private static final double MAX_OF_PRODUCT = 1.15;
    private static final double MAX_OF_FLOOR = 1.3;
    private static final double MAX_OF_COPY = 1.18;

    private final Device device;
    private final int size;
    private final int dim;
    private final ElementType type;
    private final SyntheticKeys synthetic;

    PassTimes(Device device, int size, int dim, ElementType type) {
        this.device = device;
        this.size = size;
        this.dim = dim;
        this.type = type;
        synthetic = new SyntheticKeys(dim, CLASSES);
    }

    static void heading() {
        CudaBenchmark.line(
                "%-22s %-5s %-6s %6s %10s %10s %7s", "keys", "type", "path", "batch", "ms", "bound ms", "ratio");
    }

    private interface Passes {
        void run(List<Keys> keys, CudaCaller caller);
    }

    void measure() {
        withKeys((keys, caller) -> {
            for (int batch : CudaBenchmark.BATCHES) {
                onDevice("gemm", batch, keys, caller);
                if (type == ElementType.BFLOAT16) {
                    onDevice("fused", batch, keys, caller);
                }
            }
        });
        System.setProperty(CudaProperties.KEY_LIMIT, "0");
        try {
            double bound = bytes() / device.hostBytesPerSecond * 1000;
            withKeys((keys, caller) -> pass("stream", STREAMED_BATCH, keys, caller, bound, MAX_OF_COPY));
        } finally {
            System.clearProperty(CudaProperties.KEY_LIMIT);
        }
    }

    private void withKeys(Passes passes) {
        try (KeyStore store = new KeyStore(new KeyFormat(dim, CLASSES, type), size)) {
            synthetic.forEach(size, (rows, labels) -> store.add(KeyRows.of(rows, labels)));
            try (Snapshot snapshot = store.snapshot();
                    CudaCaller caller = new CudaCaller()) {
                passes.run(snapshot.range(0, snapshot.rows()), caller);
            }
        }
    }

    private void onDevice(String path, int batch, List<Keys> keys, CudaCaller caller) {
        System.setProperty(CudaProperties.PATH, path);
        try {
            boolean fused = path.equals("fused");
            double bound = fused ? floorMillis(batch) : productMillis(batch);
            double most = fused ? MAX_OF_FLOOR : MAX_OF_PRODUCT;
            pass(path, batch, keys, caller, bound, most);
        } finally {
            System.clearProperty(CudaProperties.PATH);
        }
    }

    /** Measures queries of unit norm with references of 1 and one θ. */
    private void pass(String path, int batch, List<Keys> keys, CudaCaller caller, double bound, double most) {
        try (Queries queries = ofReferenceOne(synthetic.queries(batch), batch);
                Partial target = new Partial(new float[] {THETA}, queries, CLASSES)) {
            Runnable pass = () -> caller.classSums(keys, queries, target, () -> {});
            for (int i = 0; i < 3; i++) {
                pass.run();
            }
            double millis = Device.median(() -> Device.wallMillis(pass));
            CudaBenchmark.line(
                    "%-22s %-5s %-6s %6d %10.3f %10.3f %7.2f %s",
                    size + " x " + dim,
                    type.shortName(),
                    path,
                    batch,
                    millis,
                    bound,
                    millis / bound,
                    millis / bound <= most ? "ok" : "MISSED: wanted at most " + most);
        }
    }

    private Queries ofReferenceOne(FloatBuffer rows, int batch) {
        Queries queries = Queries.of(rows, 0, batch, dim);
        queries.references(1);
        return queries;
    }

    private double bytes() {
        return (double) size * dim * type.bytes();
    }

    private double floorMillis(int batch) {
        double operations = 2.0 * size * dim * batch;
        return 1000 * Math.max(bytes() / device.copyBytesPerSecond, operations / device.bfloatOperationsPerSecond);
    }

    /** Returns the time of the product alone, on the tiles of the GEMM path, over other keys of the same shape. */
    private double productMillis(int batch) {
        RowLayout layout = RowLayout.of(type, dim);
        TilePlan plan = TilePlan.of(batch, device.cuda.card(), 0);
        try (DeviceBuffer keys = DeviceBuffer.allocate(device.cuda, layout.bytes(size + Gemm.UNIT));
                DeviceBuffer queries = DeviceBuffer.allocate(device.cuda, layout.bytes(TilePlan.rounded(batch)));
                DeviceBuffer scores = DeviceBuffer.allocate(device.cuda, Gemm.Scores.bytes(batch, plan.rows()))) {
            device.fill(keys, type);
            device.fill(queries, type);
            Gemm.Scores target = new Gemm.Scores(scores.at(0), batch, plan.rows());
            Runnable product = () -> {
                for (int tile = 0; tile < plan.tiles(size); tile++) {
                    long row = (long) tile * plan.rows();
                    int count = (int) Math.min(plan.rows(), size - row);
                    device.caller.gemm.scores(keys.at(layout.bytes(row)), count, layout, queries.at(0), target);
                }
            };
            product.run();
            return device.millis(product);
        }
    }
}
