package io.github.afterimage.cuda;

import io.github.afterimage.ElementType;
import io.github.afterimage.NotEnoughMemoryException;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.Snapshot;
import io.github.afterimage.platform.AtomicFile;
import io.github.afterimage.platform.NativeLibrary;
import java.io.IOException;
import java.io.Reader;
import java.io.StringWriter;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * The times of the fused kernel and of the GEMM path on this device, measured for a few shapes at the first use and kept in a
 * file of the user's cache folder, one for each device, driver and build of the kernels. The choice between the paths does not
 * change while the process runs.
 *
 * @param ratios the time of the fused kernel over that of the GEMM path, by shape; the GEMM path is taken if there are none
 */
record MeasuredPaths(Map<Shape, Double> ratios) {
    /** Shapes from small to large, which differ enough for the choice to change between them. */
    static final List<Shape> SHAPES = List.of(
            new Shape(32, 512),
            new Shape(32, 2048),
            new Shape(256, 512),
            new Shape(256, 2048),
            new Shape(2048, 512),
            new Shape(2048, 2048));

    /** Measuring ends after this time, and larger shapes are judged by those that were measured. */
    static final long LIMIT_NANOS = 800_000_000;

    /** Keys for each multiprocessor: a wave of blocks of the fused kernel takes 256. */
    private static final int KEYS_PER_MULTIPROCESSOR = 128;

    private static final int KEYS_PER_CLASS = 64;
    private static final int REPEATS = 3;
    private static final System.Logger LOG = System.getLogger(MeasuredPaths.class.getName());

    /** A number of queries, and their length. */
    record Shape(int batch, int dim) {
        private double distance(Shape other) {
            return Math.abs(Math.log((double) batch / other.batch)) + Math.abs(Math.log((double) dim / other.dim));
        }

        @Override
        public String toString() {
            return batch + "x" + dim;
        }
    }

    /** Reads the measurements of this device, or makes and keeps them. */
    static MeasuredPaths of(Cuda cuda) {
        Path folder = NativeLibrary.folder();
        Path file = folder == null ? null : folder.resolve("cuda-paths-" + cuda.identity() + ".properties");
        MeasuredPaths kept = file == null ? null : read(file, SHAPES);
        if (kept != null) {
            return kept;
        }
        MeasuredPaths measured = measure(cuda, SHAPES, LIMIT_NANOS);
        if (file != null && measured.ratios.size() == SHAPES.size()) {
            measured.write(file);
        }
        return measured;
    }

    /** Returns true if the fused kernel is the faster one for the measured shape that is most like this one. */
    boolean fusedIsFaster(int batch, int dim) {
        Shape asked = new Shape(batch, dim);
        return ratios.entrySet().stream()
                .min(Comparator.comparingDouble((Map.Entry<Shape, Double> entry) ->
                                entry.getKey().distance(asked))
                        .thenComparing(entry -> entry.getKey().batch))
                .filter(entry -> entry.getValue() <= 1)
                .isPresent();
    }

    /** Measures shapes until the time is over. */
    static MeasuredPaths measure(Cuda cuda, List<Shape> shapes, long limitNanos) {
        long start = System.nanoTime();
        Map<Shape, Double> ratios = new HashMap<>();
        try (CudaCaller gemm = caller(ClassSumsMethod.GEMM);
                CudaCaller fused = caller(ClassSumsMethod.FUSED)) {
            int keys = KEYS_PER_MULTIPROCESSOR * cuda.card().multiprocessors();
            for (int dim : shapes.stream().map(Shape::dim).distinct().toList()) {
                try (KeyStore store = store(keys, dim);
                        Snapshot snapshot = store.snapshot()) {
                    for (Shape shape : shapes) {
                        if (shape.dim == dim && System.nanoTime() - start < limitNanos) {
                            try (TimedPass pass =
                                    new TimedPass(snapshot.range(0, snapshot.rows()), shape, store.classes())) {
                                ratios.put(shape, pass.millis(fused, REPEATS) / pass.millis(gemm, REPEATS));
                            }
                        }
                    }
                }
            }
        } catch (NotEnoughMemoryException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    () -> "the paths of the engine cuda are not measured: " + e.getMessage());
        }
        return new MeasuredPaths(Map.copyOf(ratios));
    }

    private static CudaCaller caller(ClassSumsMethod method) {
        return new CudaCaller().in(new CudaCaller.Way(method, Integer.MAX_VALUE, false));
    }

    /** Makes keys in the order of their classes, as those of image folders are. */
    private static KeyStore store(int keys, int dim) {
        KeyStore store = new KeyStore(dim, Math.max(1, keys / KEYS_PER_CLASS), ElementType.BFLOAT16, keys);
        SplittableRandom random = new SplittableRandom(1);
        float[] rows = new float[KEYS_PER_CLASS * dim];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = (random.nextInt() >>> 8) * 0x1p-24f;
        }
        for (int label = 0; label < store.classes(); label++) {
            int[] labels = new int[KEYS_PER_CLASS];
            Arrays.fill(labels, label);
            store.add(FloatBuffer.wrap(rows), labels);
        }
        return store;
    }

    static @Nullable MeasuredPaths read(Path file, List<Shape> shapes) {
        Properties properties = new Properties();
        try (Reader in = Files.newBufferedReader(file)) {
            properties.load(in);
            Map<Shape, Double> ratios = new HashMap<>();
            for (Shape shape : shapes) {
                ratios.put(shape, Double.parseDouble(properties.getProperty(shape.toString(), "")));
            }
            return new MeasuredPaths(Map.copyOf(ratios));
        } catch (IOException | IllegalArgumentException e) {
            // Not there, or of another release, or damaged: measured again.
            return null;
        }
    }

    void write(Path file) {
        Properties properties = new Properties();
        ratios.forEach((shape, ratio) -> properties.setProperty(shape.toString(), ratio.toString()));
        StringWriter text = new StringWriter();
        try {
            properties.store(text, "time of the fused kernel over that of the GEMM path, by queries x dim");
            try (AtomicFile target = AtomicFile.create(file)) {
                target.channel().write(StandardCharsets.UTF_8.encode(text.toString()));
                target.complete();
            }
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> "the times of paths are not kept: " + e.getMessage());
        }
    }
}
