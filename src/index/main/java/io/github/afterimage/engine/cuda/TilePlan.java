package io.github.afterimage.engine.cuda;

/**
 * How many keys a step of a pass takes.
 *
 * @param rows of a tile, a multiple of 128
 */
record TilePlan(int rows) {
    /** Queries of a block of the fused kernel, and what cuBLAS divides its work by. */
    static final int UNIT = 128;
    /** Below this a product does not fill a large GPU. */
    private static final int SMALLEST = 1024;
    /** More rows gain nothing, and a pass is to be stopped between tiles. */
    private static final int LARGEST = 1 << 18;
    /** One of two buffers that keys are streamed through: past the knee of the copy rate, short enough to overlap. */
    static final long STREAMED_BYTES = 64L << 20;
    /** Scores share the L2 cache with the keys that pass through. */
    private static final int SHARE_OF_L2 = 2;

    /**
     * Tiles whose scores {@code (batch, rows)} float32 stay in the L2 cache. Batches up to the same power of two have the same
     * tiles, so that a service whose batches vary finds its tables again.
     *
     * @param copiedRowBytes bytes of a row that is first copied to a buffer, streamed or widened; 0 where none is
     */
    static TilePlan of(int batch, long l2Bytes, long copiedRowBytes) {
        long rows = Math.max(SMALLEST, l2Bytes / SHARE_OF_L2 / Float.BYTES / powerOfTwo(batch));
        rows = Math.min(rows, LARGEST);
        if (copiedRowBytes > 0) {
            rows = Math.min(rows, STREAMED_BYTES / copiedRowBytes);
        }
        return new TilePlan((int) Math.max(UNIT, rows / UNIT * UNIT));
    }

    /**
     * Tiles for the fused kernel: as many rows as its slots have room for.
     *
     * @param slotsPerRow of the fullest part of the keys, at most 1
     */
    static TilePlan fused(int batch, int thetas, double slotsPerRow, long copiedRowBytes) {
        double bytesPerRow = slotsPerRow * Float.BYTES * thetas * rounded(batch);
        long rows = (long) Math.min(LARGEST, Slots.LARGEST_BYTES / Math.max(1e-9, bytesPerRow));
        if (copiedRowBytes > 0) {
            rows = Math.min(rows, STREAMED_BYTES / copiedRowBytes);
        }
        return new TilePlan((int) Math.max(UNIT, rows / UNIT * UNIT));
    }

    private static long powerOfTwo(int batch) {
        return batch <= 1 ? 1 : Long.highestOneBit(batch - 1L) << 1;
    }

    /** A batch in whole blocks of the fused kernel. */
    static int rounded(int batch) {
        return (batch + UNIT - 1) / UNIT * UNIT;
    }

    int tiles(long keys) {
        return Math.toIntExact((keys + rows - 1) / rows);
    }
}
