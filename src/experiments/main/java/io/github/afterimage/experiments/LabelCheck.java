package io.github.afterimage.experiments;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.model.evaluation.Examples;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Tells whether the labels of examples can measure an index: whether there are any, and whether keys have them too. */
public final class LabelCheck {
    private static final int CLASSES_LISTED = 6;

    private final CacheIndex index;
    private final int examples;
    private final int[] classes; // of the keys
    private final Map<Integer, Integer> strange = new TreeMap<>(); // examples of each label that no key has

    private LabelCheck(CacheIndex index, Examples examples) {
        this.index = index;
        this.examples = examples.size();
        long[] counts = index.classCounts();
        classes = IntStream.range(0, counts.length).filter(c -> counts[c] > 0).toArray();
        for (int i = 0; i < examples.size() && classes.length > 0; i++) {
            int label = examples.label(i);
            if (label >= counts.length || counts[label] == 0) {
                strange.merge(label, 1, Integer::sum);
            }
        }
    }

    /**
     * Counts the examples whose label no key has.
     *
     * @throws IllegalArgumentException if no key has any of theirs and no network answers too
     */
    public static LabelCheck of(CacheIndex index, Examples examples) {
        LabelCheck check = new LabelCheck(index, examples);
        if (check.strange() == examples.size() && !examples.hasProbabilities()) {
            throw new IllegalArgumentException("no key has the label of any example: the examples are of "
                    + check.listed(check.strange.keySet().stream()) + ", the keys of "
                    + check.listed(IntStream.of(check.classes).boxed())
                    + "; expected the same classes in the same order");
        }
        return check;
    }

    private int strange() {
        return strange.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** Returns a sentence on what these labels cannot measure; null if there is no such thing. */
    public @Nullable String warning() {
        if (!strange.isEmpty()) {
            return strange() + " of " + examples + " examples have labels that no key has ("
                    + listed(strange.keySet().stream())
                    + "): the cache cannot answer them; add keys of these classes, or leave the examples out";
        }
        return classes.length == 1
                ? "all keys and all examples are of "
                        + listed(IntStream.of(classes).boxed())
                        + ": the cache has no other answer, so its error rate says nothing"
                : null;
    }

    private String listed(Stream<Integer> labels) {
        int[] all = labels.mapToInt(Integer::intValue).toArray();
        String first = IntStream.of(all)
                .limit(CLASSES_LISTED)
                .mapToObj(label -> label < index.classes() ? index.classNames().get(label) : "class " + label)
                .collect(Collectors.joining(", "));
        return first + (all.length > CLASSES_LISTED ? " and " + (all.length - CLASSES_LISTED) + " more" : "");
    }
}
