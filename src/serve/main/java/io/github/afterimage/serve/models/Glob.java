package io.github.afterimage.serve.models;

import java.util.HashMap;
import java.util.Map;

/**
 * Matches whole names: {@code *} stands for any characters, {@code ?} for one, every other for itself.
 *
 * <p>Each character of a name is read once, whatever the pattern is: the places of the pattern that the name may have reached are
 * bits, and a character moves all of them. Nothing is tried again.
 *
 * <p>Threads: safe.
 */
final class Glob {
    /** Number of places that take one character each: all of the pattern but {@code *}. */
    private final int length;
    /** Bit i: a {@code *} stands before place i, or at the end. */
    private final long[] stars;
    /** Bit i: place i takes any character. */
    private final long[] any;
    /** Bit i: place i takes this character. */
    private final Map<Integer, long[]> takes = new HashMap<>();

    Glob(String pattern) {
        int[] letters = pattern.codePoints().toArray();
        stars = new long[letters.length / Long.SIZE + 1];
        any = new long[stars.length];
        int count = 0;
        for (int letter : letters) {
            if (letter == '*') {
                set(stars, count);
            } else {
                set(letter == '?' ? any : takes.computeIfAbsent(letter, unknown -> new long[stars.length]), count);
                count++;
            }
        }
        length = count;
        takes.values().forEach(places -> {
            for (int word = 0; word < places.length; word++) {
                places[word] |= any[word];
            }
        });
    }

    private static void set(long[] bits, int bit) {
        bits[bit / Long.SIZE] |= 1L << bit;
    }

    boolean matches(String name) {
        if (length > name.length()) {
            return false;
        }
        long[] reached = new long[stars.length]; // bit i: places 0..i-1 have their characters
        reached[0] = 1;
        name.codePoints().forEach(letter -> {
            long[] taking = takes.getOrDefault(letter, any);
            long carry = 0;
            for (int word = 0; word < reached.length; word++) {
                long taken = reached[word] & taking[word];
                reached[word] = taken << 1 | carry | reached[word] & stars[word];
                carry = taken >>> (Long.SIZE - 1);
            }
        });
        return (reached[length / Long.SIZE] >>> length & 1) != 0;
    }
}
