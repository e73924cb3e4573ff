package io.github.afterimage;

import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A request to an index: a batch of rows and the results wanted for them, all from the keys of one moment.
 *
 * <pre>{@code
 * try (CacheIndex index = CacheIndex.open(Path.of("cache.safetensors"))) {
 *     Query query = Query.of(new float[index.dim()]).thetas(60).neighbors(5);
 *     Answer answer = index.answer(query);
 *     System.out.println(answer.distributions().best(0) + ", share of the nearest key " + answer.share(0, 0));
 * }
 * }</pre>
 *
 * <p>Immutable. Rows are not copied, except from {@code float[][]}: do not change them before the answer is there.
 */
public final class Query {
    private final FloatBuffer rows;
    private final double[] thetas;
    private final int neighbors;
    private final @Nullable Duration timeout;

    private Query(FloatBuffer rows, double[] thetas, int neighbors, @Nullable Duration timeout) {
        this.rows = rows;
        this.thetas = thetas;
        this.neighbors = neighbors;
        this.timeout = timeout;
    }

    /** Makes a query of rows {@code (batch, dim)} float32 row-major, from the buffer's position to its limit, heap or direct. */
    public static Query of(FloatBuffer rows) {
        return new Query(rows.slice(), new double[0], 0, null);
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
        return of(RowArrays.concatenated(rows));
    }

    /**
     * Returns this query with a distribution for each θ, computed in one pass over the keys.
     *
     * @param values finite and not negative; θ above 1e9 is treated as 1e9
     * @throws IllegalArgumentException if a value is out of range
     */
    public Query thetas(double... values) {
        for (double value : values) {
            Hyperparameters.checkTheta(value);
        }
        return new Query(rows, values.clone(), neighbors, timeout);
    }

    /**
     * Returns this query with the nearest keys of each row.
     *
     * @param k number of keys; 0 for none; all keys if there are fewer
     * @throws IllegalArgumentException if k is negative
     */
    public Query neighbors(int k) {
        if (k < 0) {
            throw new IllegalArgumentException("neighbors " + k + ": expected 0 or more");
        }
        return new Query(rows, thetas, k, timeout);
    }

    /**
     * Returns this query with a deadline. {@code Batcher} drops it when the deadline passes; {@link CacheIndex#answer} ignores
     * the deadline.
     *
     * @param limit time from the submission, positive
     * @throws IllegalArgumentException if it is not positive
     */
    public Query within(Duration limit) {
        if (limit.isNegative() || limit.isZero()) {
            throw new IllegalArgumentException("deadline " + limit + ": expected a positive duration");
        }
        return new Query(rows, thetas, neighbors, Objects.requireNonNull(limit, "limit"));
    }

    /** Returns the rows from position 0; callers do not move the position. */
    FloatBuffer rows() {
        return rows;
    }

    /** Returns the thetas; callers do not change them. */
    double[] thetas() {
        return thetas;
    }

    int neighbors() {
        return neighbors;
    }

    Optional<Duration> timeout() {
        return Optional.ofNullable(timeout);
    }

    /** @throws IllegalArgumentException if neither thetas nor neighbours are wanted */
    void requireResults() {
        if (thetas.length == 0 && neighbors == 0) {
            throw new IllegalArgumentException("the query asks for no result: set thetas or neighbors");
        }
    }

    @Override
    public String toString() {
        return "Query[" + rows.remaining() + " values, " + thetas.length + " thetas, " + neighbors + " neighbors"
                + (timeout == null ? "" : ", within " + timeout) + "]";
    }
}
