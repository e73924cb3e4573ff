package io.github.afterimage.bench;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.blas_set_num_threads;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemm;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemv;

import io.github.afterimage.platform.NativeMemory;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.FloatPointer;

/**
 * The baseline: OpenBLAS's product of all keys with all queries, which computes the scores and nothing else. For one query it is
 * sgemv, which OpenBLAS is several times faster with than with an sgemm of one row.
 */
final class Sgemm implements AutoCloseable {
    /** After 40 ms the processors still had four fifths of the rate that they have after 200. */
    static final int REST_MILLIS = 200;

    private final int size;
    private final int dim;
    private final int batch;
    private final int threads;
    private final NativeMemory keys;
    private final NativeMemory queries;
    private final NativeMemory scores;

    Sgemm(int size, int dim, FloatBuffer queryRows, int threads) {
        this.size = size;
        this.dim = dim;
        this.threads = threads;
        batch = queryRows.remaining() / dim;
        keys = NativeMemory.allocate((long) size * dim * Float.BYTES);
        queries = NativeMemory.allocate((long) batch * dim * Float.BYTES);
        scores = NativeMemory.allocate((long) batch * size * Float.BYTES);
        queries.buffer(0, batch * dim * Float.BYTES).asFloatBuffer().put(queryRows.duplicate());
        for (int row = 0; row < size; row++) { // the values do not matter to the time, but pages must be there
            keys.buffer((long) row * dim * Float.BYTES, dim * Float.BYTES)
                    .asFloatBuffer()
                    .put(queryRows.duplicate().limit(dim));
        }
    }

    /** scores = queries keysᵀ: (batch, size). */
    void run() {
        blas_set_num_threads(threads);
        FloatPointer all = keys.floats(0);
        FloatPointer asked = queries.floats(0);
        FloatPointer found = scores.floats(0);
        if (batch == 1) {
            cblas_sgemv(CblasRowMajor, CblasNoTrans, size, dim, 1f, all, dim, asked, 1, 0f, found, 1);
        } else {
            cblas_sgemm(
                    CblasRowMajor,
                    CblasNoTrans,
                    CblasTrans,
                    batch,
                    size,
                    dim,
                    1f,
                    asked,
                    dim,
                    all,
                    dim,
                    0f,
                    found,
                    size);
        }
        blas_set_num_threads(1);
    }

    @Override
    public void close() {
        keys.close();
        queries.close();
        scores.close();
    }
}
