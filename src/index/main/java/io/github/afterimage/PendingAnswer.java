package io.github.afterimage;

import io.github.afterimage.batch.Work;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Collects the answer to a query from the passes that answer its rows. Used by one thread at a time. */
final class PendingAnswer implements Work<Answer> {
    /** Queries of one group can share a pass. */
    private record Group(QueryOptions options, boolean excludesEach) {}

    private final Query query;
    private final int rows;
    private final Group group;
    /** In the order of the rows. */
    private final List<Answer> parts = new ArrayList<>();

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

    /** Receives the answer to the next rows. */
    void put(Answer part) {
        parts.add(part);
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
        return Answer.joined(parts);
    }
}
