package io.github.afterimage.scan;

import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.ReadAhead;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Scans rows of the keys of a query: in place, with a mask, or gathered in tiles. If mapped keys exceed their memory limit, the
 * scan reads the next rows ahead and gives the memory of finished rows back to the system.
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
            forEach(visitor);
            return;
        }
        tile.begin(leastRows, version, visitor);
        int[] current = {0};
        forEach(slices -> {
            for (Keys slice : slices) {
                Stretch stretch = stretches.get(current[0]);
                long from = slice.segmentRow() - stretch.slice().from();
                visit(stretch, slice, from, from + slice.count(), tile, visitor);
                if (from + slice.count() == stretch.to()) {
                    current[0]++;
                }
            }
        });
        tile.flush();
    }

    private void visit(Stretch stretch, Keys slice, long from, long to, KeyTile tile, Consumer<List<Keys>> visitor) {
        switch (stretch.way()) {
            case WHOLE -> visitor.accept(List.of(slice));
            case MASKED -> {
                for (long row = 0; row < slice.count(); row += KeyTile.MASKED_ROWS) {
                    Keys part = slice.slice(row, Math.min(KeyTile.MASKED_ROWS, slice.count() - row));
                    visitor.accept(List.of(tile.masked(part)));
                }
            }
            case GATHERED -> tile.gather(stretch, from, to);
        }
    }

    /** Passes the rows: in one call if all are in memory, otherwise slice by slice. */
    private void forEach(Consumer<List<Keys>> visitor) {
        if (rows.stream().allMatch(keys -> keys.readAhead() == null)) {
            visitor.accept(rows);
            return;
        }
        List<Slice> slices = slices();
        int asked = 0;
        int done = 0;
        try {
            for (Slice slice : slices) {
                for (; asked < Math.min(slices.size(), done + ReadAhead.SLICES); asked++) {
                    slices.get(asked).fetch();
                }
                slice.await();
                visitor.accept(List.of(slice.keys));
                slice.leave();
                done++;
            }
        } finally {
            for (Slice slice : slices.subList(done, asked)) {
                slice.await();
                slice.leave();
            }
        }
    }

    private List<Slice> slices() {
        List<Slice> slices = new ArrayList<>();
        long keptBytes = 0;
        for (Keys keys : rows) {
            keptBytes += keys.readAhead() == null ? 0 : (long) (keys.rowBytes() * keys.readAhead().kept);
        }
        for (Keys keys : rows) {
            if (keys.readAhead() == null) {
                slices.add(new Slice(keys, true));
                continue;
            }
            long step = Math.max(1, keys.readAhead().sliceBytes / (keys.rowBytes() / keys.count()));
            for (long row = 0; row < keys.count(); row += step) {
                Keys slice = keys.slice(row, Math.min(step, keys.count() - row));
                keptBytes -= slice.rowBytes();
                slices.add(new Slice(slice, keptBytes >= 0));
            }
        }
        return slices;
    }

    private static final class Slice {
        final Keys keys;
        private final boolean kept;
        private @Nullable CompletableFuture<Void> fetching;

        Slice(Keys keys, boolean kept) {
            this.keys = keys;
            this.kept = kept;
        }

        void fetch() {
            if (keys.readAhead() != null) {
                fetching = keys.readAhead().fetch(keys);
            }
        }

        void await() {
            if (fetching != null) {
                fetching.join();
            }
        }

        void leave() {
            if (!kept) {
                keys.drop();
            }
        }
    }
}
