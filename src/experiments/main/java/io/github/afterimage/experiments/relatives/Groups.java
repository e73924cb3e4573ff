package io.github.afterimage.experiments.relatives;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** A division of things into groups, which are joined step by step. Not thread-safe. */
public final class Groups {
    private final int[] before; // an earlier one of the same group, or itself

    /** Makes as many groups of one thing each. */
    public Groups(int size) {
        before = IntStream.range(0, size).toArray();
    }

    /** Joins the groups of two things. */
    public void join(int one, int other) {
        int first = first(one);
        int second = first(other);
        before[Math.max(first, second)] = Math.min(first, second);
    }

    /** Joins the things that are joined in another division of the same things. */
    public void joinAll(Groups others) {
        IntStream.range(0, before.length).forEach(thing -> join(thing, others.first(thing)));
    }

    /** Returns the same division, with a group for each thing of some groups, given by their first things. */
    public Groups without(List<Integer> firsts) {
        Groups left = new Groups(before.length);
        IntStream.range(0, before.length)
                .filter(thing -> !firsts.contains(first(thing)))
                .forEach(thing -> left.join(thing, first(thing)));
        return left;
    }

    /** Returns the number of groups. */
    public int count() {
        return (int) Arrays.stream(sizes()).filter(size -> size > 0).count();
    }

    /** Returns the number of things in groups of two or more. */
    public int together() {
        return Arrays.stream(sizes()).filter(size -> size > 1).sum();
    }

    /** Returns whether one of these groups holds a whole group of another division, which its first thing names. */
    public boolean holds(Groups others, int first) {
        return IntStream.range(0, before.length)
                .filter(thing -> others.first(thing) == first)
                .allMatch(thing -> first(thing) == first(first));
    }

    /** Returns the number of things whose group has things of several groups of another division. */
    public int across(Groups others) {
        boolean[] divided = new boolean[before.length];
        for (int thing = 0; thing < before.length; thing++) {
            divided[first(thing)] |= others.first(thing) != others.first(first(thing));
        }
        return (int) IntStream.range(0, before.length)
                .filter(thing -> divided[first(thing)])
                .count();
    }

    /** Returns the first thing of the same group. */
    public int first(int thing) {
        int first = thing;
        while (before[first] != first) {
            before[first] = before[before[first]];
            first = before[first];
        }
        return first;
    }

    /** Returns for each thing the first of its group. */
    public int[] firsts() {
        return IntStream.range(0, before.length).map(this::first).toArray();
    }

    /** Returns the number of things in each group, at the place of its first thing; 0 at the others. */
    public int[] sizes() {
        int[] sizes = new int[before.length];
        Arrays.stream(firsts()).forEach(first -> sizes[first]++);
        return sizes;
    }
}
