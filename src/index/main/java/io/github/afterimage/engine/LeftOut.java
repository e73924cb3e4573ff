package io.github.afterimage.engine;

import io.github.afterimage.keys.CopiedKeys;
import io.github.afterimage.keys.KeyRows;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.platform.NativeMemory;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;

/**
 * The keys that the queries of a block leave out, those of a picture each. A pass over all other keys answers first; then these are
 * added, for each query without its own. No term is subtracted, so an answer is as exact as over an index without the picture, even if
 * its share is all but 1.
 *
 * @param engine computes the few products of queries and these keys
 */
record LeftOut(CopiedKeys keys, KeyEngine engine) implements AutoCloseable {
    /** Maximum bytes of the terms of single keys that are computed together, unless those of one key take more. */
    private static final long TERM_BYTES = 4L << 20;

    private interface Part {
        void add(int first, int count, Keys part);
    }

    private void forEachPart(long bytesPerKey, Part part) {
        int step = (int) Math.max(1, Math.min(keys.count(), TERM_BYTES / bytesPerKey));
        for (int first = 0; first < keys.count(); first += step) {
            Workers.checkInterrupted();
            int count = Math.min(step, keys.count() - first);
            part.add(first, count, keys.numbered(first, count));
        }
    }

    /** Adds the terms of each query, and updates its maximum. */
    void add(Partial sums, Queries queries, Workspace workspace) {
        float[] thetas = sums.thetas();
        forEachPart((long) thetas.length * queries.batch() * Double.BYTES, (first, count, part) -> {
            try (Partial terms = new Partial(thetas, queries, count)) {
                engine.classSums(part, queries, terms, workspace);
                for (int i = 0; i < count; i++) {
                    add(sums, terms, queries, first, i);
                }
            }
        });
        try (Nearest best = nearest(1, queries, workspace)) {
            for (int query = 0; query < queries.batch(); query++) {
                sums.maximum(query, Math.max(sums.maximum(query), best.scores().get(query)));
            }
        }
    }

    /** Adds the terms of one key, number {@code i} of a part. */
    private void add(Partial sums, Partial terms, Queries queries, int first, int i) {
        int label = keys.label(first + i);
        for (int t = 0; t < sums.thetas().length; t++) {
            for (int query = 0; query < queries.batch(); query++) {
                if (isOwn(first + i, queries, query)) {
                    continue;
                }
                double term = terms.sums(t, query).get(i);
                DoubleBuffer ofQuery = sums.sums(t, query);
                ofQuery.put(label, ofQuery.get(label) + term);
            }
        }
    }

    private boolean isOwn(int row, Queries queries, int query) {
        return keys.picture(row) == queries.leftOut(query);
    }

    /** Returns the {@code k} best keys of each query, best first; the caller closes them. */
    Nearest nearest(int k, Queries queries, Workspace workspace) {
        int asked = (int) Math.min((long) k + KeyRows.MOST_VIEWS, keys.count());
        try (Nearest all = new Nearest(queries.batch(), asked)) {
            engine.nearest(keys.numbered(0, keys.count()), queries, all, workspace);
            all.sort(Workers::checkInterrupted);
            Nearest others = new Nearest(queries.batch(), k);
            for (int query = 0; query < queries.batch(); query++) {
                int place = 0;
                for (int i = query * asked; i < (query + 1) * asked && place < k; i++) {
                    long row = all.rows().get(i);
                    if (row >= 0 && !isOwn((int) row, queries, query)) {
                        others.put(query, place++, all.scores().get(i), keys.snapshotRow((int) row));
                    }
                }
            }
            return others;
        }
    }

    /** Adds the terms of each query. */
    void add(Gradient gradient, Queries queries, Workspace workspace) {
        int batch = queries.batch();
        forEachPart((long) batch * Float.BYTES, (first, count, part) -> {
            try (NativeMemory coefficients = NativeMemory.allocateScratch((long) batch * count * Float.BYTES)) {
                FloatBuffer ofKeys =
                        coefficients.buffer(0, batch * count * Float.BYTES).asFloatBuffer();
                for (int i = 0; i < count; i++) {
                    for (int query = 0; query < batch; query++) {
                        boolean own = isOwn(first + i, queries, query);
                        float coefficient = gradient.coefficients(query).get(keys.label(first + i));
                        ofKeys.put(query * count + i, own ? 0 : coefficient);
                    }
                }
                try (Gradient terms = new Gradient(gradient.theta(), queries, count, coefficients)) {
                    engine.gradient(part, queries, terms, workspace);
                    gradient.merge(terms);
                }
            }
        });
    }

    @Override
    public void close() {
        keys.close();
    }
}
