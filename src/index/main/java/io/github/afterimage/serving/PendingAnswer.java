package io.github.afterimage.serving;

import io.github.afterimage.Answer;
import io.github.afterimage.Query;
import java.util.ArrayList;
import java.util.List;

/** Collects the answer to a query from the passes that answer its rows. Used by one thread at a time. */
final class PendingAnswer implements Work<Answer> {
    private final Query query;
    private final int rows;
    /** In the order of the rows. */
    private final List<Answer> parts = new ArrayList<>();

    PendingAnswer(Query query, int rows) {
        this.query = query;
        this.rows = rows;
    }

    Query part(int first, int count) {
        return query.part(first, count, rows);
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
        return query.settings();
    }

    @Override
    public Answer answer() {
        return Answer.joined(parts);
    }
}
