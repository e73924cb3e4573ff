package io.github.afterimage.scan;

import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.ReadAhead;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Passes rows where they are. If mapped keys exceed their memory limit, the scan reads the next rows ahead and gives the memory
 * of finished rows back to the system.
 */
final class PlainScan implements KeyScan {
    private final List<Keys> rows;

    PlainScan(List<Keys> rows) {
        this.rows = rows;
    }

    @Override
    public void forEach(KeyTile tile, long leastRows, Consumer<List<Keys>> visitor) {
        forEach(visitor);
    }

    /** Passes the rows: in one call if all are in memory, otherwise slice by slice. */
    void forEach(Consumer<List<Keys>> visitor) {
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
