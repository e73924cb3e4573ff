package io.github.afterimage.engine;

import io.github.afterimage.keys.Keys;
import io.github.afterimage.platform.Resources;
import io.github.afterimage.scan.CopiedKeys;
import io.github.afterimage.scan.QueriedKeys;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Some queries of a request in native memory, and the keys that answer them. */
final class QueryBlock implements AutoCloseable {
    private final Workers workers;
    private final Request request;
    private final Queries queries;
    /** The keys that no query leaves out. */
    private final QueriedKeys keys;

    private final @Nullable LeftOut leftOut;

    QueryBlock(Workers workers, Request request, int first, int count) {
        this.workers = workers;
        this.request = request;
        queries = request.queries(first, count);
        CopiedKeys copies = null;
        try {
            long[] ids = request.leftOut(first, count);
            copies = CopiedKeys.of(request.keys(), ids);
            if (copies == null) {
                keys = request.keys();
                leftOut = null;
                return;
            }
            leftOut = new LeftOut(copies, request.engine().ofFewKeys());
            keys = request.keys().without(copies.ids(), request.engine().inPlace(count));
            int[] rows = new int[count];
            for (int query = 0; query < count; query++) {
                rows[query] = copies.row(ids[query]);
            }
            queries.leaveOut(rows);
        } catch (RuntimeException | Error e) {
            Resources.closeAll(queries, copies);
            throw e;
        }
    }

    Queries queries() {
        return queries;
    }

    Columns columns() {
        return request.columns();
    }

    /** Returns the pass for these queries, or for some of them. */
    KeyPass pass(Queries asked) {
        return new KeyPass(workers, request.engine(), keys, asked, leftOut);
    }

    /** Returns the key that a pass has found nearest. */
    Keys key(long row) {
        return leftOut == null
                ? keys.key(row)
                : Objects.requireNonNull(request.keys().find(row));
    }

    @Override
    public void close() {
        Resources.closeAll(queries, leftOut);
    }
}
