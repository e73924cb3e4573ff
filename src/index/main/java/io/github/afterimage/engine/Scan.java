package io.github.afterimage.engine;

import io.github.afterimage.keys.ClassMeans;
import io.github.afterimage.platform.NativeMemory;
import java.util.ArrayList;
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
     * Computes p_mem of equations (1) and (2), for each theta, in one pass over the keys if memory suffices.
     *
     * @param thetas finite and not negative
     * @return one for each theta, in order
     * @throws io.github.afterimage.failure.InvalidRowException if a query has a value that is not finite or is all zeros
     */
    public List<NormalizedSums> normalizedSums(Request request, float[] thetas) {
        List<NormalizedSums> results = new ArrayList<>(thetas.length);
        for (int t = 0; t < thetas.length; t++) {
            results.add(new NormalizedSums(request.batch(), request.classes()));
        }
        boolean shared = request.sharesQueries(thetas.length, workers.threads());
        int shares = shared ? workers.threads() : 1;
        long bytes = (long) thetas.length * request.classes() * Double.BYTES;
        int largest = request.largestBlock((bytes + shares - 1) / shares, MIN_BLOCK * shares);
        forEachBlock(request, largest, (first, pass) -> {
            if (shared) {
                pass.sumsOfShares(thetas, retry, (share, sums) -> normalize(sums, results, first + share));
                return;
            }
            try (Partial sums = pass.sums(thetas, retry)) {
                normalize(sums, results, first);
            }
        });
        return results;
    }

    private static void normalize(Partial sums, List<NormalizedSums> results, int first) {
        for (int t = 0; t < results.size(); t++) {
            for (int query = 0; query < sums.batch(); query++) {
                sums.normalize(t, query, results.get(t), first + query);
            }
        }
    }

    /**
     * Computes how like the directions of the classes the queries are, without a pass over the keys.
     *
     * @param means those of the keys of the request
     */
    public ClassEvidence evidence(Request request, ClassMeans means) {
        return directions(request, means).evidence();
    }

    private ClassDirections directions(Request request, ClassMeans means) {
        ClassDirections directions = request.directions(workers, means);
        int largest = request.largestBlock((long) request.classes() * Float.BYTES, MIN_BLOCK);
        QueryMemory.forEachBlock(request.batch(), largest, (first, count) -> {
            try (Queries queries = request.queries(first, count)) {
                directions.multiply(queries, first);
            }
        });
        return directions;
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
        int k = (int) Math.min(most, request.keys().size());
        NearestKeys.requireFew(request.batch(), k);
        NearestKeys found = new NearestKeys(request.batch(), k);
        int largest = request.largestBlock((long) k * Nearest.PLACE_BYTES, 1);
        forEachBlock(request, largest, (first, pass) -> {
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
        return gradient(request, theta, cotangents, null, cotangents);
    }

    /**
     * Computes the gradient of {@code sum over c of ofEvidence[c] log E_c + ofDirections[c] zᵀm_c}, see {@link ClassEvidence}.
     *
     * @param means those of the keys of the request
     */
    public float[] gradient(Request request, ClassMeans means, float theta, float[] ofEvidence, float[] ofDirections) {
        return gradient(request, theta, ofEvidence, directions(request, means), ofDirections);
    }

    private float[] gradient(
            Request request,
            float theta,
            float[] cotangents,
            @Nullable ClassDirections directions,
            float[] ofDirections) {
        int dim = request.dim();
        float[] gradients = new float[Math.multiplyExact(request.batch(), dim)];
        int classes = request.classes();
        ClassEvidence evidence = directions == null ? null : directions.evidence();
        int largest = request.largestBlock((long) dim * Float.BYTES, MIN_BLOCK);
        forEachBlock(request, largest, (first, pass) -> {
            int batch = pass.queries().batch();
            try (Partial sums = pass.sums(new float[] {theta}, retry);
                    NativeMemory coefficients = NativeMemory.allocateScratch((long) batch * classes * Float.BYTES)) {
                sums.coefficients(cotangents, evidence, first, coefficients);
                try (Gradient gradient = pass.gradient(sums, coefficients)) {
                    if (directions != null && evidence != null) {
                        directions.add(gradient, first, evidence, ofDirections);
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

    private void forEachBlock(Request request, int largest, Block action) {
        QueryMemory.forEachBlock(request.batch(), largest, (first, count) -> {
            try (Pass pass = new Pass(workers, request, first, count)) {
                action.accept(first, pass);
            }
        });
    }
}
