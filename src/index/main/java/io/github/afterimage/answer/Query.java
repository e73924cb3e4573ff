package io.github.afterimage.answer;

import io.github.afterimage.engine.NearestKeys;
import io.github.afterimage.failure.InvalidRowException;
import io.github.afterimage.keys.UnitRows;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A request to an index: a batch of rows and the results wanted for them, all from the keys of one moment.
 *
 * <pre>{@code
 * try (CacheIndex index = CacheIndex.open(Path.of("cache.safetensors"))) {
 *     Answer.Row row = index.answer(Query.of(new float[index.dim()]).thetas(60).neighbors(5)).row(0);
 *     System.out.println(row.best() + ", share of the nearest key " + row.neighbors().get(0).share());
 * }
 * }</pre>
 *
 * <p>Immutable. Rows are not copied, except from {@code float[][]}: do not change them before the answer is there.
 */
public final class Query {
    private static final String EVIDENCE = "evidence for classes";

    /** The rows from position 0; nobody moves the position. */
    final FloatBuffer rows;

    final List<Double> thetas;
    /** Number of nearest keys; 0 for none. */
    final int neighbors;

    final boolean evidence;
    /** The keys that may answer. */
    final KeySet keys;

    private final @Nullable Duration timeout;

    private Query(
            FloatBuffer rows,
            List<Double> thetas,
            int neighbors,
            boolean evidence,
            KeySet keys,
            @Nullable Duration timeout) {
        this.rows = rows;
        this.thetas = thetas;
        this.neighbors = neighbors;
        this.evidence = evidence;
        this.keys = keys;
        this.timeout = timeout;
    }

    /** Makes a query of rows {@code (batch, dim)} float32 row-major, from the buffer's position to its limit, heap or direct. */
    public static Query of(FloatBuffer rows) {
        return new Query(rows.slice(), List.of(), 0, false, KeySet.ALL, null);
    }

    /** Makes a query of rows {@code (batch, dim)} row-major. */
    public static Query of(float[] rows) {
        return of(FloatBuffer.wrap(rows));
    }

    /**
     * Makes a query of an array for each row; copies them.
     *
     * @throws IllegalArgumentException if the rows differ in length
     */
    public static Query of(float[][] rows) {
        return of(UnitRows.concatenated(rows));
    }

    /**
     * Returns this query with a distribution for each θ, computed in one pass over the keys.
     *
     * @param values finite and not negative; θ above 1e9 is treated as 1e9
     * @throws IllegalArgumentException if a value is out of range
     */
    public Query thetas(double... values) {
        Double[] checked = new Double[values.length];
        for (int i = 0; i < values.length; i++) {
            AnswerRule.check("theta", values[i]);
            checked[i] = values[i];
        }
        return new Query(rows, List.of(checked), neighbors, evidence, keys, timeout);
    }

    /**
     * Returns this query with the nearest keys of each row; see {@link Answer.Row#neighbors}.
     *
     * @param k number of keys; 0 for none; all keys if there are fewer
     * @throws IllegalArgumentException if k is negative
     */
    public Query neighbors(int k) {
        if (k < 0) {
            throw new IllegalArgumentException("neighbors " + k + ": expected 0 or more");
        }
        return new Query(rows, thetas, k, evidence, keys, timeout);
    }

    /**
     * Returns this query with the evidence for each class that a {@link Pool} needs: {@link Answer.Row#logEvidence} and
     * {@link Answer.Row#direction}.
     *
     * <p>The direction of class c is m_c = Σ μ_k over its keys, scaled to unit length, of the keys that answer ({@link #only}). Directions are exact after every change: an index that
     * has forgotten keys has the directions of one that never had them.
     *
     * <p>Cost: 4 bytes for each row and class, and their products. The first such query sums up the keys of each class, in one pass; changes
     * then continue the sums, which take 20 bytes for each element of a class that has keys. {@link #only} with ids subtracts the
     * others for each query, or sums up the chosen keys where these are few.
     */
    public Query evidence(boolean wanted) {
        return new Query(rows, thetas, neighbors, wanted, keys, timeout);
    }

    /**
     * Returns this query, answered only from keys of a set, as if the index held no others. Several calls restrict it further:
     * a key must be in all sets.
     *
     * <p>Cost: that of a query without a set, which also reads the ids (8 bytes) or labels (4 bytes) of all keys; stretches of 32,768
     * keys without one of the set are not read.
     */
    public Query only(KeySet some) {
        return new Query(rows, thetas, neighbors, evidence, keys.and(some), timeout);
    }

    /**
     * Returns this query with a deadline, for a {@code Batcher}, which drops it when the deadline passes. Calls of an index refuse it.
     *
     * @param limit time from the submission, positive
     * @throws IllegalArgumentException if it is not positive
     */
    public Query within(Duration limit) {
        Objects.requireNonNull(limit, "limit");
        if (limit.isNegative() || limit.isZero()) {
            throw new IllegalArgumentException("deadline " + limit + ": expected a positive duration");
        }
        return new Query(rows, thetas, neighbors, evidence, keys, limit);
    }

    /**
     * Checks this query and its rows, but not its deadline.
     *
     * @param size returns the number of keys of the index
     * @return the number of rows
     * @throws IllegalArgumentException if the query is wrong, or its neighbors are too many
     */
    int check(int dim, int classes, LongSupplier size) {
        checkResult();
        int batch = checkSize(dim, classes);
        NearestKeys.requireFew(batch, neighbors == 0 ? 0 : Math.min(neighbors, size.getAsLong()));
        try {
            UnitRows.check(rows, dim);
        } catch (InvalidRowException e) {
            throw e.named("query");
        }
        return batch;
    }

    /** @throws IllegalArgumentException if no result is wanted */
    void checkResult() {
        if (thetas.isEmpty() && neighbors == 0) {
            throw new IllegalArgumentException("the query asks for no result: set thetas or neighbors");
        }
    }

    /**
     * Checks that a gradient uses all settings.
     *
     * @throws IllegalArgumentException if it does not, or there are several thetas
     */
    void checkGradient() {
        refuse(neighbors > 0, neighbors + " neighbors", "for a gradient: ask with answer");
        refuse(evidence, EVIDENCE, "for a gradient: ask with answer");
        if (thetas.size() != 1) {
            throw new IllegalArgumentException(
                    "the query has " + thetas.size() + " thetas: a gradient has one; set it with thetas");
        }
    }

    /** @throws IllegalArgumentException if a partial answer does not use all settings */
    void checkPartial() {
        refuse(evidence && thetas.isEmpty(), EVIDENCE, "for a partial answer without thetas: set them");
    }

    private static void refuse(boolean set, String setting, String where) {
        if (set) {
            throw new IllegalArgumentException("the query has " + setting + ", which has no effect " + where);
        }
    }

    /** The thetas as engines compute with them. */
    float[] narrowedThetas() {
        float[] narrowed = new float[thetas.size()];
        for (int i = 0; i < narrowed.length; i++) {
            narrowed[i] = (float) Math.min(thetas.get(i), AnswerRule.MAX_THETA);
        }
        return narrowed;
    }

    /**
     * Checks the number of rows.
     *
     * @return the number of rows
     * @throws IllegalArgumentException if they are not whole rows, or too many
     */
    int checkSize(int dim, int classes) {
        keys.checkLabels(classes);
        int batch = batch(rows, dim);
        if ((long) batch * classes > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(batch + " queries x " + classes
                    + " classes: expected at most 2^31 - 1 numbers for each theta; ask for fewer queries at once");
        }
        return batch;
    }

    /** Returns a value that is equal for queries that may share a pass: those that ask for the same, but for rows and deadline. */
    public Object settings() {
        return List.of(thetas, neighbors, evidence, keys);
    }

    /**
     * Returns a query of some of the rows, without a deadline. They share the memory of these rows.
     *
     * @param batch number of rows of this query
     * @throws IndexOutOfBoundsException if there are no such rows
     */
    public Query part(int first, int count, int batch) {
        int width = rows.remaining() / batch;
        return new Query(rows.slice(first * width, count * width), thetas, neighbors, evidence, keys, null);
    }

    /** Joins the rows of queries of equal {@link #settings} into one query. */
    static Query joined(List<Query> queries) {
        if (queries.isEmpty()) {
            throw new IllegalArgumentException("no queries to answer: expected at least one");
        }
        Object settings = queries.get(0).settings();
        for (Query other : queries) {
            if (!other.settings().equals(settings)) {
                throw new IllegalArgumentException(other + " asks for other results than " + queries.get(0)
                        + ": expected queries of equal settings, or a call for each");
            }
        }
        Query first = queries.get(0);
        if (queries.size() == 1) {
            return first;
        }
        FloatBuffer rows = FloatBuffer.allocate(
                queries.stream().mapToInt(query -> query.rows.remaining()).reduce(0, Math::addExact));
        queries.forEach(query -> rows.put(query.rows.duplicate()));
        return new Query(rows.flip(), first.thetas, first.neighbors, first.evidence, first.keys, null);
    }

    /** @throws IllegalArgumentException if these are not whole rows */
    static int batch(FloatBuffer queries, int dim) {
        if (queries.remaining() == 0 || queries.remaining() % dim != 0) {
            throw new IllegalArgumentException(
                    "queries hold " + queries.remaining() + " values: expected a positive multiple of dim " + dim);
        }
        return queries.remaining() / dim;
    }

    /** Returns the time of {@link #within}, or empty. */
    public Optional<Duration> timeout() {
        return Optional.ofNullable(timeout);
    }

    @Override
    public String toString() {
        return "Query[" + rows.remaining() + " values, " + thetas.size() + " thetas, " + neighbors + " neighbors"
                + (evidence ? ", " + EVIDENCE : "")
                + (keys.isAll() ? "" : ", keys with " + keys.description())
                + (timeout == null ? "" : ", within " + timeout) + "]";
    }
}
