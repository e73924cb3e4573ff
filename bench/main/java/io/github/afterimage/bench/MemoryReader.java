package io.github.afterimage.bench;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.blas_set_num_threads;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sdot;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemv;

import io.github.afterimage.platform.NativeMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.bytedeco.javacpp.FloatPointer;

/**
 * How fast this machine reads memory: the faster of OpenBLAS's sgemv and of its dot product of a stretch with itself, over as
 * many bytes as the keys have. The one reads several rows side by side, the other a single stream; which is faster depends on the
 * processor.
 */
final class MemoryReader implements AutoCloseable {
    private static final int ROW_FLOATS = 2048;
    private static final int CHUNK_ROWS = 512;
    private static final int CHUNK_FLOATS = CHUNK_ROWS * ROW_FLOATS;

    private final NativeMemory memory;
    private final int threads;
    private final ExecutorService executor;
    private final Reading faster;
    private final FloatPointer vector = new FloatPointer(new float[ROW_FLOATS]);

    MemoryReader(long bytes, int threads) {
        this.threads = threads;
        blas_set_num_threads(1); // each of the threads calls it
        memory = NativeMemory.allocate(bytes);
        executor = Executors.newFixedThreadPool(threads);
        for (long offset = 0; offset < bytes; offset += 4096) {
            memory.buffer(offset, 1).put((byte) 0);
        }
        faster = chooseFaster();
    }

    long bytes() {
        return memory.bytes();
    }

    /** Returns the seconds of one read of all bytes. */
    double seconds() {
        return seconds(faster);
    }

    /** Chooses once, because the minimum of two scattered times, taken for each read, would be less than either mean. */
    private Reading chooseFaster() {
        double rows = 0;
        double stream = 0;
        for (int i = 0; i < 5; i++) {
            rows += seconds(this::rowsSideBySide);
            stream += seconds(this::oneStream);
        }
        return rows < stream ? this::rowsSideBySide : this::oneStream;
    }

    private interface Reading {
        void read(FloatPointer floats, int count, FloatPointer products);
    }

    private double seconds(Reading reading) {
        long floats = memory.bytes() / Float.BYTES;
        long start = System.nanoTime();
        List<Future<?>> parts = new ArrayList<>();
        for (int part = 0; part < threads; part++) {
            long from = floats * part / threads;
            long to = floats * (part + 1) / threads;
            parts.add(executor.submit(() -> {
                try (FloatPointer products = new FloatPointer(CHUNK_ROWS)) {
                    for (long at = from; at < to; at += CHUNK_FLOATS) {
                        reading.read(memory.floats(at * Float.BYTES), (int) Math.min(CHUNK_FLOATS, to - at), products);
                    }
                }
            }));
        }
        for (Future<?> part : parts) {
            try {
                part.get();
            } catch (InterruptedException | java.util.concurrent.ExecutionException e) {
                throw new IllegalStateException(e);
            }
        }
        return (System.nanoTime() - start) / 1e9;
    }

    private void oneStream(FloatPointer floats, int count, FloatPointer products) {
        products.put(0, cblas_sdot(count, floats, 1, floats, 1));
    }

    private void rowsSideBySide(FloatPointer floats, int count, FloatPointer products) {
        int columns = Math.min(ROW_FLOATS, count); // skips the rest of the last row, at most a thousandth
        cblas_sgemv(
                CblasRowMajor, CblasNoTrans, count / columns, columns, 1f, floats, columns, vector, 1, 0f, products, 1);
    }

    @Override
    public void close() {
        executor.shutdownNow();
        vector.close();
        memory.close();
    }
}
