package io.github.afterimage.experiments.trial;

import io.github.afterimage.failure.CorruptDataException;
import io.github.afterimage.model.data.FeatureSet;
import io.github.afterimage.model.data.ImageSets;
import java.io.IOException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The specifications of the three parts of the examples, which every command takes.
 *
 * @param shares the sixths of the data that each part has; 0 for a part that was named
 * @param division a sentence on how they were divided
 * @param advice a sentence on what the division means for the figures
 */
public record TrialData(
        String memory, String tuning, String test, List<Integer> shares, String division, String advice) {
    private static final Pattern WHOLE_CIFAR = Pattern.compile("cifar100?:[^#\\[]*");
    private static final Pattern RANGE = Pattern.compile("(.*)\\[([0-9]*):([0-9]*)]");

    /** Memory, tuning and test in sixths of the examples. */
    private static final List<Integer> SHARES = List.of(4, 1, 1);

    private static final List<Integer> NONE = List.of(0, 0, 0);

    private static final String UNSEEN =
            "If the network was trained with some of the tuning or test pictures, it looks better than it is, and the memory has nothing to correct: with"
                    + " --tuning and --test, name pictures that it has not seen. The memory may hold its training pictures: that is how the"
                    + " paper used it.";
    private static final String NAMED =
            "The tuning and test pictures should be pictures that the network was not trained with;"
                    + " the memory may hold its training pictures.";

    /**
     * Divides data.
     *
     * @param data the data to divide; null if all three parts are named
     * @param memory the part that is named, or null; likewise the others
     */
    public static TrialData of(
            @Nullable String data, @Nullable String memory, @Nullable String tuning, @Nullable String test)
            throws IOException {
        if (memory != null && tuning != null && test != null) {
            return new TrialData(memory, tuning, test, NONE, "The three parts are those that you named.", NAMED);
        }
        if (data == null) {
            throw new IllegalArgumentException(
                    "there is no data to divide: give --data DATA, such as images:DIR, or all of"
                            + " --memory, --tuning and --test");
        }
        if (WHOLE_CIFAR.matcher(data).matches() && memory == null && tuning == null && test == null) {
            int half = size(data + "#test") / 2;
            return new TrialData(
                    data + "#train",
                    data + "#test[0:" + half + "]",
                    data + "#test[" + half + ":]",
                    NONE,
                    "The training pictures are the memory; one half of the test pictures tunes, the other is reported on.",
                    UNSEEN);
        }
        return divided(data, memory, tuning, test);
    }

    private static TrialData divided(
            String data, @Nullable String memory, @Nullable String tuning, @Nullable String test) throws IOException {
        int size = size(data);
        String[] parts = {memory, tuning, test};
        List<Integer> shares = IntStream.range(0, parts.length)
                .mapToObj(i -> parts[i] == null ? SHARES.get(i) : 0)
                .toList();
        int total = shares.stream().mapToInt(share -> share).sum();
        Matcher range = RANGE.matcher(data);
        String place = range.matches() ? range.group(1) : data.contains("#") || isFolder(data) ? data : data + "#";
        int first = range.matches() && !range.group(2).isEmpty() ? Integer.parseInt(range.group(2)) : 0;
        int before = 0;
        for (int i = 0; i < parts.length; i++) {
            if (parts[i] == null) {
                int from = (int) ((long) size * before / total);
                before += shares.get(i);
                int to = (int) ((long) size * before / total);
                if (from == to) {
                    throw new CorruptDataException(data + " has " + size + " examples, too few to divide into memory,"
                            + " tuning and test: expected at least 5 of each class");
                }
                parts[i] = place + "[" + (first + from) + ":" + (first + to) + "]";
            }
        }
        return new TrialData(
                parts[0],
                parts[1],
                parts[2],
                shares,
                "The examples stay in the order of the file; the first four sixths are the memory, the next sixth tunes, and the last"
                        + " sixth is reported on"
                        + (total == 6 ? "." : ", in these proportions where you named a part."),
                UNSEEN);
    }

    static boolean isFolder(String data) {
        return data.startsWith("images:");
    }

    private static int size(String specification) throws IOException {
        if (FeatureSet.accepts(specification)) {
            try (FeatureSet features = FeatureSet.open(specification)) {
                return Math.toIntExact(features.size());
            }
        }
        return ImageSets.open(specification).size();
    }

    /** Whether all three parts are of the same data, so that these can be divided in other ways too. */
    public boolean isDivided() {
        return shares.stream().allMatch(share -> share > 0);
    }

    /** The memory as you named it, without the range that a division gave it. */
    String name() {
        return shares.get(0) > 0 ? memory.replaceFirst("#?\\[[^]]*]$", "") : memory;
    }

    /** The three specifications, in order. */
    List<String> parts() {
        return List.of(memory, tuning, test);
    }

    /** Returns the same with other specifications. */
    TrialData with(List<String> parts, String otherDivision) {
        return new TrialData(parts.get(0), parts.get(1), parts.get(2), shares, otherDivision, advice);
    }

    boolean areFeatures() {
        boolean features = FeatureSet.accepts(memory);
        if (features != FeatureSet.accepts(tuning) || features != FeatureSet.accepts(test)) {
            throw new IllegalArgumentException(
                    memory + ", " + tuning + " and " + test + ": expected images in all of them, or features in all");
        }
        return features;
    }
}
