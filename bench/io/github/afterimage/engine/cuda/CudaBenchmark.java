package io.github.afterimage.engine.cuda;

import io.github.afterimage.store.ElementType;
import io.github.afterimage.store.KeyStore;
import io.github.afterimage.store.Keys;
import io.github.afterimage.store.Memory;
import io.github.afterimage.store.Snapshot;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;
import org.bytedeco.cuda.global.cudart;

/**
 * Times the engine "cuda" on a GPU beside what bounds it, and prints a table:
 * {@code java -cp target/benchmarks.jar io.github.afterimage.engine.cuda.CudaBenchmark [FILE [SCALE]]}. FILE gets the same
 * lines; SCALE divides the numbers of keys and what the bounds are measured with. With {@code probe} in the place of both it only says what the GPU is, or what is
 * missing.
 *
 * <p>Times are the device's, medians of repeated passes over keys that are on it, without the copies of queries and sums; the
 * column "call" is the caller's time with them. The bound of the GEMM path is the product alone on the same tiles, that of
 * the fused path is the greater of the bytes of the keys over the rate of a copy on the device and the operations over the
 * rate of a large bf16 product, that of streaming is the rate of a copy of pinned memory to the device.
 */
public final class CudaBenchmark {
    private static final int[] BATCHES = {1, 64, 256, 1024, 4096};
    private static final int CLASSES = 1000;
    private static final float THETA = 90;
    private static final int REPEATS = 9;
    private static final long COPY_BYTES = 1L << 30;
    private static final int LARGE = 8192;

    private final List<String> lines = new ArrayList<>();
    private final Cuda cuda = Cuda.open();
    private double copyBytesPerSecond;
    private double hostBytesPerSecond;
    private double bfloatOperationsPerSecond;

    private CudaBenchmark() {}

    private record Shape(int keys, int dim) {}

    /** @param args the file for the table, and a divisor of the numbers of keys */
    public static void main(String[] args) throws IOException {
        String problem = CudaSupport.problem();
        if (problem != null) {
            System.err.println("the engine \"cuda\" cannot be used here: " + problem);
            System.exit(1);
        }
        if (args.length == 1 && args[0].equals("probe")) {
            System.out.println(CudaSupport.description());
            return;
        }
        int scale = args.length > 1 ? Integer.parseInt(args[1]) : 1;
        CudaBenchmark benchmark = new CudaBenchmark();
        benchmark.line("%s", CudaSupport.description());
        benchmark.bounds(Math.max(1 << 16, COPY_BYTES / scale), Math.max(128, LARGE / scale));
        benchmark.line(
                "%-22s %-5s %-6s %6s %10s %10s %10s %7s",
                "keys", "type", "path", "batch", "ms", "call ms", "bound ms", "ratio");
        for (Shape shape : new Shape[] {new Shape(275_000, 2048), new Shape(1_281_167, 512)}) {
            Shape scaled = new Shape(shape.keys / scale, shape.dim);
            for (ElementType type : new ElementType[] {ElementType.FLOAT32, ElementType.BFLOAT16, ElementType.INT8}) {
                benchmark.measure(scaled, type);
            }
        }
        if (args.length > 0) {
            try (PrintWriter out =
                    new PrintWriter(Files.newBufferedWriter(java.nio.file.Path.of(args[0]), StandardCharsets.UTF_8))) {
                benchmark.lines.forEach(out::println);
            }
        }
    }

    private void line(String format, Object... values) {
        String line = String.format(Locale.ROOT, format, values);
        System.out.println(line);
        lines.add(line);
    }

    private static double median(int repeats, DoubleSupplier millis) {
        double[] all = new double[repeats];
        for (int i = 0; i < repeats; i++) {
            all[i] = millis.getAsDouble();
        }
        Arrays.sort(all);
        return all[repeats / 2];
    }

    /** Milliseconds of the device for what is queued. */
    private static double timed(CudaStream stream, Stopwatch watch, Runnable work) {
        watch.start(stream);
        work.run();
        watch.stop(stream);
        return watch.millis();
    }

    private void bounds(long copyBytes, int large) {
        cuda.enter();
        long largeBytes = Gemm.scoreBytes(large, large);
        try (CudaStream stream = new CudaStream(cuda);
                Stopwatch watch = new Stopwatch();
                Gemm gemm = new Gemm(cuda, stream);
                PinnedBuffer pinned = PinnedBuffer.allocate(cuda, copyBytes);
                DeviceBuffer from = DeviceBuffer.allocate(cuda, copyBytes);
                DeviceBuffer to = DeviceBuffer.allocate(cuda, copyBytes);
                DeviceBuffer product = DeviceBuffer.allocate(cuda, largeBytes)) {
            stream.fill(from.at(0), (byte) 0, copyBytes);
            double copy = median(
                    REPEATS,
                    () -> timed(
                            stream,
                            watch,
                            () -> CudaException.check(
                                    cudart.cuMemcpyDtoDAsync(to.at(0), from.at(0), copyBytes, stream.handle()),
                                    "cuMemcpyDtoDAsync")));
            copyBytesPerSecond = 2 * copyBytes / copy * 1000;
            double host =
                    median(REPEATS, () -> timed(stream, watch, () -> stream.copyIn(to.at(0), pinned.at(0), copyBytes)));
            hostBytesPerSecond = copyBytes / host * 1000;
            RowLayout layout = RowLayout.of(ElementType.BFLOAT16, large);
            double gemmMillis = median(
                    REPEATS,
                    () -> timed(
                            stream,
                            watch,
                            () -> gemm.scores(from.at(0), large, to.at(0), large, layout, product.at(0), large)));
            bfloatOperationsPerSecond = 2.0 * large * large * large / gemmMillis * 1000;
            stream.synchronize();
        }
        line(
                "copy on the device %.0f GB/s (read and write), from pinned memory %.1f GB/s, bf16 product %.0f TFLOP/s",
                copyBytesPerSecond / 1e9, hostBytesPerSecond / 1e9, bfloatOperationsPerSecond / 1e12);
    }

    private void measure(Shape shape, ElementType type) {
        try (KeyStore store = new KeyStore(shape.dim, CLASSES, type, shape.keys)) {
            fill(store, shape);
            try (Snapshot snapshot = store.snapshot();
                    CudaCaller caller = new CudaCaller()) {
                List<Keys> keys = snapshot.range(0, snapshot.rows());
                for (int batch : BATCHES) {
                    pass(shape, type, "gemm", false, batch, keys, caller);
                    if (type == ElementType.FLOAT32) {
                        pass(shape, type, "gemm", true, batch, keys, caller);
                    }
                    if (type == ElementType.BFLOAT16) {
                        pass(shape, type, "fused", false, batch, keys, caller);
                    }
                }
            }
            System.setProperty(Settings.KEY_LIMIT, "0");
            try (KeyStore fresh = new KeyStore(shape.dim, CLASSES, type, shape.keys)) {
                fill(fresh, shape);
                try (Snapshot snapshot = fresh.snapshot();
                        CudaCaller caller = new CudaCaller()) {
                    streamed(shape, type, snapshot.range(0, snapshot.rows()), caller);
                }
            } finally {
                System.clearProperty(Settings.KEY_LIMIT);
            }
        }
    }

    /** Keys sorted by class, as a folder of images for each class gives them. */
    private static void fill(KeyStore store, Shape shape) {
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

    /** Queries of unit norm, references of 1, one theta and where the answer goes. */
    private static final class Call implements AutoCloseable {
        private final Memory memory;
        private final int batch;
        private final int dim;
        private final DoubleBuffer sums;
        private final FloatBuffer maxima;

        Call(int batch, int dim) {
            this.batch = batch;
            this.dim = dim;
            memory = Memory.allocate(((long) batch * dim + batch + 1) * Float.BYTES);
            SplittableRandom random = new SplittableRandom(2);
            for (int row = 0; row < batch; row++) {
                FloatBuffer query = memory.buffer((long) row * dim * Float.BYTES, dim * Float.BYTES)
                        .asFloatBuffer();
                double norm = 0;
                for (int i = 0; i < dim; i++) {
                    float value = (float) random.nextDouble();
                    query.put(i, value);
                    norm += value * value;
                }
                for (int i = 0; i < dim; i++) {
                    query.put(i, (float) (query.get(i) / Math.sqrt(norm)));
                }
            }
            FloatBuffer rest = memory.buffer((long) batch * dim * Float.BYTES, (batch + 1) * Float.BYTES)
                    .asFloatBuffer();
            for (int i = 0; i < batch; i++) {
                rest.put(i, 1);
            }
            rest.put(batch, THETA);
            sums = ByteBuffer.allocateDirect(batch * CLASSES * Double.BYTES)
                    .order(ByteOrder.nativeOrder())
                    .asDoubleBuffer();
            maxima = FloatBuffer.allocate(batch);
        }

        void run(List<Keys> keys, CudaCaller caller) {
            long references = (long) batch * dim * Float.BYTES;
            caller.classSums(
                    keys,
                    new QueryBatch(memory.floats(0), memory.floats(references), batch, dim),
                    memory.floats(references + (long) batch * Float.BYTES),
                    1,
                    CLASSES,
                    sums,
                    maxima,
                    () -> {});
        }

        @Override
        public void close() {
            memory.close();
        }
    }

    private void pass(
            Shape shape, ElementType type, String path, boolean tf32, int batch, List<Keys> keys, CudaCaller caller) {
        System.setProperty(Settings.PATH, path);
        System.setProperty(Settings.TF32, Boolean.toString(tf32));
        try (Call call = new Call(batch, shape.dim)) {
            for (int i = 0; i < 3; i++) {
                call.run(keys, caller);
            }
            double[] wall = new double[REPEATS];
            int[] at = {0};
            double millis = median(REPEATS, () -> {
                long start = System.nanoTime();
                call.run(keys, caller);
                wall[at[0]++] = (System.nanoTime() - start) / 1e6;
                return caller.lastMillis();
            });
            Arrays.sort(wall);
            double bound = path.equals("fused") ? floorMillis(shape, type, batch) : productMillis(shape, type, batch);
            line(
                    "%-22s %-5s %-6s %6d %10.3f %10.3f %10.3f %7.2f",
                    shape.keys + " x " + shape.dim,
                    tf32 ? "tf32" : type.shortName(),
                    path,
                    batch,
                    millis,
                    wall[REPEATS / 2],
                    bound,
                    millis / bound);
        } finally {
            System.clearProperty(Settings.PATH);
            System.clearProperty(Settings.TF32);
        }
    }

    private double floorMillis(Shape shape, ElementType type, int batch) {
        double bytes = (double) shape.keys * shape.dim * type.bytes();
        double operations = 2.0 * shape.keys * shape.dim * batch;
        return 1000 * Math.max(bytes / copyBytesPerSecond, operations / bfloatOperationsPerSecond);
    }

    /** The product alone, on the tiles of the GEMM path, over other keys of the same shape. */
    private double productMillis(Shape shape, ElementType type, int batch) {
        RowLayout layout = RowLayout.of(type, shape.dim);
        TilePlan plan = TilePlan.of(batch, cuda.l2Bytes(), 0);
        cuda.enter();
        try (CudaStream stream = new CudaStream(cuda);
                Stopwatch watch = new Stopwatch();
                Gemm gemm = new Gemm(cuda, stream);
                DeviceBuffer keys = DeviceBuffer.allocate(cuda, layout.bytes(shape.keys + Gemm.UNIT));
                DeviceBuffer queries = DeviceBuffer.allocate(cuda, layout.bytes(TilePlan.rounded(batch)));
                DeviceBuffer scores = DeviceBuffer.allocate(cuda, Gemm.scoreBytes(batch, plan.rows()))) {
            // Not zeros: a multiplier that meets them draws less power, and the clock stays higher.
            stream.fillInts(keys.at(0), 0x3c233c23, keys.bytes() / Integer.BYTES);
            stream.fillInts(queries.at(0), 0x3c173c17, queries.bytes() / Integer.BYTES);
            Runnable product = () -> {
                for (int tile = 0; tile < plan.tiles(shape.keys); tile++) {
                    long row = (long) tile * plan.rows();
                    int count = (int) Math.min(plan.rows(), shape.keys - row);
                    gemm.scores(
                            keys.at(layout.bytes(row)), count, queries.at(0), batch, layout, scores.at(0), plan.rows());
                }
            };
            product.run();
            double millis = median(REPEATS, () -> timed(stream, watch, product));
            stream.synchronize();
            return millis;
        }
    }

    private void streamed(Shape shape, ElementType type, List<Keys> keys, CudaCaller caller) {
        int batch = 64;
        try (Call call = new Call(batch, shape.dim)) {
            call.run(keys, caller);
            double millis = median(3, () -> {
                call.run(keys, caller);
                return caller.lastMillis();
            });
            double bound = (double) shape.keys * shape.dim * type.bytes() / hostBytesPerSecond * 1000;
            line(
                    "%-22s %-5s %-6s %6d %10.3f %10s %10.3f %6.0f%%",
                    shape.keys + " x " + shape.dim,
                    type.shortName(),
                    "stream",
                    batch,
                    millis,
                    "",
                    bound,
                    100 * bound / millis);
        }
    }
}
