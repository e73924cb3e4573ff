package io.github.afterimage.engine;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemm;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemv;

import io.github.afterimage.keys.ClassMeans;
import io.github.afterimage.platform.NativeMemory;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.FloatPointer;

/** Multiplies queries by the means of classes, with OpenBLAS or, where an engine does without it, in plain Java. */
final class MeanProducts {
    private MeanProducts() {}

    /** Computes the products of queries and means: {@code (batch, means)} float32 row-major at the beginning of {@code target}. */
    static void of(Queries queries, ClassMeans.Rows rows, boolean withBlas, NativeMemory target) {
        int batch = queries.batch();
        int dim = queries.dim();
        int count = rows.labels().length;
        FloatPointer products = target.floats(0);
        if (!withBlas) {
            FloatBuffer means = rows.means().capacity((long) count * dim).asBuffer();
            FloatBuffer written = target.buffer(0, batch * count * Float.BYTES).asFloatBuffer();
            for (int query = 0; query < batch; query++) {
                FloatBuffer row = queries.row(query);
                for (int place = 0; place < count; place++) {
                    written.put((float) product(row, means, place * dim));
                }
            }
        } else if (batch == 1) {
            cblas_sgemv(
                    CblasRowMajor, CblasNoTrans, count, dim, 1f, rows.means(), dim, queries.rows(), 1, 0f, products, 1);
        } else {
            cblas_sgemm(
                    CblasRowMajor,
                    CblasNoTrans,
                    CblasTrans,
                    batch,
                    count,
                    dim,
                    1f,
                    queries.rows(),
                    dim,
                    rows.means(),
                    dim,
                    0f,
                    products,
                    count);
        }
    }

    /** Computes the product of a query and a row of {@code rows} that begins at {@code from}. */
    static double product(FloatBuffer query, FloatBuffer rows, int from) {
        double product = 0;
        for (int i = 0; i < query.capacity(); i++) {
            product += (double) query.get(i) * rows.get(from + i);
        }
        return product;
    }

    /** Adds means, each multiplied by a coefficient: {@code (batch, means)} float32 at the beginning of {@code coefficients}. */
    static void add(NativeMemory coefficients, ClassMeans.Rows rows, boolean withBlas, Gradient target) {
        int batch = target.batch();
        int dim = target.dim();
        int count = rows.labels().length;
        if (withBlas) {
            cblas_sgemm(
                    CblasRowMajor,
                    CblasNoTrans,
                    CblasNoTrans,
                    batch,
                    dim,
                    count,
                    1f,
                    coefficients.floats(0),
                    count,
                    rows.means(),
                    dim,
                    1f,
                    target.sumsPointer(),
                    dim);
            return;
        }
        FloatBuffer means = rows.means().capacity((long) count * dim).asBuffer();
        FloatBuffer factors =
                coefficients.buffer(0, batch * count * Float.BYTES).asFloatBuffer();
        for (int query = 0; query < batch; query++) {
            FloatBuffer sums = target.sums(query);
            for (int place = 0; place < count; place++) {
                double factor = factors.get(query * count + place);
                for (int i = 0; i < dim; i++) {
                    sums.put(i, (float) (sums.get(i) + factor * means.get(place * dim + i)));
                }
            }
        }
    }
}
