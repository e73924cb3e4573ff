package io.github.afterimage.keys;

import java.util.Arrays;

/**
 * Marks rows {@code 0..rows-1}, one bit each. Written by one thread; afterwards immutable and thread-safe once {@link #count}ed.
 */
public final class RowBits {
    /** Rows of a block, whose first rank is known. */
    static final int BLOCK = 1024;

    private static final int WORDS = BLOCK / Long.SIZE;

    private final long rows;
    private final long[] words;
    /** Marked rows before each block, and of all. */
    private final long[] ranks;

    /** Marks every row. */
    public RowBits(long rows) {
        this.rows = rows;
        words = new long[Math.toIntExact((rows + Long.SIZE - 1) / Long.SIZE)];
        ranks = new long[(words.length + WORDS - 1) / WORDS + 1];
        Arrays.fill(words, -1);
        if (rows % Long.SIZE != 0) {
            words[words.length - 1] = (1L << rows % Long.SIZE) - 1;
        }
    }

    public long rows() {
        return rows;
    }

    public int blocks() {
        return ranks.length - 1;
    }

    /** Returns the first row of a block, or the number of rows for the block behind the last. */
    public long firstRow(int block) {
        return Math.min(rows, (long) block * BLOCK);
    }

    /** Returns the number of marked rows of a block. */
    public long marked(int block) {
        return ranks[block + 1] - ranks[block];
    }

    public boolean isWhole(int block) {
        return marked(block) == firstRow(block + 1) - firstRow(block);
    }

    public boolean get(long row) {
        return (words[(int) (row >> 6)] >>> row & 1) != 0;
    }

    public void mark(long row) {
        words[(int) (row >> 6)] |= 1L << row;
    }

    public void clear() {
        Arrays.fill(words, 0);
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

    /** Counts the marks; they do not change any more. */
    public void count() {
        for (int block = 0; block < ranks.length - 1; block++) {
            int marked = 0;
            for (int i = block * WORDS; i < Math.min(words.length, (block + 1) * WORDS); i++) {
                marked += Long.bitCount(words[i]);
            }
            ranks[block + 1] = ranks[block] + marked;
        }
    }

    /** Returns the number of marked rows before {@code row}, at most {@link #rows}. */
    public long rank(long row) {
        int block = (int) (row / BLOCK);
        long rank = ranks[block];
        int last = (int) (row >> 6);
        for (int i = block * WORDS; i < last; i++) {
            rank += Long.bitCount(words[i]);
        }
        return row % Long.SIZE == 0 ? rank : rank + Long.bitCount(words[last] << -row);
    }

    /** Returns the marked row with this rank, which is less than the number of marked rows. */
    public long select(long rank) {
        int block = Arrays.binarySearch(ranks, rank);
        block = block < 0 ? -block - 2 : block;
        while (ranks[block + 1] == rank) {
            block++; // blocks without marks
        }
        long left = rank - ranks[block];
        int i = block * WORDS;
        for (int marked = Long.bitCount(words[i]); left >= marked; marked = Long.bitCount(words[i])) {
            left -= marked;
            i++;
        }
        long word = words[i];
        for (; left > 0; left--) {
            word &= word - 1;
        }
        return (long) i * Long.SIZE + Long.numberOfTrailingZeros(word);
    }

    /** Returns the first marked row from {@code row} on; {@link #rows} if there is none. */
    public long nextMarked(long row) {
        if (row >= rows) {
            return rows;
        }
        int i = (int) (row >> 6);
        long word = words[i] & -1L << row;
        while (word == 0) {
            if (++i == words.length) {
                return rows;
            }
            word = words[i];
        }
        return (long) i * Long.SIZE + Long.numberOfTrailingZeros(word);
    }
}
