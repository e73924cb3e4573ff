package io.github.afterimage;

import io.github.afterimage.batch.Work;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Collects the answer to a query from the passes that answer its rows. Used by one thread at a time. */
final class PendingAnswer implements Work<Answer> {
    /** Queries of one group can share a pass. */
    private record Group(QueryOptions options, boolean excludesEach) {}

    private final Query query;
    private final int rows;
    private final Group group;
    private @Nullable Answer answer;

    PendingAnswer(Query query, int rows) {
        this.query = query;
        this.rows = rows;
        group = new Group(query.options(), query.excludedIds().length > 0);
    }

    Query query() {
        return query;
    }

    /** Returns rows {@code (count, dim)} of the query. */
    FloatBuffer rows(int first, int count) {
        int dim = query.rows().remaining() / rows;
        return query.rows().slice(first * dim, count * dim);
    }

    /** Returns the ids of the keys that these rows leave out; none if the query leaves none out. */
    long[] excludedIds(int first, int count) {
        long[] ids = query.excludedIds();
        return ids.length == 0 ? ids : Arrays.copyOfRange(ids, first, first + count);
    }

    /**
     * Receives the results of some rows.
     *
     * @param part the answer of a pass
     * @param from the place of the first of these rows in the pass
     */
    void put(int first, int count, Answer part, int from) {
        if (count == rows && count == part.batch()) {
            answer = part;
            return;
        }
        if (answer == null) {
            if (query.options().neighbors() > 0) {
                IndexQueries.requireFew(rows, part.neighbors().k());
            }
            answer = part.room(rows);
        }
        part.copy(from, count, answer, first);
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public Object group() {
        return group;
    }

    @Override
    public Answer answer() {
        return Objects.requireNonNull(answer, "the answer of the rows");
    }
}
