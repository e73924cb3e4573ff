package io.github.afterimage.cuda;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The keys of each tile in the order of their classes; the kernel {@code class_sums} sums them run by run.
 *
 * @param order rows of each tile without removed ones, tile after tile; null if every tile is in order already and no key
 *     is removed
 * @param runStarts for each tile its runs' first places in the tile's part of {@code order}, and where the last one ends
 * @param runLabels for each run its class times {@code pieces}, plus its number among the pieces of the class
 * @param tileOrders where each tile begins in {@code order}, and where the last one ends
 * @param tileRuns where each tile begins in {@code runLabels}, and where the last one ends; in {@code runStarts} it begins
 *     as many places later as there are tiles before it
 */
record ClassOrder(int @Nullable [] order, int[] runStarts, int[] runLabels, int[] tileOrders, int[] tileRuns) {
    /** Threads that fill a large GPU. */
    private static final long FULL = 1 << 17;
    /** Minimum keys of a piece: a few for each lane of a warp. */
    private static final int PIECE_KEYS = 256;

    /**
     * @param labels a class in {@code 0..classes-1} for each key; negative where it was removed
     * @param pieces maximum runs of a class in a tile
     */
    static ClassOrder of(int[] labels, int classes, int tileRows, int pieces) {
        int tiles = (labels.length + tileRows - 1) / tileRows;
        int[] order = new int[labels.length];
        int[] runStarts = new int[16];
        int[] runLabels = new int[16];
        int[] tileOrders = new int[tiles + 1];
        int[] tileRuns = new int[tiles + 1];
        int[] next = new int[classes];
        boolean inOrder = true;
        int places = 0;
        int runs = 0;
        for (int tile = 0; tile < tiles; tile++) {
            int first = tile * tileRows;
            int last = Math.min(labels.length, first + tileRows);
            int most = Math.min(Math.multiplyExact(classes, pieces), last - first);
            runStarts = atLeast(runStarts, runs + tile + most + 1);
            runLabels = atLeast(runLabels, runs + most);
            Arrays.fill(next, 0);
            for (int row = first; row < last; row++) {
                if (labels[row] >= 0) {
                    next[labels[row]]++;
                }
            }
            int place = 0;
            for (int label = 0; label < classes; label++) {
                int count = next[label];
                next[label] = place;
                int cut = Math.min(pieces, (count + PIECE_KEYS - 1) / PIECE_KEYS);
                for (int piece = 0; piece < cut; piece++) {
                    runStarts[runs + tile] = place + (int) ((long) count * piece / cut);
                    runLabels[runs++] = label * pieces + piece;
                }
                place += count;
            }
            runStarts[runs + tile] = place;
            for (int row = first; row < last; row++) {
                if (labels[row] >= 0) {
                    int mine = next[labels[row]]++;
                    order[places + mine] = row - first;
                    inOrder &= mine == row - first;
                }
            }
            inOrder &= place == last - first;
            places += place;
            tileOrders[tile + 1] = places;
            tileRuns[tile + 1] = runs;
        }
        return new ClassOrder(
                inOrder ? null : Arrays.copyOf(order, places),
                Arrays.copyOf(runStarts, runs + tiles),
                Arrays.copyOf(runLabels, runs),
                tileOrders,
                tileRuns);
    }

    private static int[] atLeast(int[] array, int length) {
        return array.length >= length ? array : Arrays.copyOf(array, Math.max(length, array.length * 2));
    }

    int runs(int tile) {
        return tileRuns[tile + 1] - tileRuns[tile];
    }

    /**
     * Returns the number of lanes of a warp that share a run of this tile: each gets a few keys, and no more lanes than fill
     * the GPU are used, because the fixed work of a run takes a warp with one run as long as a warp with four.
     */
    int lanes(int tile, int batch) {
        int runs = Math.max(1, runs(tile));
        int perRun = (tileOrders[tile + 1] - tileOrders[tile]) / runs;
        int lanes = Math.max(4, Math.min(32, Integer.highestOneBit(Math.max(1, perRun / 2))));
        while (lanes > 8 && (long) runs * batch * lanes / 2 >= FULL) {
            lanes /= 2;
        }
        return lanes;
    }
}
