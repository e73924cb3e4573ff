package io.github.afterimage.engine;

import io.github.afterimage.keys.ClassMeans;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.platform.FloatRows;
import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.platform.OpenBlas;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The factors exp(β zᵀm_c) of the classes for the queries of a request, and their effect: sums S_c become
 * p(c) = F_c S_c / Σ_j F_j S_j.
 *
 * <p>A kernel drops sums below 2^-100 of a term with score r, its reference. Factors do not raise such a sum above 1e-6 as long as
 * θ is at most 100 and the mean of some class is on the query's side, zᵀm_c ≥ 0: then the best key has a score of 0 or more, so the
 * dropped sums are below e^-29 of its sum, and their classes have only keys, and so a mean, of negative product.
 *
 * <p>Threads: for one call.
 *
 * @param betas finite and not negative
 * @param leftOut returns the key that a query leaves out, or null
 * @param products {@code (batch, classes)}, -∞ for a class without keys
 */
record ClassFactors(
        Workers workers,
        int batch,
        int classes,
        boolean withBlas,
        ClassMeans means,
        float[] betas,
        IntFunction<@Nullable Keys> leftOut,
        float[] products) {
    /** A total below this share of the sums may have lost terms whose factors underflow. */
    private static final double LEAST_TOTAL = 1e-280;

    /** Below this number of steps, calling is faster than handing over to other threads. */
    private static final long FEW_PRODUCTS = 1L << 21;

    private static final long FEW_EXPONENTIALS = 1L << 13;

    /** Up to this β, factors relative to that of a product of 1 do not underflow: exp(-600) is 1e-260. */
    private static final double GREATEST_FIXED_BETA = 300;

    /** The coefficients of a gradient stay finite, also those of classes with next to no sums. */
    private static final double GREATEST_COEFFICIENT = 1e37;

    static ClassFactors of(Workers workers, Request request, ClassMeans means, float[] betas) {
        long[] ids = request.leftOut();
        int classes = request.classes();
        return new ClassFactors(
                workers,
                request.batch(),
                classes,
                request.engine().multipliesWithBlas(),
                means,
                betas,
                query -> ids.length == 0 ? null : request.keys().find(ids[query]),
                new float[Math.multiplyExact(request.batch(), classes)]);
    }

    /**
     * Multiplies merged sums of queries by the factors and divides them by their total.
     *
     * @param rows the queries, as in the {@link Request}s for the sums
     * @return for each theta in order, one for each beta in order
     */
    static List<FactoredSums> apply(Partial sums, FloatBuffer rows, ClassMeans means, float[] betas) {
        boolean withBlas = OpenBlas.problem() == null;
        try (Workers workers = new Workers(Runtime.getRuntime().availableProcessors());
                Queries queries = Queries.of(rows, 0, sums.batch(), means.dim())) {
            float[] products = new float[Math.multiplyExact(sums.batch(), sums.classes())];
            ClassFactors factors = new ClassFactors(
                    workers, sums.batch(), sums.classes(), withBlas, means, betas, query -> null, products);
            List<FactoredSums> results = factors.room(sums.thetas());
            factors.multiply(queries, 0);
            factors.normalize(sums, 0, results);
            return results;
        }
    }

    /** Returns room for the results: for each theta in order, one for each beta in order. */
    List<FactoredSums> room(float[] thetas) {
        List<FactoredSums> room = new ArrayList<>();
        for (int t = 0; t < thetas.length; t++) {
            NormalizedSums plain = new NormalizedSums(batch, classes);
            for (float beta : betas) {
                float[] values = beta == 0 ? plain.values() : new float[products.length];
                room.add(new FactoredSums(plain, values, products, beta, new double[batch]));
            }
        }
        return room;
    }

    /**
     * Computes the products of queries and means.
     *
     * @param first number of the first of the queries in the request
     */
    void multiply(Queries queries, int first) {
        List<ClassMeans.Rows> rows = means.rows();
        long count = rows.stream().mapToLong(some -> some.labels().length).sum();
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
            MeanProducts.of(queries, some, withBlas, scratch);
            FloatBuffer found = scratch.buffer(0, bytes).asFloatBuffer();
            for (int query = first; query < end; query++) {
                put(found, some.labels(), query * classes);
            }
        }
        for (int query = first; query < end; query++) {
            Keys left = leftOut.apply(query);
            if (left != null) {
                float[] mean = means.meanWithout(left);
                products[query * classes + left.label(0)] = mean == null
                        ? Float.NEGATIVE_INFINITY
                        : (float) MeanProducts.product(queries.row(query - first), FloatBuffer.wrap(mean), 0);
            }
        }
    }

    /**
     * Returns how far the queries are from the means of the classes, over what keys are: (1 − zᵀm_c) / spread, {@code (batch, classes)};
     * ∞ for a class without keys.
     */
    float[] distances() {
        double[] spreads = means.spreads(classes);
        float[] distances = new float[products.length];
        for (int i = 0; i < distances.length; i++) {
            distances[i] = (float) (Math.max(0, 1.0 - products[i]) / spreads[i % classes]);
        }
        return distances;
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
     * Multiplies sums by the factors and divides them by their total.
     *
     * @param sums of the queries from number {@code first} on, for some of the thetas
     * @param targets the results of these thetas
     */
    void normalize(Partial sums, int first, List<FactoredSums> targets) {
        long exponentials = (long) sums.batch() * classes * betas.length;
        workers.forRanges(sums.batch(), exponentials <= FEW_EXPONENTIALS, (from, to, workspace) -> {
            double[] factors = new double[classes];
            double[] ofQuery = new double[classes];
            for (int query = (int) from; query < to; query++) {
                workspace.checkCancelled();
                for (int t = 0; t < sums.thetas().length; t++) {
                    sums.normalize(t, query, targets.get(t * betas.length).plain(), first + query);
                }
                for (int b = 0; b < betas.length; b++) {
                    if (betas[b] == 0) {
                        continue;
                    }
                    double exponent = factors(betas[b], (first + query) * classes, factors);
                    for (int t = 0; t < sums.thetas().length; t++) {
                        FactoredSums target = targets.get(t * betas.length + b);
                        double total = sums.read(t, query, ofQuery);
                        target.logRatios()[first + query] =
                                normalize(ofQuery, total, factors, exponent, target, (first + query) * classes);
                    }
                }
            }
        });
    }

    /** Writes exp(β zᵀm_c − exponent) for each class, 0 for one without keys; returns the exponent. */
    private double factors(double beta, int row, double[] target) {
        double reference = 1; // no product of unit vectors is greater, but for rounding
        if (beta > GREATEST_FIXED_BETA) {
            reference = Double.NEGATIVE_INFINITY;
            for (int c = 0; c < classes; c++) {
                reference = Math.max(reference, products[row + c]);
            }
        }
        for (int c = 0; c < classes; c++) {
            target[c] = Math.exp(beta * (products[row + c] - reference));
        }
        return beta * reference;
    }

    /** Returns the log of the total with factors over the total without. */
    private double normalize(
            double[] sums, double total, double[] factors, double exponent, FactoredSums target, int row) {
        float[] values = target.values();
        double factored = 0;
        for (int c = 0; c < classes; c++) {
            factored += factors[c] * sums[c];
        }
        if (factored > LEAST_TOTAL * total) {
            double scale = 1 / factored;
            for (int c = 0; c < classes; c++) {
                values[row + c] = (float) (factors[c] * sums[c] * scale);
            }
            return exponent + Math.log(factored / total);
        }
        return normalizeLogs(sums, total, target, row);
    }

    /** The same in logarithms, for a query whose classes with great factors have next to no sums. */
    private double normalizeLogs(double[] sums, double total, FactoredSums target, int row) {
        double[] logs = new double[classes];
        double greatest = Double.NEGATIVE_INFINITY;
        for (int c = 0; c < classes; c++) {
            logs[c] = sums[c] > 0
                    ? (double) target.beta() * products[row + c] + Math.log(sums[c])
                    : Double.NEGATIVE_INFINITY;
            greatest = Math.max(greatest, logs[c]);
        }
        double factored = 0;
        for (int c = 0; c < classes; c++) {
            factored += Math.exp(logs[c] - greatest);
        }
        for (int c = 0; c < classes; c++) {
            target.values()[row + c] = (float) (Math.exp(logs[c] - greatest) / factored);
        }
        return greatest + Math.log(factored) - Math.log(total);
    }

    /**
     * Computes the coefficients of {@link Gradient}, {@code θ (g_c − Σ_j g_j p(j)) F_c / Σ_j F_j S_j}, and those of the means,
     * {@code β p(c) (g_c − Σ_j g_j p(j))}, for the only theta and beta.
     *
     * @param first number of the first query of the sums
     * @param answers {@link #room} for them
     * @param ofKeys receives {@code (batch, classes)} float32
     * @return those of the means, {@code (batch, classes)}
     */
    float[] coefficients(Partial sums, int first, List<FactoredSums> answers, float[] cotangents, NativeMemory ofKeys) {
        FactoredSums answer = answers.get(0);
        normalize(sums, first, answers);
        float[] ofMeans = new float[sums.batch() * classes];
        FloatBuffer target = ofKeys.buffer(0, Math.toIntExact(ofKeys.bytes())).asFloatBuffer();
        double[] ofQuery = new double[classes];
        double[] ratios = new double[classes]; // F_c / Σ_j F_j S_j
        for (int query = 0; query < sums.batch(); query++) {
            double total = sums.read(0, query, ofQuery);
            int row = (first + query) * classes;
            double mean = 0;
            for (int c = 0; c < classes; c++) {
                double log = answer.beta() * (double) products[row + c] - answer.logRatios()[first + query];
                ratios[c] = ofQuery[c] > 0 ? Math.exp(log) / total : 0; // at most 1 / S_c
                mean += cotangents[row + c] * ratios[c] * ofQuery[c];
            }
            for (int c = 0; c < classes; c++) {
                double difference = cotangents[row + c] - mean;
                ofMeans[query * classes + c] = (float) (answer.beta() * ratios[c] * ofQuery[c] * difference);
                double coefficient = sums.thetas()[0] * ratios[c] * difference;
                target.put((float) Math.max(-GREATEST_COEFFICIENT, Math.min(GREATEST_COEFFICIENT, coefficient)));
            }
        }
        return ofMeans;
    }

    /**
     * Adds the gradient of the factors.
     *
     * @param coefficients of the means, {@code (batch, classes)}; those of classes whose keys are left out are set to 0
     */
    void add(Gradient gradient, int first, float[] coefficients) {
        workers.runHere(workspace -> {
            int queries = gradient.batch();
            for (int query = 0; query < queries; query++) {
                Keys left = leftOut.apply(first + query);
                if (left != null) {
                    int place = query * classes + left.label(0);
                    add(gradient.sums(query), coefficients[place], means.meanWithout(left));
                    coefficients[place] = 0;
                }
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
                MeanProducts.add(scratch, rows, withBlas, gradient);
            }
            return null;
        });
    }

    private static void add(FloatBuffer sums, float coefficient, float @Nullable [] mean) {
        for (int i = 0; mean != null && i < mean.length; i++) {
            sums.put(i, sums.get(i) + coefficient * mean[i]);
        }
    }

    /** Multiplies queries by the means of classes, with OpenBLAS or, where an engine does without it, in plain Java. */
    private static final class MeanProducts {
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
}
