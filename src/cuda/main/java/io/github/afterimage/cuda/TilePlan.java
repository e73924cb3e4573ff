package io.github.afterimage.cuda;

/**
 * The size of the tiles of a pass.
 *
 * @param rows of a tile, a multiple of 128
 */
record TilePlan(int rows) {
    /** Queries of a block of the fused kernel, and the unit of work of cuBLAS. */
    static final int UNIT = 128;
    /** Minimum rows: fewer do not fill a large GPU. */
    private static final int MIN_ROWS = 1024;
    /** Maximum rows: more gain nothing, and a pass stops between tiles. */
    private static final int MAX_ROWS = 1 << 18;
    /** Bytes of each of the two buffers for streamed keys: large enough for the full copy rate, small enough to overlap. */
    static final long STREAMED_BYTES = 64L << 20;
    /** Scores take this fraction of the L2 cache, 1 / 2, beside the keys that pass through. */
    private static final int L2_FRACTION = 2;

    /**
     * Returns tiles whose scores {@code (batch, rows)} float32 stay in the L2 cache. Batches up to the same power of two have
     * the same tiles, so a service with varying batches reuses its tables.
     *
     * @param copiedRowBytes bytes of a row that is first copied to a buffer, streamed or widened; 0 if none is
     */
    static TilePlan of(int batch, long l2Bytes, long copiedRowBytes) {
        long rows = Math.max(MIN_ROWS, l2Bytes / L2_FRACTION / Float.BYTES / powerOfTwo(batch));
        rows = Math.min(rows, MAX_ROWS);
        if (copiedRowBytes > 0) {
            rows = Math.min(rows, STREAMED_BYTES / copiedRowBytes);
        }
        return new TilePlan((int) Math.max(UNIT, rows / UNIT * UNIT));
    }

    /**
     * Returns tiles for the fused kernel: as many rows as its slots allow.
     *
     * @param slotsPerRow of the fullest part of the keys, at most 1
     */
    static TilePlan fused(int batch, int thetas, double slotsPerRow, long copiedRowBytes) {
        double bytesPerRow = slotsPerRow * Float.BYTES * thetas * rounded(batch);
        long rows = (long) Math.min(MAX_ROWS, Slots.MAX_BYTES / Math.max(1e-9, bytesPerRow));
        if (copiedRowBytes > 0) {
            rows = Math.min(rows, STREAMED_BYTES / copiedRowBytes);
        }
        return new TilePlan((int) Math.max(UNIT, rows / UNIT * UNIT));
    }

    /** Returns these tiles, or smaller ones of {@code most} rows. */
    TilePlan atMost(int most) {
        return rows <= most ? this : new TilePlan(most);
    }

    private static long powerOfTwo(int batch) {
        return batch <= 1 ? 1 : Long.highestOneBit(batch - 1L) << 1;
    }

    /** Rounds a batch up to whole blocks of the fused kernel. */
    static int rounded(int batch) {
        return (batch + UNIT - 1) / UNIT * UNIT;
    }

    int tiles(long keys) {
        return Math.toIntExact((keys + rows - 1) / rows);
    }
}
