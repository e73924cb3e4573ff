package io.github.afterimage.experiments;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Finds copies among examples: those whose content, which a hash stands for, came before. Not thread-safe. */
public final class Copies {
    private static final int NAMED = 10;

    private final Map<Long, String> first = new HashMap<>();
    private final List<Pair> pairs = new ArrayList<>();

    /** A copy and the example that it equals, by their names. */
    public record Pair(String copy, String original) {
        @Override
        public String toString() {
            return copy + " is " + original;
        }
    }

    /** Takes the next example, and returns whether it is a copy of an earlier one. */
    public boolean add(long content, String name) {
        String before = first.putIfAbsent(content, name);
        if (before != null) {
            pairs.add(new Pair(name, before));
        }
        return before != null;
    }

    /** Takes an example that may be a copy. */
    public void addOriginal(long content, String name) {
        first.putIfAbsent(content, name);
    }

    public int count() {
        return pairs.size();
    }

    /** Returns the first copies. */
    public List<Pair> named() {
        return List.copyOf(pairs.subList(0, Math.min(NAMED, pairs.size())));
    }

    /** Lists some pairs in a sentence for people. */
    public static String listed(List<Pair> named, long count) {
        return named.stream().map(Pair::toString).collect(Collectors.joining("; "))
                + (count > named.size() ? "; and " + (count - named.size()) + " more" : "");
    }
}
