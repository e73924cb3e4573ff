package io.github.afterimage.bench;

import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sasum;

import io.github.afterimage.store.Memory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** How fast this machine reads memory: a vectorised sum (OpenBLAS sasum) over as many bytes as the keys have. */
final class MemoryReader implements AutoCloseable {
    private static final int CHUNK_FLOATS = 1 << 20;

    private final Memory memory;
    private final int threads;
    private final ExecutorService executor;

    MemoryReader(long bytes, int threads) {
        this.threads = threads;
        memory = Memory.allocate(bytes);
        executor = Executors.newFixedThreadPool(threads);
        for (long offset = 0; offset < bytes; offset += 4096) {
            memory.buffer(offset, 1).put((byte) 1);
        }
    }

    /** Of one read of all bytes. */
    double seconds() {
        long floats = memory.bytes() / Float.BYTES;
        long start = System.nanoTime();
        List<Future<?>> parts = new ArrayList<>();
        for (int part = 0; part < threads; part++) {
            long from = floats * part / threads;
            long to = floats * (part + 1) / threads;
            parts.add(executor.submit(() -> {
                for (long at = from; at < to; at += CHUNK_FLOATS) {
                    cblas_sasum((int) Math.min(CHUNK_FLOATS, to - at), memory.floats(at * Float.BYTES), 1);
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

    @Override
    public void close() {
        executor.shutdownNow();
        memory.close();
    }
}
