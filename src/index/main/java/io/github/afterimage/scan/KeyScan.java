package io.github.afterimage.scan;

import io.github.afterimage.keys.Keys;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Scans rows of the keys of a query: in place, with a mask, or gathered in tiles.
 *
 * <p>Threads: for one thread. Valid until the snapshot is closed.
 *
 * @param stretches those that {@code rows} are of; null if the query sees them all
 */
public record KeyScan(List<Keys> rows, @Nullable List<Stretch> stretches, long version) {
    /**
     * Passes the rows to {@code visitor}, in one call or in several, in any order. Rows are valid during the call only.
     *
     * @param tile memory for rows that are copied
     * @param leastRows rows that are copied together, at least, if memory suffices
     */
    public void forEach(KeyTile tile, long leastRows, Consumer<List<Keys>> visitor) {
        if (stretches == null) {
            visitor.accept(rows);
            return;
        }
        tile.begin(leastRows, version, visitor);
        for (int i = 0; i < stretches.size(); i++) {
            Stretch stretch = stretches.get(i);
            visit(stretch, rows.get(i), tile, visitor);
        }
        tile.flush();
    }

    private void visit(Stretch stretch, Keys slice, KeyTile tile, Consumer<List<Keys>> visitor) {
        switch (stretch.way()) {
            case WHOLE -> visitor.accept(List.of(slice));
            case MASKED -> {
                for (long row = 0; row < slice.count(); row += KeyTile.MASKED_ROWS) {
                    Keys part = slice.slice(row, Math.min(KeyTile.MASKED_ROWS, slice.count() - row));
                    visitor.accept(List.of(tile.masked(part)));
                }
            }
            case GATHERED -> tile.gather(stretch, stretch.from(), stretch.to());
        }
    }
}
