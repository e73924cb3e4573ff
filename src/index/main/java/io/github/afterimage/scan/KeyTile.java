package io.github.afterimage.scan;

import io.github.afterimage.NotEnoughMemoryException;
import io.github.afterimage.keys.KeyWeights;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.RowBits;
import io.github.afterimage.keys.Section;
import io.github.afterimage.keys.Segment;
import io.github.afterimage.keys.SegmentSlice;
import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.platform.Resources;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The memory of one worker for keys of restricted queries: copies of the keys that a query sees, and masks of those that it does
 * not see. Allocated when it is first needed.
 *
 * <p>Threads: for one at a time. Lifetime: native memory until {@link #close}, after which it may be used again.
 */
public final class KeyTile implements AutoCloseable {
    /** Maximum rows of a mask, 256 KiB. */
    static final int MASKED_ROWS = 1 << 15;

    /** Approximate bytes of the copied keys of a tile, so that they are still in cache when they are multiplied. */
    private static final long COPIED_BYTES = 512 << 10;
    /** Maximum bytes of the keys of a tile of {@code leastRows}. */
    private static final long MOST_BYTES = 16 << 20;
    /** Maximum distance of rows that are copied by one call. */
    private static final long MAX_DISTANCE = 1 << 30;
    /** Minimum rows of a tile, even if memory is short. */
    private static final int FEWEST_ROWS = 16;

    /** The sections that a pass over keys reads. */
    private static final List<Section> READ = List.of(Section.KEYS, Section.LABELS, Section.SCALES, Section.VALUES);

    private @Nullable Segment copies;
    /** Room for the weights of the copied keys; null until some have weights. */
    private @Nullable KeyWeights weights;

    private @Nullable NativeMemory mask;
    /** Rows that are copied by one call, counted from the first of them. */
    private final int[] places = new int[1024];

    private long leastRows;
    private long version;
    private Consumer<List<Keys>> visitor = rows -> {};
    /** Copied rows that the visitor has not seen, and the number of the first one. */
    private long count;

    private long firstRow;
    /** The copied keys have weights. */
    private boolean weighted;
    /** The memory of this scan was chosen. */
    private boolean sized;

    /**
     * Returns the bytes that a tile needs when memory is short.
     *
     * @param width numbers of the values of keys; 0 for none
     */
    public static long leastBytes(int dim, int width) {
        long row = ((long) dim + width) * Float.BYTES + 2 * Float.BYTES + Integer.BYTES + Long.BYTES;
        return MASKED_ROWS * (long) Long.BYTES + FEWEST_ROWS * row;
    }

    /** Begins a scan. */
    void begin(long newLeastRows, long newVersion, Consumer<List<Keys>> newVisitor) {
        leastRows = newLeastRows;
        version = newVersion;
        visitor = newVisitor;
        count = 0;
        sized = false;
    }

    /** Returns masked rows with the mask in native memory; valid until the next call. */
    Keys masked(Keys rows) {
        if (mask == null) {
            mask = NativeMemory.allocateScratch((long) MASKED_ROWS * Long.BYTES);
        }
        return rows.withMaskIn(mask);
    }

    /** Copies the rows {@code [from, to)} of a stretch that the query sees; passes full tiles to the visitor. */
    void gather(Stretch stretch, long from, long to) {
        RowBits kept = stretch.kept();
        long first = kept.rank(from);
        long end = kept.rank(to);
        long row = stretch.firstRow() + first - kept.rank(stretch.from());
        KeyWeights sourceWeights = stretch.slice().weights();
        if (firstRow + count != row || (sourceWeights != null) != weighted) {
            flush();
            firstRow = row;
            weighted = sourceWeights != null;
        }
        long start = from;
        while (first < end) {
            Segment tile = tile(stretch.slice().segment());
            long taken = Math.min(end - first, tile.capacity - count);
            first += taken;
            long stop = first == end ? to : kept.select(first);
            copy(stretch.slice(), kept, start, stop, tile);
            start = stop;
            count += taken;
            if (count == tile.capacity) {
                flush();
            }
        }
    }

    /** Returns the memory of the tile, with room for another row. */
    private Segment tile(Segment like) {
        long rowBytes = like.format.rowBytes(1);
        long rows = Math.max(COPIED_BYTES / rowBytes, Math.min(leastRows, MOST_BYTES / rowBytes));
        rows = Math.max(FEWEST_ROWS, rows);
        if (copies != null && (sized || fits(copies, like, rows))) {
            return copies;
        }
        closeCopies();
        sized = true;
        while (copies == null) {
            try {
                copies = Segment.scratch(like.format, rows);
            } catch (NotEnoughMemoryException e) {
                if (rows == FEWEST_ROWS) {
                    throw e;
                }
                rows = Math.max(FEWEST_ROWS, rows / 4);
            }
        }
        return copies;
    }

    /** Copies the marked rows {@code [from, to)} of a slice behind those of the tile, with all that a pass over keys reads. */
    private void copy(SegmentSlice slice, RowBits marks, long from, long to, Segment target) {
        Segment source = slice.segment();
        KeyWeights sourceWeights = slice.weights();
        if (sourceWeights != null && weights == null) {
            weights = KeyWeights.scratch(target.capacity);
        }
        long row = count;
        for (long next = marks.nextMarked(from); next < to; ) {
            long first = next;
            int found = 0;
            while (next < to && found < places.length && next - first <= MAX_DISTANCE) {
                places[found++] = (int) (next - first);
                next = marks.nextMarked(next + 1);
            }
            long stored = slice.from() + first;
            for (Section section : READ) {
                NativeMemory memory = target.memory(section);
                if (memory != null) {
                    Objects.requireNonNull(source.memory(section))
                            .gather(
                                    source.offset(section, stored),
                                    source.format.bytes(section, 1),
                                    places,
                                    found,
                                    memory,
                                    target.offset(section, row));
                }
            }
            if (sourceWeights != null) {
                sourceWeights.gather(stored, places, found, Objects.requireNonNull(weights), row);
            }
            row += found;
        }
    }

    private static boolean fits(Segment tile, Segment like, long rows) {
        return tile.format.equals(like.format) && tile.capacity >= rows && tile.capacity <= 4 * rows;
    }

    /** Passes the copied rows to the visitor. */
    void flush() {
        if (count > 0) {
            Keys gathered =
                    Keys.copies(Objects.requireNonNull(copies), 0, count, firstRow, version, weighted ? weights : null);
            firstRow += count;
            count = 0;
            visitor.accept(List.of(gathered));
        }
    }

    private void closeCopies() {
        Segment closing = copies;
        KeyWeights closingWeights = weights;
        copies = null;
        weights = null;
        Resources.closeAll(closing, closingWeights);
    }

    @Override
    public void close() {
        closeCopies();
        NativeMemory closing = mask;
        mask = null;
        Resources.closeAll(closing);
    }
}
