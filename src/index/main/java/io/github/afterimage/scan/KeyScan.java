package io.github.afterimage.scan;

import io.github.afterimage.keys.Keys;
import java.util.List;
import java.util.function.Consumer;

/**
 * Scans rows of the keys of a query.
 *
 * <p>Threads: for one thread. Valid until the snapshot is closed.
 */
public interface KeyScan {
    /**
     * Passes the rows to {@code visitor}, in one call or in several, in any order. Rows are valid during the call only.
     *
     * @param tile memory for rows that are copied
     * @param leastRows rows that are copied together, at least, if memory suffices
     */
    void forEach(KeyTile tile, long leastRows, Consumer<List<Keys>> visitor);
}
