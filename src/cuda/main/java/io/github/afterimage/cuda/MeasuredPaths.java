package io.github.afterimage.cuda;

import io.github.afterimage.ElementType;
import io.github.afterimage.NotEnoughMemoryException;
import io.github.afterimage.engine.Columns;
import io.github.afterimage.engine.Partial;
import io.github.afterimage.engine.Queries;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.platform.AtomicFile;
import io.github.afterimage.platform.JavaCpp;
import java.io.IOException;
import java.io.Reader;
import java.io.StringWriter;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The time of the fused kernel over that of the GEMM path on this device, by the shape of requests. A shape is measured at the first
 * request that has it, on the keys of that request, and kept in a file of the user's cache folder, one for each device, driver and
 * build of the kernels. The choice for a shape does not change while the process runs.
 *
 * <p>Threads: thread-safe; callers wait for a measurement.
 */
final class MeasuredPaths {
    /** Waves of blocks of the fused kernel, 256 keys for each multiprocessor, so that a last wave which is not full counts little. */
    private static final long WAVES = 4;

    private static final int REPEATS = 3;
    private static final float THETA = 90;
    private static final System.Logger LOG = System.getLogger(MeasuredPaths.class.getName());

    private final @Nullable Path file;
    private final Map<String, Double> ratios = new HashMap<>();

    /**
     * The shape of a request, on which the choice depends: all numbers but the dim are powers of two.
     *
     * @param keys of one segment, no more than are measured
     * @param keysOfSlot see {@link Slots}
     */
    record Shape(ElementType type, int dim, int batch, int keys, int classes, int keysOfSlot, boolean resident) {
        /** Returns the shape of a request for keys that are measured as such. */
        static Shape of(Keys measured, int batch, int classes, double keysOfSlot, boolean resident) {
            return new Shape(
                    measured.type(),
                    measured.dim(),
                    TilePlan.powerOfTwo(batch),
                    TilePlan.powerOfTwo((int) measured.count()),
                    TilePlan.powerOfTwo(classes),
                    TilePlan.powerOfTwo((int) keysOfSlot),
                    resident);
        }

        private String name() {
            return type.shortName() + "-" + dim + "-" + batch + "-" + keys + "-" + classes + "-" + keysOfSlot
                    + (resident ? "" : "-streamed");
        }
    }

    /** @param file holds measurements of this device if it exists, and receives new ones; null for none */
    MeasuredPaths(@Nullable Path file) {
        this.file = file;
        if (file == null || !Files.exists(file)) {
            return;
        }
        Properties properties = new Properties();
        try (Reader in = Files.newBufferedReader(file)) {
            properties.load(in);
            for (String name : properties.stringPropertyNames()) {
                ratios.put(name, Double.parseDouble(properties.getProperty(name)));
            }
        } catch (IOException | IllegalArgumentException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> file + " is measured again: " + e.getMessage());
            ratios.clear();
        }
    }

    static MeasuredPaths of(Cuda cuda) {
        Path folder = JavaCpp.folder();
        return new MeasuredPaths(
                folder == null ? null : folder.resolve("cuda-paths-" + cuda.identity() + ".properties"));
    }

    /** Returns those of the keys that are measured: a few waves of blocks, and more than the L2 cache holds. */
    static Keys measured(Keys keys, TilePlan.Card card) {
        long waves = WAVES * ClassSumsPass.FUSED_KEYS * card.multiprocessors();
        long inCache = card.l2Bytes() / ((long) keys.dim() * keys.type().bytes()) + 1;
        return keys.slice(0, Math.min(keys.count(), Math.min(TilePlan.MAX_ROWS, Math.max(waves, inCache))));
    }

    /** Returns true if the fused kernel is the faster one; false without memory to measure it. */
    synchronized boolean fusedIsFaster(Shape shape, DoubleSupplier measurement) {
        Double known = ratios.get(shape.name());
        if (known == null) {
            try {
                known = measurement.getAsDouble();
                ratios.put(shape.name(), known);
                write();
            } catch (NotEnoughMemoryException e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        () -> "the paths of the engine cuda are not measured: " + e.getMessage());
                known = Double.POSITIVE_INFINITY;
                ratios.put(shape.name(), known);
            }
        }
        return known <= 1;
    }

    /** Measures a request of a shape, of random queries and one θ: its time counts, not its answer. */
    static double ratio(Keys keys, Shape shape, int classes) {
        SplittableRandom random = new SplittableRandom(2);
        FloatBuffer rows = FloatBuffer.allocate(shape.batch * keys.dim());
        while (rows.hasRemaining()) {
            rows.put((random.nextInt() >>> 8) * 0x1p-24f);
        }
        try (CudaCaller gemm = caller(ClassSumsMethod.GEMM, shape);
                CudaCaller fused = caller(ClassSumsMethod.FUSED, shape);
                Queries queries = Queries.of(rows.flip(), 0, shape.batch, keys.dim())) {
            queries.references(1);
            try (Partial target = new Partial(new float[] {THETA}, queries, Columns.ofClasses(classes))) {
                return millis(fused, keys, queries, target) / millis(gemm, keys, queries, target);
            }
        }
    }

    /** Returns the median of the device's milliseconds for the pass, after one that does not count. */
    private static double millis(CudaCaller caller, Keys keys, Queries queries, Partial target) {
        double[] millis = new double[REPEATS];
        for (int i = -1; i < REPEATS; i++) {
            caller.classSums(List.of(keys), queries, target, () -> {});
            if (i >= 0) {
                millis[i] = caller.lastMillis();
            }
        }
        Arrays.sort(millis);
        return millis[REPEATS / 2];
    }

    private static CudaCaller caller(ClassSumsMethod method, Shape shape) {
        return new CudaCaller().in(new CudaCaller.Way(method, Integer.MAX_VALUE, !shape.resident));
    }

    private void write() {
        if (file == null) {
            return;
        }
        Properties properties = new Properties();
        ratios.forEach((shape, ratio) -> {
            if (ratio < Double.POSITIVE_INFINITY) {
                properties.setProperty(shape, ratio.toString());
            }
        });
        StringWriter text = new StringWriter();
        try {
            properties.store(text, "time of the fused kernel over that of the GEMM path, by the shape of requests");
            try (AtomicFile target = AtomicFile.create(file)) {
                target.channel().write(StandardCharsets.UTF_8.encode(text.toString()));
                target.complete();
            }
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> "the times of paths are not kept: " + e.getMessage());
        }
    }
}
