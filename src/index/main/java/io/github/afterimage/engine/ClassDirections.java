package io.github.afterimage.engine;

import io.github.afterimage.keys.ClassMeans;
import io.github.afterimage.platform.FloatRows;
import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.platform.OpenBlas;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/**
 * The products zᵀm_c of the queries of a request and the directions of the classes.
 *
 * <p>Threads: for one call.
 *
 * @param products {@code (batch, classes)}, -∞ for a class without keys
 */
record ClassDirections(Workers workers, int batch, int classes, boolean withBlas, ClassMeans means, float[] products) {
    /** Below this number of steps, calling is faster than handing over to other threads. */
    private static final long FEW_PRODUCTS = 1L << 21;

    /**
     * Computes the evidence of merged sums of keys.
     *
     * @param rows the queries {@code (batch, dim)}, of any norm
     */
    static ClassEvidence of(FloatBuffer rows, int batch, int classes, ClassMeans means) {
        try (Workers workers = new Workers(Runtime.getRuntime().availableProcessors());
                Queries queries = Queries.of(rows, 0, batch, means.dim())) {
            float[] products = new float[Math.multiplyExact(batch, classes)];
            ClassDirections directions =
                    new ClassDirections(workers, batch, classes, OpenBlas.problem() == null, means, products);
            directions.multiply(queries, 0);
            return directions.evidence();
        }
    }

    /** Returns the products, beside the numbers of keys behind them. */
    ClassEvidence evidence() {
        long[] counts = means.counts(classes);
        return new ClassEvidence(
                classes, products, counts, LongStream.of(counts).sum(), means.spreads(classes));
    }

    /**
     * Computes the products of queries and means.
     *
     * @param first number of the first of the queries in the request
     */
    void multiply(Queries queries, int first) {
        List<ClassMeans.Rows> rows = means.rows();
        long count = 0;
        for (ClassMeans.Rows some : rows) {
            count += some.labels().length;
        }
        workers.forRanges(
                queries.batch(),
                count * queries.batch() * queries.dim() <= FEW_PRODUCTS,
                (from, to, workspace) ->
                        multiply(queries.slice((int) from, (int) (to - from)), first + (int) from, rows, workspace));
    }

    private void multiply(Queries queries, int first, List<ClassMeans.Rows> rows, Workspace workspace) {
        int end = first + queries.batch();
        Arrays.fill(products, first * classes, end * classes, Float.NEGATIVE_INFINITY);
        for (ClassMeans.Rows some : rows) {
            workspace.checkCancelled();
            int count = some.labels().length;
            int bytes = Math.multiplyExact(queries.batch(), count * Float.BYTES);
            NativeMemory scratch = workspace.scratch(bytes);
            products(queries, some, scratch);
            FloatBuffer found = scratch.buffer(0, bytes).asFloatBuffer();
            for (int query = first; query < end; query++) {
                put(found, some.labels(), query * classes);
            }
        }
    }

    private void put(FloatBuffer found, int[] labels, int row) {
        if (labels[labels.length - 1] - labels[0] == labels.length - 1) { // no class between them is without keys
            found.get(products, row + labels[0], labels.length);
            return;
        }
        for (int label : labels) {
            products[row + label] = found.get();
        }
    }

    /**
     * Adds the gradient of a sum of {@linkplain ClassEvidence#direction products}.
     *
     * @param first number of the first of the queries in the request
     * @param ofDirections {@code (batch of the request, classes)}
     */
    void add(Gradient gradient, int first, ClassEvidence evidence, float[] ofDirections) {
        Workspace workspace = workers.take();
        try {
            int queries = gradient.batch();
            float[] coefficients = new float[queries * classes];
            for (int query = 0; query < queries; query++) {
                evidence.ofMeans(first + query, ofDirections, coefficients, query * classes);
            }
            for (ClassMeans.Rows rows : means.rows()) {
                Workers.checkInterrupted();
                int count = rows.labels().length;
                int bytes = Math.multiplyExact(queries, count * Float.BYTES);
                NativeMemory scratch = workspace.scratch(bytes);
                FloatBuffer ofRows = scratch.buffer(0, bytes).asFloatBuffer();
                for (int query = 0; query < queries; query++) {
                    for (int label : rows.labels()) {
                        ofRows.put(coefficients[query * classes + label]);
                    }
                }
                add(scratch, rows, gradient);
            }
        } finally {
            workers.giveBack(workspace);
        }
    }

    /**
     * Computes the products of queries and means, {@code (batch, means)} float32 row-major at the beginning of {@code target}: with
     * OpenBLAS or, where an engine does without it, in plain Java.
     */
    private void products(Queries asked, ClassMeans.Rows rows, NativeMemory target) {
        int dim = asked.dim();
        int count = rows.labels().length;
        if (withBlas) {
            FloatRows.inner(
                    asked.floatRows(),
                    new FloatRows(rows.means(), count, dim),
                    new FloatRows(target.floats(0), asked.batch(), count));
            return;
        }
        FloatBuffer values = rows.means().asBuffer();
        FloatBuffer written =
                target.buffer(0, asked.batch() * count * Float.BYTES).asFloatBuffer();
        for (int query = 0; query < asked.batch(); query++) {
            FloatBuffer row = asked.row(query);
            for (int place = 0; place < count; place++) {
                written.put((float) product(row, values, place * dim));
            }
        }
    }

    /** Computes the product of a query and a row of {@code rows} that begins at {@code from}. */
    private static double product(FloatBuffer query, FloatBuffer rows, int from) {
        double product = 0;
        for (int i = 0; i < query.capacity(); i++) {
            product += (double) query.get(i) * rows.get(from + i);
        }
        return product;
    }

    /** Adds means, each multiplied by a coefficient: {@code (batch, means)} float32 at the beginning of {@code coefficients}. */
    private void add(NativeMemory coefficients, ClassMeans.Rows rows, Gradient target) {
        int queries = target.batch();
        int dim = target.dim();
        int count = rows.labels().length;
        if (withBlas) {
            FloatRows.multiply(
                    new FloatRows(coefficients.floats(0), queries, count),
                    false,
                    new FloatRows(rows.means(), count, dim),
                    false,
                    1,
                    1,
                    new FloatRows(target.sumsPointer(), queries, dim));
            return;
        }
        FloatBuffer values = rows.means().asBuffer();
        FloatBuffer factors =
                coefficients.buffer(0, queries * count * Float.BYTES).asFloatBuffer();
        for (int query = 0; query < queries; query++) {
            FloatBuffer sums = target.sums(query);
            for (int place = 0; place < count; place++) {
                double factor = factors.get(query * count + place);
                for (int i = 0; i < dim; i++) {
                    sums.put(i, (float) (sums.get(i) + factor * values.get(place * dim + i)));
                }
            }
        }
    }
}
