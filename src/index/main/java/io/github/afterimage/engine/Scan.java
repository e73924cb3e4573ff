package io.github.afterimage.engine;

import io.github.afterimage.failure.NotEnoughMemoryException;
import io.github.afterimage.keys.ClassMeans;
import io.github.afterimage.platform.NativeMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
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
    private final LongAdder repeated = new LongAdder();

    public Scan(Workers workers) {
        this.workers = workers;
    }

    /** Number of queries that were repeated with a reference of their own. */
    public long repeatedQueries() {
        return repeated.sum();
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
        for (float theta : thetas) {
            results.add(new NormalizedSums(theta, request.batch(), request.classes()));
        }
        boolean shared = request.sharesQueries(thetas.length, workers.threads());
        int shares = shared ? workers.threads() : 1;
        long bytes = (long) thetas.length * request.classes() * Double.BYTES;
        int largest = request.largestBlock((bytes + shares - 1) / shares, MIN_BLOCK * shares);
        try (Blocks blocks = new Blocks(request.batch(), largest)) {
            while (blocks.next()) {
                try (Pass pass = pass(request, blocks)) {
                    if (shared) {
                        pass.normalizeShares(thetas, results, blocks.first());
                        continue;
                    }
                    try (Partial sums = pass.sums(thetas)) {
                        sums.normalize(results, blocks.first());
                    }
                } catch (NotEnoughMemoryException e) {
                    blocks.refused(e);
                }
            }
        }
        return results;
    }

    private Pass pass(Request request, Blocks blocks) {
        return new Pass(workers, request, blocks.first(), blocks.count(), repeated);
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
        try (Blocks blocks = new Blocks(request.batch(), largest)) {
            while (blocks.next()) {
                try (Queries queries = request.queries(blocks.first(), blocks.count())) {
                    directions.multiply(queries, blocks.first());
                } catch (NotEnoughMemoryException e) {
                    blocks.refused(e);
                }
            }
        }
        return directions;
    }

    /**
     * Computes the sums that {@link #normalizedSums} divides, in one pass; they merge with the sums of other keys.
     *
     * @return the caller closes it
     */
    public Partial partial(Request request, float[] thetas) {
        return QueryMemory.inTurn(() -> {
            try (Pass pass = new Pass(workers, request, 0, request.batch(), repeated)) {
                return pass.sums(thetas);
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
        try (Blocks blocks = new Blocks(request.batch(), largest)) {
            while (blocks.next()) {
                try (Pass pass = pass(request, blocks);
                        Nearest nearest = pass.nearest(k)) {
                    found.put(nearest, blocks.first(), request.keys().snapshot());
                } catch (NotEnoughMemoryException e) {
                    blocks.refused(e);
                }
            }
        }
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
        try (Blocks blocks = new Blocks(request.batch(), largest)) {
            while (blocks.next()) {
                int first = blocks.first();
                int batch = blocks.count();
                try (Pass pass = pass(request, blocks);
                        Partial sums = pass.sums(new float[] {theta});
                        NativeMemory coefficients =
                                NativeMemory.allocateScratch((long) batch * classes * Float.BYTES)) {
                    sums.coefficients(cotangents, evidence, first, coefficients);
                    try (Gradient gradient = pass.gradient(sums, coefficients)) {
                        if (directions != null && evidence != null) {
                            directions.add(gradient, first, evidence, ofDirections);
                        }
                        for (int query = 0; query < batch; query++) {
                            gradient.sums(query).get(gradients, (first + query) * dim, dim);
                        }
                    }
                } catch (NotEnoughMemoryException e) {
                    blocks.refused(e);
                }
            }
        }
        return gradients;
    }
}
