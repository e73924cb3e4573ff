package io.github.afterimage.answer;

import io.github.afterimage.engine.NearestKeys;
import io.github.afterimage.failure.InvalidRowException;
import io.github.afterimage.keys.UnitRows;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.Arrays;
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
    private final FloatBuffer rows;
    private final QueryOptions options;
    private final long[] excludedIds;
    private final @Nullable Duration timeout;

    private Query(FloatBuffer rows, QueryOptions options, long[] excludedIds, @Nullable Duration timeout) {
        this.rows = rows;
        this.options = options;
        this.excludedIds = excludedIds;
        this.timeout = timeout;
    }

    /** Makes a query of rows {@code (batch, dim)} float32 row-major, from the buffer's position to its limit, heap or direct. */
    public static Query of(FloatBuffer rows) {
        return new Query(rows.slice(), QueryOptions.NONE, new long[0], null);
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
        return with(options.withThetas(List.of(checked)));
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
        return with(options.withNeighbors(k));
    }

    /**
     * Returns this query with the evidence for each class that a {@link Pool} needs: {@link Answer.Row#logEvidence} and
     * {@link Answer.Row#direction}.
     *
     * <p>The direction of class c is m_c = Σ μ_k over its keys, scaled to unit length, of the keys that answer: of the chosen ones ({@link
     * #only}), and without the key that a row leaves out ({@link #excludingEach}). Directions are exact after every change: an index that
     * has forgotten keys has the directions of one that never had them.
     *
     * <p>Cost: 4 bytes for each row and class, and their products. The first such query sums up the keys of each class, in one pass; changes
     * then continue the sums, which take 20 bytes for each element of a class that has keys. {@link #only} with ids sums up the chosen keys
     * for each query.
     */
    public Query evidence(boolean wanted) {
        return with(options.withEvidence(wanted));
    }

    /**
     * Returns this query, answered only from keys of a set, as if the index held no others. Several calls restrict it further:
     * a key must be in all sets.
     *
     * <p>Cost: that of a query without a set, which also reads the ids (8 bytes) or labels (4 bytes) of all keys; stretches of 32,768
     * keys without one of the set are not read.
     */
    public Query only(KeySet keys) {
        return with(options.and(keys.filter()));
    }

    /**
     * Returns this query, each row of which is answered without the keys of one id: leave-one-out, if the rows are those of the keys.
     *
     * <pre>{@code
     * float[] features = {1, 0, 0, 1, 1, 1};
     * try (CacheIndex index = new CacheIndexBuilder(2, 3).build()) {
     *     long first = index.add(features, new int[] {0, 1, 1}).first();
     *     Answer answer = index.answer(Query.of(features).thetas(60).excludingEach(first, first + 1, first + 2));
     *     System.out.println("without itself, the third key is of class " + answer.row(2).best());
     * }
     * }</pre>
     *
     * <p>All rows share a pass over the keys. The answers are as exact as those of an index without the key, whatever its share
     * is. They count the key among {@link Answer#keys}, and there are fewer neighbours if there are not enough keys.
     *
     * @param ids for each row the id; -1, or an id that no key has, for none
     */
    public Query excludingEach(long... ids) {
        return new Query(rows, options, ids.clone(), timeout);
    }

    private Query with(QueryOptions others) {
        return new Query(rows, others, excludedIds, timeout);
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
        return new Query(rows, options, excludedIds, limit);
    }

    /**
     * Checks this query and its rows, but not its deadline.
     *
     * @param keys returns the number of keys of the index
     * @return the number of rows
     * @throws IllegalArgumentException if the query is wrong, or its neighbors are too many
     */
    int check(int dim, int classes, LongSupplier keys) {
        options.check();
        int batch = checkSize(dim, classes);
        NearestKeys.requireFew(batch, options.neighbors() == 0 ? 0 : Math.min(options.neighbors(), keys.getAsLong()));
        try {
            UnitRows.check(rows, dim);
        } catch (InvalidRowException e) {
            throw e.named("query");
        }
        return batch;
    }

    /**
     * Checks the number of rows.
     *
     * @return the number of rows
     * @throws IllegalArgumentException if they are not whole rows, or too many
     */
    int checkSize(int dim, int classes) {
        options.filter().checkLabels(classes);
        int batch = batch(dim);
        if ((long) batch * classes > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(batch + " queries x " + classes
                    + " classes: expected at most 2^31 - 1 numbers for each theta; ask for fewer queries at once");
        }
        return batch;
    }

    /** Returns a value that is equal for queries that may share a pass: those that ask for the same, but for rows and deadline. */
    public Object settings() {
        return List.of(options, excludedIds.length > 0);
    }

    /**
     * Returns a query of some of the rows, without a deadline. They share the memory of these rows.
     *
     * @param batch number of rows of this query
     * @throws IndexOutOfBoundsException if there are no such rows
     */
    public Query part(int first, int count, int batch) {
        long[] ids = excludedIds.length == 0 ? excludedIds : Arrays.copyOfRange(excludedIds, first, first + count);
        int width = rows.remaining() / batch;
        return new Query(rows.slice(first * width, count * width), options, ids, null);
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
        if (queries.size() == 1) {
            return queries.get(0);
        }
        long[] ids = queries.stream()
                .flatMapToLong(query -> Arrays.stream(query.excludedIds))
                .toArray();
        FloatBuffer rows = FloatBuffer.allocate(
                queries.stream().mapToInt(query -> query.rows.remaining()).reduce(0, Math::addExact));
        queries.forEach(query -> rows.put(query.rows.duplicate()));
        return new Query(rows.flip(), queries.get(0).options, ids, null);
    }

    /** Returns the rows from position 0; callers do not move the position. */
    FloatBuffer rows() {
        return rows;
    }

    /** Returns the results that are wanted, and the keys that may answer. */
    QueryOptions options() {
        return options;
    }

    /** Returns the id whose keys each row leaves out; empty if none does. Callers do not change it. */
    long[] excludedIds() {
        return excludedIds;
    }

    /**
     * Returns the number of rows.
     *
     * @throws IllegalArgumentException if these are not whole rows, or {@link #excludingEach} has another number of ids
     */
    int batch(int dim) {
        int batch = batch(rows, dim);
        if (excludedIds.length != 0 && excludedIds.length != batch) {
            throw new IllegalArgumentException("excludingEach has " + excludedIds.length + " ids for " + batch
                    + " queries: expected one for each, -1 for none");
        }
        return batch;
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
        return "Query[" + rows.remaining() + " values, " + options
                + (excludedIds.length == 0 ? "" : ", each without a key")
                + (timeout == null ? "" : ", within " + timeout) + "]";
    }
}
