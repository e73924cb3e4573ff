package io.github.afterimage.keys;

import java.util.Arrays;

/** Marks rows {@code 0..rows-1}, one bit each. Written by one thread, then immutable. */
public final class RowBits {
    private final long rows;
    private final long[] words;

    /** Marks every row. */
    RowBits(long rows) {
        this.rows = rows;
        words = new long[Math.toIntExact((rows + Long.SIZE - 1) / Long.SIZE)];
        Arrays.fill(words, -1);
        if (rows % Long.SIZE != 0) {
            words[words.length - 1] = (1L << rows % Long.SIZE) - 1;
        }
    }

    /** Returns bits of as many rows, of which none is marked. */
    public RowBits none() {
        RowBits none = new RowBits(rows);
        Arrays.fill(none.words, 0);
        return none;
    }

    boolean get(long row) {
        return (words[(int) (row >> 6)] >>> row & 1) != 0;
    }

    public void mark(long row) {
        words[(int) (row >> 6)] |= 1L << row;
    }

    public void clear(long row) {
        words[(int) (row >> 6)] &= ~(1L << row);
    }

    /** Keeps the marks of rows that the other set marks too, or of those that it does not mark. */
    public void keep(RowBits other, boolean marked) {
        for (int i = 0; i < words.length; i++) {
            words[i] &= marked ? other.words[i] : ~other.words[i];
        }
    }

    /** Returns the number of marked rows of {@code [from, to)}. */
    long count(long from, long to) {
        long count = 0;
        for (long row = from; row < to; ) {
            long next = Math.min(to, (row | Long.SIZE - 1) + 1);
            long word = words[(int) (row >> 6)] >>> row;
            count += Long.bitCount(next - row == Long.SIZE ? word : word & (1L << next - row) - 1);
            row = next;
        }
        return count;
    }
}
