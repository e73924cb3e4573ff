package io.github.afterimage.bench;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.blas_set_num_threads;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sdot;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemv;

import io.github.afterimage.platform.NativeMemory;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.FloatPointer;

/**
 * Reads as many bytes of memory as the keys have, as fast as this machine does: by the faster of OpenBLAS's sgemv and of its dot
 * product of a stretch with itself. The one reads several rows side by side, the other a single stream; which is faster depends on
 * the processor.
 */
final class MemoryReader implements AutoCloseable {
    private static final int ROW_FLOATS = 2048;
    private static final int CHUNK_ROWS = 512;
    private static final int CHUNK_FLOATS = CHUNK_ROWS * ROW_FLOATS;

    private final NativeMemory memory;
    private final int threads;
    private final FloatPointer vector = new FloatPointer(new float[ROW_FLOATS]);
    /** Chosen once, because the minimum of two scattered times, taken for each read, would be less than either mean. */
    private final boolean sideBySide;

    MemoryReader(long bytes, int threads) {
        this.threads = threads;
        memory = NativeMemory.allocate(bytes);
        for (long offset = 0; offset < bytes; offset += 4096) {
            memory.buffer(offset, 1).put((byte) 0);
        }
        double rows = 0;
        double stream = 0;
        for (int i = 0; i < 5; i++) {
            long start = System.nanoTime();
            read(true);
            long between = System.nanoTime();
            read(false);
            rows += between - start;
            stream += System.nanoTime() - between;
        }
        sideBySide = rows < stream;
    }

    /** Reads all bytes once. */
    void read() {
        read(sideBySide);
    }

    private void read(boolean bySgemv) {
        blas_set_num_threads(1); // each of the threads calls it
        long floats = memory.bytes() / Float.BYTES;
        IntStream.range(0, threads).parallel().forEach(part -> {
            long to = floats * (part + 1) / threads;
            try (FloatPointer products = new FloatPointer(CHUNK_ROWS)) {
                for (long at = floats * part / threads; at < to; at += CHUNK_FLOATS) {
                    int count = (int) Math.min(CHUNK_FLOATS, to - at);
                    FloatPointer chunk = memory.floats(at * Float.BYTES);
                    if (bySgemv) {
                        int columns =
                                Math.min(ROW_FLOATS, count); // skips the rest of the last row, at most a thousandth
                        int rows = count / columns;
                        cblas_sgemv(
                                CblasRowMajor,
                                CblasNoTrans,
                                rows,
                                columns,
                                1f,
                                chunk,
                                columns,
                                vector,
                                1,
                                0f,
                                products,
                                1);
                    } else {
                        products.put(0, cblas_sdot(count, chunk, 1, chunk, 1));
                    }
                }
            }
        });
    }

    @Override
    public void close() {
        vector.close();
        memory.close();
    }
}
