package io.github.afterimage.engine;

import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.store.CopiedKeys;
import io.github.afterimage.store.Keys;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;

/**
 * The keys that the queries of a block leave out, one each. A pass over all other keys answers first; then these are added, for
 * each query without its own. No term is subtracted, so an answer is as exact as over an index without the key, even if the key's
 * share is all but 1.
 *
 * @param engine computes the few products of queries and these keys
 */
record LeftOut(CopiedKeys keys, Engine engine) implements AutoCloseable {
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
            try (Partial terms = new Partial(thetas, queries, Columns.ofClasses(count))) {
                engine.classSums(part, queries, terms, workspace);
                for (int t = 0; t < thetas.length; t++) {
                    for (int query = 0; query < queries.batch(); query++) {
                        add(part, terms.sums(t, query), first, queries.leftOut(query), sums, sums.sums(t, query));
                    }
                }
            }
        });
        try (Nearest best = nearest(1, queries, workspace)) {
            for (int query = 0; query < queries.batch(); query++) {
                float maximum = Math.max(sums.maxima().get(query), best.scores().get(query));
                sums.maxima().put(query, maximum);
            }
        }
    }

    private void add(Keys part, DoubleBuffer terms, int first, int own, Partial partial, DoubleBuffer sums) {
        float[] value =
                new float[partial.columns().ofValues() ? partial.columns().results() : 0];
        for (int i = 0; i < terms.limit(); i++) {
            if (first + i == own) {
                continue;
            }
            double term = terms.get(i);
            if (value.length == 0) {
                int label = keys.label(first + i);
                sums.put(label, sums.get(label) + term);
                continue;
            }
            part.readValues(i, value);
            for (int j = 0; j < value.length; j++) {
                sums.put(j, sums.get(j) + term * value[j]);
            }
            sums.put(value.length, sums.get(value.length) + term);
        }
    }

    /** Returns the {@code k} best keys of each query, best first, with ids as rows; the caller closes them. */
    Nearest nearest(int k, Queries queries, Workspace workspace) {
        int asked = Math.min(k, keys.count() - 1) + 1;
        Nearest others = new Nearest(queries.batch(), k);
        try (Nearest all = new Nearest(queries.batch(), asked)) {
            engine.nearest(keys.numbered(0, keys.count()), queries, all, workspace);
            all.sort(Workers::checkInterrupted);
            for (int query = 0; query < queries.batch(); query++) {
                int place = 0;
                for (int i = query * asked; i < (query + 1) * asked && place < k; i++) {
                    long row = all.rows().get(i);
                    if (row >= 0 && row != queries.leftOut(query)) {
                        others.put(query, place++, all.scores().get(i), keys.id((int) row));
                    }
                }
            }
            return others;
        } catch (RuntimeException e) {
            others.close();
            throw e;
        }
    }

    /** Adds the terms of each query. */
    void add(Gradient gradient, Queries queries, Workspace workspace) {
        int batch = queries.batch();
        forEachPart((long) batch * Float.BYTES, (first, count, part) -> {
            try (NativeMemory coefficients = NativeMemory.allocateScratch((long) batch * count * Float.BYTES)) {
                for (int query = 0; query < batch; query++) {
                    FloatBuffer ofKeys = coefficients
                            .buffer((long) query * count * Float.BYTES, count * Float.BYTES)
                            .asFloatBuffer();
                    for (int i = 0; i < count; i++) {
                        boolean own = first + i == queries.leftOut(query);
                        ofKeys.put(i, own ? 0 : coefficient(gradient, query, part, first, i));
                    }
                }
                try (Gradient terms = new Gradient(gradient.theta(), queries, Columns.ofClasses(count), coefficients)) {
                    engine.gradient(part, queries, terms, workspace);
                    gradient.merge(terms);
                }
            }
        });
    }

    private float coefficient(Gradient gradient, int query, Keys part, int first, int i) {
        FloatBuffer coefficients = gradient.coefficients(query);
        if (!gradient.columns().ofValues()) {
            return coefficients.get(keys.label(first + i));
        }
        float[] value = new float[gradient.columns().results()];
        part.readValues(i, value);
        double coefficient = coefficients.get(value.length);
        for (int j = 0; j < value.length; j++) {
            coefficient += (double) coefficients.get(j) * value[j];
        }
        return (float) coefficient;
    }

    @Override
    public void close() {
        keys.close();
    }
}
