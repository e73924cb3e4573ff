package io.github.afterimage.answer;

import io.github.afterimage.engine.ClassEvidence;
import io.github.afterimage.engine.ClassMeansScan;
import io.github.afterimage.engine.NearestKeys;
import io.github.afterimage.engine.Partial;
import io.github.afterimage.engine.Request;
import io.github.afterimage.engine.Scan;
import io.github.afterimage.keys.ClassMeans;
import java.io.Serializable;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The sums of a batch of queries over a part of the keys, and the nearest keys of that part; {@link #merge merged} with those of all
 * other parts, in any order, they give the {@link #answer}. Orders of merging differ by rounding of double precision only.
 *
 * <pre>{@code
 * Path file = Path.of("cache.safetensors");
 * try (CacheIndex first = CacheIndex.open(file, new OpenOptions().parts(0, 1));
 *         CacheIndex others = CacheIndex.open(file, new OpenOptions().parts(1, 3))) {
 *     Query query = Query.of(new float[first.dim()]).thetas(60);
 *     PartialAnswer sums = first.partial(query).merge(others.partial(query));
 *     System.out.println(sums.answer().row(0).best());
 * }
 * }</pre>
 *
 * <p>A query with {@link Query#evidence} adds the sums of the keys of each class, from which the directions of the classes follow
 * once the parts are merged.
 *
 * <p>Immutable and thread-safe. Serializable for other processes: 8 bytes for each theta, query and class; with
 * evidence also 4 for each number of a query, and 16 for each number of a key and class that has keys; 25 bytes and a name for
 * each neighbour.
 */
public final class PartialAnswer implements Serializable {
    private static final long serialVersionUID = 5;
    /** Maximum bytes of the sums of one answer. */
    private static final long MAX_SUM_BYTES = 1L << 30;

    /** Null if the query has no theta. */
    private final Partial.@Nullable Copy sums;

    private final long keys;
    /** Null without evidence. */
    private final @Nullable ClassKeys classKeys;
    /** Number of neighbours of a query. */
    private final int k;

    private final @Nullable NearestKeys neighbors;

    /**
     * The sums of the keys of each class, which give the evidence once those of all keys are known.
     *
     * @param rows the queries as the index compares them, {@code (batch, keyDim)}, of any norm
     * @param sums see {@link ClassMeans#bytes}
     */
    record ClassKeys(float[] rows, byte[] sums) implements Serializable {
        private ClassKeys merge(ClassKeys other) {
            if (!Arrays.equals(rows, other.rows)) {
                throw new IllegalArgumentException("partials of other queries cannot be merged");
            }
            try (ClassMeans merged = ClassMeans.of(List.of(sums, other.sums))) {
                return new ClassKeys(rows, merged.bytes());
            }
        }

        private long bytes() {
            return (long) rows.length * Float.BYTES + sums.length;
        }
    }

    PartialAnswer(
            Partial.@Nullable Copy sums,
            long keys,
            @Nullable ClassKeys classKeys,
            int k,
            @Nullable NearestKeys neighbors) {
        this.sums = sums;
        this.keys = keys;
        this.classKeys = classKeys;
        this.k = k;
        this.neighbors = neighbors;
    }

    /**
     * Answers a request.
     *
     * @throws IllegalArgumentException if the query has a setting without effect, or the sums are too large
     */
    static PartialAnswer of(Request request, Query query, Scan scan, ClassMeansScan meansScan) {
        query.checkPartial();
        float[] thetas = query.narrowedThetas();
        requireFewBytes(
                (long) thetas.length * request.batch() * request.classes() * Double.BYTES,
                "sums of " + request.batch() + " queries x " + thetas.length + " thetas x " + request.classes()
                        + " classes");
        Partial.Copy sums = thetas.length == 0 ? null : sums(request, scan, thetas);
        return new PartialAnswer(
                sums,
                request.keys().size(),
                query.evidence ? classKeys(request, meansScan, bytes(sums)) : null,
                query.neighbors,
                query.neighbors == 0 ? null : scan.nearest(request, query.neighbors));
    }

    private static Partial.Copy sums(Request request, Scan scan, float[] thetas) {
        try (Partial partial = scan.partial(request, thetas)) {
            return partial.copy();
        }
    }

    private static long bytes(Partial.@Nullable Copy sums) {
        return sums == null ? 0 : sums.bytes();
    }

    private static ClassKeys classKeys(Request request, ClassMeansScan meansScan, long sumBytes) {
        try (ClassMeans means = meansScan.of(request.keys())) {
            requireFewBytes(sumBytes + means.byteCount(), "sums of the queries and of the keys of each class");
            float[] rows = new float[request.rows().remaining()];
            request.rows().duplicate().get(rows);
            return new ClassKeys(rows, means.bytes());
        }
    }

    private static void requireFewBytes(long bytes, String sums) {
        if (bytes > MAX_SUM_BYTES) {
            throw new IllegalArgumentException(sums + ": expected at most 1 GiB; ask for fewer queries at once");
        }
    }

    /**
     * Adds the sums and the nearest keys of other keys.
     *
     * @param other of the same query
     * @throws IllegalArgumentException if thetas, or the number of queries, classes or neighbours differ
     */
    public PartialAnswer merge(PartialAnswer other) {
        if ((sums == null) != (other.sums == null)
                || (classKeys == null) != (other.classKeys == null)
                || k != other.k) {
            throw new IllegalArgumentException("partials of other settings or numbers of neighbors cannot be merged");
        }
        return new PartialAnswer(
                sums == null ? null : merged(sums, Objects.requireNonNull(other.sums)),
                keys + other.keys,
                classKeys == null ? null : classKeys.merge(Objects.requireNonNull(other.classKeys)),
                k,
                neighbors == null ? null : neighbors.merge(Objects.requireNonNull(other.neighbors), k));
    }

    private static Partial.Copy merged(Partial.Copy sums, Partial.Copy others) {
        try (Partial merged = Partial.of(sums);
                Partial more = Partial.of(others)) {
            merged.merge(more);
            return merged.copy();
        }
    }

    /** Number of keys in the sums. */
    public long keys() {
        return keys;
    }

    /** Number of bytes of the serialized sums, without neighbours. */
    public long bytes() {
        return bytes(sums) + (classKeys == null ? 0 : classKeys.bytes());
    }

    /** Computes the answer, if the sums are over all keys. */
    public Answer answer() {
        if (sums == null) {
            NearestKeys found = Objects.requireNonNull(neighbors);
            return new Answer(found.batch(), 0, List.of(), found, null, keys, 0);
        }
        try (Partial partial = Partial.of(sums)) {
            return new Answer(
                    partial.batch(), partial.classes(), partial.normalized(), neighbors, evidence(partial), keys, 0);
        }
    }

    private @Nullable ClassEvidence evidence(Partial partial) {
        if (classKeys == null) {
            return null;
        }
        try (ClassMeans means = ClassMeans.of(List.of(classKeys.sums))) {
            return partial.evidence(FloatBuffer.wrap(classKeys.rows), means);
        }
    }

    @Override
    public String toString() {
        return "PartialAnswer[" + keys + " keys, " + bytes() + " bytes, " + k + " neighbors]";
    }
}
