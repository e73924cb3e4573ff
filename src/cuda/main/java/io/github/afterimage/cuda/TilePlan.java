package io.github.afterimage.cuda;

/**
 * The size of the tiles of a pass.
 *
 * @param rows of a tile, a multiple of 128
 * @param pieces most pieces of a class in a tile that have sums of their own, so that few classes keep the device busy
 */
record TilePlan(int rows, int pieces) {
    /** Queries of a block of the fused kernel, and keys of a block of cuBLAS. */
    static final int UNIT = 128;
    /** Queries of a block of cuBLAS. */
    private static final int GEMM_QUERIES = 256;
    /** Warps that fill a large GPU. */
    private static final int FULL_WARPS = 1 << 12;
    /** Minimum rows: fewer do not fill a large GPU. */
    private static final int MIN_ROWS = 1024;
    /** Maximum rows: more gain nothing, and a pass stops between tiles. */
    private static final int MAX_ROWS = 1 << 18;
    /** Bytes of each of the two buffers for streamed keys: large enough for the full copy rate, small enough to overlap. */
    static final long STREAMED_BYTES = 64L << 20;
    /** Scores take this fraction of the L2 cache, 1 / 2, beside the keys that pass through. */
    private static final int L2_FRACTION = 2;

    /** The figures of a GPU on which tiles depend. */
    record Card(int multiprocessors, long l2Bytes) {}

    /**
     * Returns tiles whose scores {@code (batch, rows)} float32 stay in the L2 cache, and whose product gives each multiprocessor
     * the same number of blocks, if so many rows fit. Batches up to the same power of two have the same tiles, so a service with
     * varying batches reuses its tables.
     *
     * @param copiedRowBytes bytes of a row that is first copied to a buffer, streamed or widened; 0 if none is
     */
    static TilePlan of(int batch, Card card, long copiedRowBytes) {
        int queries = powerOfTwo(batch);
        long rows = Math.max(MIN_ROWS, card.l2Bytes / L2_FRACTION / Float.BYTES / queries);
        rows = Math.min(rows, MAX_ROWS);
        if (copiedRowBytes > 0) {
            rows = Math.min(rows, STREAMED_BYTES / copiedRowBytes);
        }
        int wave = Math.max(1, card.multiprocessors / Math.max(1, queries / GEMM_QUERIES)) * UNIT;
        int unit = rows >= wave ? wave : UNIT;
        return new TilePlan((int) Math.max(UNIT, rows / unit * unit), 1);
    }

    /**
     * Returns the greatest number of pieces of a class that have sums of their own: so many that a warp for each piece and query
     * fills the GPU, or 1.
     */
    static int pieces(int classes, int batch) {
        return Integer.highestOneBit(
                (int) Math.max(1, FULL_WARPS / ((long) Math.min(classes, FULL_WARPS) * powerOfTwo(batch))));
    }

    /** Returns these tiles with classes cut into pieces. */
    TilePlan cut(int most) {
        return new TilePlan(rows, most);
    }

    /**
     * Returns tiles for the fused kernel: as many rows as its slots allow.
     *
     * @param slotsPerRow of the fullest part of the keys, at most 1; up to the same power of two, tiles are the same
     */
    static TilePlan fused(int batch, int thetas, double slotsPerRow, long copiedRowBytes) {
        double bytesPerRow = 1.0 / Long.highestOneBit((long) (1 / slotsPerRow)) * Float.BYTES * thetas * rounded(batch);
        long rows = (long) Math.min(MAX_ROWS, Slots.MAX_BYTES / Math.max(1e-9, bytesPerRow));
        if (copiedRowBytes > 0) {
            rows = Math.min(rows, STREAMED_BYTES / copiedRowBytes);
        }
        return new TilePlan((int) Math.max(UNIT, rows / UNIT * UNIT), 1);
    }

    /** Returns these tiles, or smaller ones of {@code most} rows. */
    TilePlan atMost(int most) {
        return rows <= most ? this : new TilePlan(most, pieces);
    }

    /** Returns the least power of two that is not less. */
    static int powerOfTwo(int batch) {
        return batch <= 1 ? 1 : Integer.highestOneBit(batch - 1) << 1;
    }

    /** Rounds a batch up to whole blocks of the fused kernel. */
    static int rounded(int batch) {
        return (batch + UNIT - 1) / UNIT * UNIT;
    }

    int tiles(long keys) {
        return Math.toIntExact((keys + rows - 1) / rows);
    }
}
