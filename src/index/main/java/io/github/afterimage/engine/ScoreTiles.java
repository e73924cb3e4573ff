package io.github.afterimage.engine;

import io.github.afterimage.keys.Keys;
import io.github.afterimage.platform.FloatRows;
import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.settings.ElementType;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.FloatPointer;

/** Splits keys into tiles whose scores {@code (tile, batch)} stay in cache, and computes these with OpenBLAS. */
final class ScoreTiles {
    /** Scores of a tile: 512 KiB, half of a usual L2 cache. */
    private static final int TILE_SCORES = 1 << 17;

    private static final int LARGEST_TILE = 4096;
    /** Bytes of a tile that is widened to float32, so that it is still in cache when it is multiplied. */
    private static final long WIDENED_BYTES = 4L << 20;

    private static final int SMALLEST_TILE = 16;
    /** Multiplications between two checks for cancellation: some 20 ms. */
    private static final long TILE_PRODUCTS = 1L << 29;

    /** Uses the scores of a tile. */
    interface Visitor {
        /** @param scratch has the scores from {@link #scoresOffset} on */
        void visit(Keys tile, NativeMemory scratch);
    }

    private final Keys keys;
    private final Queries queries;
    private final Workspace workspace;
    private final int tileRows;
    /** Offset of the scores, behind the keys that are widened to float32; 0 for float32 keys. */
    final long scoresOffset;

    final long spareOffset;
    private final long bytes;

    /** @param spareBytes bytes behind the scores that the caller uses */
    ScoreTiles(Keys keys, Queries queries, Workspace workspace, long spareBytes) {
        this.keys = keys;
        this.queries = queries;
        this.workspace = workspace;
        tileRows = rows(keys, queries.batch());
        long widened = keys.type() != ElementType.FLOAT32 ? (long) tileRows * keys.dim() * Float.BYTES : 0;
        scoresOffset = aligned(widened);
        spareOffset = aligned(scoresOffset + (long) tileRows * queries.batch() * Float.BYTES);
        bytes = spareOffset + spareBytes;
    }

    /** Returns the number of keys of a tile. */
    private static int rows(Keys keys, int batch) {
        long rows = Math.min(TILE_PRODUCTS / ((long) batch * keys.dim()), TILE_SCORES / batch);
        if (keys.type() != ElementType.FLOAT32) {
            rows = Math.min(rows, WIDENED_BYTES / ((long) keys.dim() * Float.BYTES));
        }
        return (int) Math.max(SMALLEST_TILE, Math.min(rows, LARGEST_TILE));
    }

    private static long aligned(long bytes) {
        return (bytes + 63) / 64 * 64;
    }

    /** Computes the scores of one tile after the other. */
    void forEach(Visitor visitor) {
        NativeMemory scratch = workspace.scratch(bytes);
        for (long row = 0; row < keys.count(); row += tileRows) {
            workspace.checkCancelled();
            Keys tile = keys.slice(row, Math.min(tileRows, keys.count() - row));
            FloatRows.inner(widen(tile, scratch), queries.floatRows(), scoreRows(tile, scratch));
            visitor.visit(tile, scratch);
        }
    }

    private FloatRows widen(Keys tile, NativeMemory scratch) {
        if (tile.type() != ElementType.FLOAT32) {
            int bytes = Math.toIntExact(tile.count() * tile.dim() * Float.BYTES);
            tile.widen(scratch.buffer(0, bytes).asFloatBuffer());
        }
        return floatRows(tile, scratch);
    }

    private FloatRows floatRows(Keys tile, NativeMemory scratch) {
        FloatPointer rows = tile.type() == ElementType.FLOAT32 ? new FloatPointer(tile.rows()) : scratch.floats(0);
        return new FloatRows(rows, (int) tile.count(), tile.dim());
    }

    private FloatRows scoreRows(Keys tile, NativeMemory scratch) {
        return new FloatRows(scratch.floats(scoresOffset), (int) tile.count(), queries.batch());
    }

    /** The scores of a tile: (count, batch) row-major. */
    FloatBuffer scores(Keys tile, NativeMemory scratch) {
        int length = (int) tile.count() * queries.batch() * Float.BYTES;
        return scratch.buffer(scoresOffset, length).asFloatBuffer();
    }

    /** Adds the keys of a tile, each multiplied by its scores, which the caller has replaced, to {@code sums} (batch, dim). */
    void addProducts(Keys tile, NativeMemory scratch, FloatPointer sums) {
        FloatRows target = new FloatRows(sums, queries.batch(), tile.dim());
        FloatRows.multiply(scoreRows(tile, scratch), true, floatRows(tile, scratch), false, 1, 1, target);
    }

    /** Returns the maximum bytes of the keys and scores of a tile, without the workspace of the kernels. */
    static long tileBytes(int batch, int dim) {
        long scores = (long) Math.max(TILE_SCORES, SMALLEST_TILE * batch) * Float.BYTES;
        return Math.max(WIDENED_BYTES, (long) SMALLEST_TILE * dim * Float.BYTES) + scores + 2 * 64;
    }
}
