package io.github.afterimage.engine;

import io.github.afterimage.keys.ClassMeans;
import io.github.afterimage.platform.FloatRows;
import io.github.afterimage.platform.NativeMemory;
import java.nio.FloatBuffer;

/** Multiplies queries by the means of classes, with OpenBLAS or, where an engine does without it, in plain Java. */
final class MeanProducts {
    private MeanProducts() {}

    /** Computes the products of queries and means: {@code (batch, means)} float32 row-major at the beginning of {@code target}. */
    static void of(Queries queries, ClassMeans.Rows rows, boolean withBlas, NativeMemory target) {
        int batch = queries.batch();
        int dim = queries.dim();
        int count = rows.labels().length;
        if (withBlas) {
            FloatRows products = new FloatRows(target.floats(0), batch, count);
            FloatRows.inner(queries.floatRows(), new FloatRows(rows.means(), count, dim), products);
            return;
        }
        FloatBuffer means = rows.means().capacity((long) count * dim).asBuffer();
        FloatBuffer written = target.buffer(0, batch * count * Float.BYTES).asFloatBuffer();
        for (int query = 0; query < batch; query++) {
            FloatBuffer row = queries.row(query);
            for (int place = 0; place < count; place++) {
                written.put((float) product(row, means, place * dim));
            }
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
            FloatRows.multiply(
                    new FloatRows(coefficients.floats(0), batch, count),
                    false,
                    new FloatRows(rows.means(), count, dim),
                    false,
                    1,
                    1,
                    new FloatRows(target.sumsPointer(), batch, dim));
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
