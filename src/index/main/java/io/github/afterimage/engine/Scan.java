package io.github.afterimage.engine;

import io.github.afterimage.NotEnoughMemoryException;
import io.github.afterimage.keys.ClassMeans;
import io.github.afterimage.platform.NativeMemory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Answers requests by passes over all keys.
 *
 * <p>Threads: thread-safe. An interrupted caller gets {@link java.util.concurrent.CancellationException}.
 */
public final class Scan {
    /** A block is not made smaller than this because of the size of its result. */
    private static final int MIN_BLOCK = 32;

    private final Workers workers;
    private final ReferenceRetry retry = new ReferenceRetry();

    public Scan(Workers workers) {
        this.workers = workers;
    }

    /** Number of queries that were repeated with a reference of their own. */
    public long repeatedQueries() {
        return retry.repeated();
    }

    /**
     * Computes p_mem of equations (1) and (2), for each theta, in one pass over the keys if memory
     * suffices.
     *
     * @param thetas finite and not negative
     * @return one for each theta, in order
     * @throws io.github.afterimage.InvalidRowException if a query has a value that is not finite or is all zeros
     */
    public List<NormalizedSums> normalizedSums(Request request, float[] thetas) {
        List<NormalizedSums> results = new ArrayList<>();
        for (int t = 0; t < thetas.length; t++) {
            results.add(new NormalizedSums(request.batch(), request.classes()));
        }
        forEachSums(request, thetas, true, (from, first, pass, sums) -> {
            for (int t = 0; t < sums.thetas().length; t++) {
                for (int query = 0; query < sums.batch(); query++) {
                    sums.normalize(t, query, results.get(from + t), first + query);
                }
            }
        });
        return results;
    }

    /**
     * Computes p_mem with a factor exp(β zᵀm_c) of each class, for each theta and each beta, in one pass likewise.
     *
     * @param means those of the keys of the request
     * @param betas finite and not negative
     * @return for each theta in order, one for each beta in order
     */
    public List<FactoredSums> factoredSums(Request request, ClassMeans means, float[] thetas, float[] betas) {
        ClassFactors factors = ClassFactors.of(workers, request, means, betas);
        List<FactoredSums> results = factors.room(thetas);
        forEachSums(request, thetas, false, (from, first, pass, sums) -> {
            int to = from + sums.thetas().length;
            factors.multiply(pass.queries(), first);
            factors.normalize(sums, first, results.subList(from * betas.length, to * betas.length));
        });
        return results;
    }

    /**
     * Computes the distances of queries from the means of the classes, without a pass over the keys.
     *
     * @param means those of the keys of the request
     * @return {@code (batch, classes)}, see {@link ClassFactors#distances}
     */
    public float[] distances(Request request, ClassMeans means) {
        ClassFactors factors = ClassFactors.of(workers, request, means, new float[0]);
        int largest = request.largestBlock((long) request.classes() * Float.BYTES, MIN_BLOCK);
        QueryMemory.forEachBlock(request.batch(), largest, 1, (first, count) -> {
            try (Queries queries = request.queries(first, count)) {
                factors.multiply(queries, first);
            }
        });
        return factors.distances();
    }

    /** Uses the sums of some queries for some thetas. */
    private interface BlockSums {
        /**
         * @param from place of the first theta of the sums
         * @param first number of the first query
         */
        void accept(int from, int first, Pass pass, Partial sums);
    }

    /** @param anyThread whether the target may be called on several threads at once */
    private void forEachSums(Request request, float[] thetas, boolean anyThread, BlockSums target) {
        int most = thetas.length;
        int from = 0;
        while (from < thetas.length) {
            int to = Math.min(thetas.length, from + most);
            try {
                forEachSums(request, Arrays.copyOfRange(thetas, from, to), anyThread, from, target);
                from = to;
            } catch (NotEnoughMemoryException e) {
                if (most == 1) {
                    throw e;
                }
                most /= 2;
            }
        }
    }

    private void forEachSums(Request request, float[] thetas, boolean anyThread, int from, BlockSums target) {
        boolean shared = anyThread && request.sharesQueries(thetas.length, workers.threads());
        int shares = shared ? workers.threads() : 1;
        long bytes = (long) thetas.length * request.classes() * Double.BYTES;
        int largest = request.largestBlock((bytes + shares - 1) / shares, MIN_BLOCK * shares);
        // Where memory is short, the caller first asks for fewer thetas, then lets fewer queries than these share a
        // pass: a pass takes as long for one theta as for several.
        int smallest = thetas.length > 1 ? QueryMemory.QUERIES : 1;
        forEachBlock(request, largest, smallest, (first, pass) -> {
            if (shared) {
                pass.sumsOfShares(thetas, retry, (share, sums) -> target.accept(from, first + share, pass, sums));
                return;
            }
            try (Partial sums = pass.sums(thetas, retry)) {
                target.accept(from, first, pass, sums);
            }
        });
    }

    /**
     * Computes the sums that {@link #normalizedSums} divides, in one pass; they merge with the sums of other keys.
     *
     * @return the caller closes it
     */
    public Partial partial(Request request, float[] thetas) {
        return QueryMemory.inTurn(() -> {
            try (Pass pass = new Pass(workers, request, 0, request.batch())) {
                return pass.sums(thetas, retry);
            }
        });
    }

    /**
     * Finds the keys with the greatest scores for each query. Each worker keeps {@value Nearest#PLACE_BYTES} bytes
     * for each key of its result, of as many queries as fit into 32 MiB, or of one.
     *
     * @param most maximum number of keys of each query, positive
     * @throws IllegalArgumentException if they are too many together
     */
    public NearestKeys nearest(Request request, int most) {
        int k = (int) Math.min(most, request.keysOfEach());
        NearestKeys.requireFew(request.batch(), k);
        NearestKeys found = new NearestKeys(request.batch(), k);
        int largest = request.largestBlock((long) k * Nearest.PLACE_BYTES, 1);
        forEachBlock(request, largest, 1, (first, pass) -> {
            int batch = pass.queries().batch();
            try (Nearest nearest = pass.nearest(k)) {
                nearest.scores().get(found.scores(), first * k, batch * k);
                nearest.rows().get(found.ids(), first * k, batch * k);
            }
            for (int query = first; query < first + batch; query++) {
                Workers.checkInterrupted();
                if (found.ids()[query * k + k - 1] < 0) { // NaN scores are never greater than another
                    throw Partial.notFinite();
                }
                for (int place = query * k; place < (query + 1) * k; place++) {
                    found.put(place, request.keys().snapshot().key(found.ids()[place]));
                }
            }
        });
        return found;
    }

    /**
     * Computes the gradient of {@code sum over c of cotangents[c] p_mem(c)} with respect to the normalised queries.
     *
     * @param cotangents {@code (batch, classes)} row-major
     * @return {@code (batch, dim)} row-major
     */
    public float[] gradient(Request request, float theta, float[] cotangents) {
        return gradient(request, theta, cotangents, null);
    }

    /**
     * Computes the gradient of {@code sum over c of cotangents[c] p_mem(c)} with a factor exp(β zᵀm_c) of each class.
     *
     * @param means those of the keys of the request
     */
    public float[] factoredGradient(Request request, ClassMeans means, float theta, float beta, float[] cotangents) {
        return gradient(request, theta, cotangents, ClassFactors.of(workers, request, means, new float[] {beta}));
    }

    private float[] gradient(Request request, float theta, float[] cotangents, @Nullable ClassFactors factors) {
        int dim = request.dim();
        float[] gradients = new float[Math.multiplyExact(request.batch(), dim)];
        int classes = request.classes();
        float[] thetas = {theta};
        List<FactoredSums> answers = factors == null ? List.of() : factors.room(thetas);
        int largest = request.largestBlock((long) dim * Float.BYTES, MIN_BLOCK);
        forEachBlock(request, largest, 1, (first, pass) -> {
            int batch = pass.queries().batch();
            try (Partial sums = pass.sums(thetas, retry);
                    NativeMemory coefficients = NativeMemory.allocateScratch((long) batch * classes * Float.BYTES)) {
                float[] ofMeans = {};
                if (factors == null) {
                    sums.coefficients(cotangents, first, coefficients);
                } else {
                    factors.multiply(pass.queries(), first);
                    ofMeans = factors.coefficients(sums, first, answers, cotangents, coefficients);
                }
                try (Gradient gradient = pass.gradient(sums, coefficients)) {
                    if (factors != null) {
                        factors.add(gradient, first, ofMeans);
                    }
                    for (int query = 0; query < batch; query++) {
                        gradient.sums(query).get(gradients, (first + query) * dim, dim);
                    }
                }
            }
        });
        return gradients;
    }

    private interface Block {
        void accept(int first, Pass pass);
    }

    private void forEachBlock(Request request, int largest, int smallest, Block action) {
        QueryMemory.forEachBlock(request.batch(), largest, smallest, (first, count) -> {
            try (Pass pass = new Pass(workers, request, first, count)) {
                action.accept(first, pass);
            }
        });
    }
}
