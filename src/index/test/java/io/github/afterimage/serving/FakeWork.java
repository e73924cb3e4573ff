package io.github.afterimage.serving;

import java.util.Arrays;

/** A request whose answer is, for each row, the number of the source that has answered it. */
final class FakeWork extends Work<int[]> {
    final String name;
    private final Object owner;
    private final Object group;
    private final int[] sources;
    private int answered;

    FakeWork(String name, int rows, Object owner, Object group) {
        this.name = name;
        this.owner = owner;
        this.group = group;
        sources = new int[rows];
    }

    FakeWork(String name, int rows, Object group) {
        this(name, rows, "owner", group);
    }

    FakeWork(String name, int rows) {
        this(name, rows, "group");
    }

    void put(int first, int count, int source) {
        Arrays.fill(sources, first, first + count, source);
        answered += count;
    }

    @Override
    public int rows() {
        return sources.length;
    }

    @Override
    public Object owner() {
        return owner;
    }

    @Override
    public Object group() {
        return group;
    }

    @Override
    public int[] answer() {
        if (name.equals("too large")) {
            throw new OutOfMemoryError("no heap for the answer");
        }
        if (answered != sources.length) {
            throw new IllegalStateException(answered + " of " + sources.length + " rows of " + name + " are answered");
        }
        return sources;
    }
}
