package io.github.afterimage.cuda;

import java.util.Arrays;

/**
 * The slots of the sums of the fused kernel: each run of keys of one class in a group of {@value #GROUP} rows has a slot,
 * numbered from 0 in each tile.
 *
 * @param starts the first slot of each group
 * @param byClass for each tile its slots ordered by class
 * @param classStarts for each tile where each class begins in the tile's part of {@code byClass}, and where the last ends:
 *     {@code (tiles, classes + 1)}
 * @param tileSlots where each tile begins in {@code byClass}, and where the last one ends
 */
record Slots(int[] starts, int[] byClass, int[] classStarts, int[] tileSlots) {
    static final int GROUP = 64;
    /** Maximum bytes of the slots of a tile. */
    static final long MAX_BYTES = 128L << 20;

    /**
     * Returns the number of slots that begin at rows from {@code first} to {@code last - 1}.
     *
     * @param labels of the keys; negative for a removed key
     */
    static int count(int[] labels, int first, int last) {
        int slots = 0;
        for (int row = first; row < last; row++) {
            if (begins(labels, row)) {
                slots++;
            }
        }
        return slots;
    }

    private static boolean begins(int[] labels, int row) {
        return labels[row] >= 0 && (row % GROUP == 0 || labels[row] != labels[row - 1]);
    }

    /** @param tileRows a multiple of {@value #GROUP} */
    static Slots of(int[] labels, int classes, int tileRows) {
        int tiles = (labels.length + tileRows - 1) / tileRows;
        int[] starts = new int[(labels.length + GROUP - 1) / GROUP];
        int[] byClass = new int[count(labels, 0, labels.length)];
        int[] classStarts = new int[Math.multiplyExact(tiles, classes + 1)];
        int[] tileSlots = new int[tiles + 1];
        for (int tile = 0; tile < tiles; tile++) {
            int first = tile * tileRows;
            int last = Math.min(labels.length, first + tileRows);
            int base = tile * (classes + 1);
            int slot = 0;
            for (int row = first; row < last; row++) {
                if (row % GROUP == 0) {
                    starts[row / GROUP] = slot;
                }
                if (begins(labels, row)) {
                    slot++;
                    classStarts[base + labels[row] + 1]++;
                }
            }
            for (int label = 0; label < classes; label++) {
                classStarts[base + label + 1] += classStarts[base + label];
            }
            int[] next = Arrays.copyOfRange(classStarts, base, base + classes);
            slot = 0;
            for (int row = first; row < last; row++) {
                if (begins(labels, row)) {
                    byClass[tileSlots[tile] + next[labels[row]]++] = slot++;
                }
            }
            tileSlots[tile + 1] = tileSlots[tile] + slot;
        }
        return new Slots(starts, byClass, classStarts, tileSlots);
    }

    int slots(int tile) {
        return tileSlots[tile + 1] - tileSlots[tile];
    }
}
