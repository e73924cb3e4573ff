package io.github.afterimage.engine;

import io.github.afterimage.keys.Keys;
import java.util.List;

/** What a pass makes of keys, for some queries. Results of disjoint sets of keys merge to that of their union. */
interface Result<T extends Result<T>> extends AutoCloseable {
    /** Returns a result of no keys, for the same queries. */
    T empty();

    /** Adds keys. */
    void add(List<Keys> keys, KeyEngine engine, Queries queries, Workspace workspace);

    /** Adds the result of other keys. */
    void merge(T other);

    @Override
    void close();
}
