package io.github.afterimage.experiments.trial;

import io.github.afterimage.Progress;
import io.github.afterimage.model.data.FeatureSet;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.data.ImageSets;
import io.github.afterimage.model.data.ReadableImages;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The specifications of the three parts of the examples, which every command takes.
 *
 * @param division a sentence on how they were divided
 * @param advice a sentence on what the division means for the figures
 */
public record TrialData(String memory, String tuning, String test, String division, String advice) {
    private static final Pattern WHOLE_CIFAR = Pattern.compile("cifar100?:[^#\\[]*");
    private static final Pattern RANGE = Pattern.compile("(.*)\\[([0-9]*):([0-9]*)]");

    /** Memory, tuning and test in fifths of the examples. */
    private static final int[] SHARES = {3, 1, 1};

    private static final String UNSEEN =
            "Nothing was chosen on the test pictures. If the network was trained with some of the"
                    + " tuning or test pictures, it looks better than it is, and the memory has nothing to correct: name pictures"
                    + " that it has not seen with --tuning and --test. The memory may hold its training pictures: that is how the"
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
            return new TrialData(memory, tuning, test, "The three parts are those that you named.", NAMED);
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
                    "The training pictures are the memory; one half of the test pictures tunes, the other is reported on.",
                    UNSEEN);
        }
        return divided(data, memory, tuning, test);
    }

    private static TrialData divided(
            String data, @Nullable String memory, @Nullable String tuning, @Nullable String test) throws IOException {
        int size = size(data);
        String[] parts = {memory, tuning, test};
        int total = 0;
        for (int i = 0; i < parts.length; i++) {
            total += parts[i] == null ? SHARES[i] : 0;
        }
        Matcher range = RANGE.matcher(data);
        String place = range.matches() ? range.group(1) : data.contains("#") || isFolder(data) ? data : data + "#";
        int first = range.matches() && !range.group(2).isEmpty() ? Integer.parseInt(range.group(2)) : 0;
        int before = 0;
        for (int i = 0; i < parts.length; i++) {
            if (parts[i] == null) {
                int from = (int) ((long) size * before / total);
                before += SHARES[i];
                int to = (int) ((long) size * before / total);
                if (from == to) {
                    throw new IllegalArgumentException(
                            data + " has " + size + " examples, too few to divide into memory,"
                                    + " tuning and test: expected at least 5 of each class");
                }
                parts[i] = place + "[" + (first + from) + ":" + (first + to) + "]";
            }
        }
        String order = isFolder(data)
                ? "The pictures of each class are in a random but fixed order; "
                : "The examples stay in the order of the file; ";
        return new TrialData(
                parts[0],
                parts[1],
                parts[2],
                order + "the first 60 % are the memory, the next 20 % tune, and the last 20 % are reported on"
                        + (total == 5 ? "." : ", of what you did not name yourself."),
                UNSEEN);
    }

    private static boolean isFolder(String data) {
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

    /** The three specifications, in order. */
    List<String> parts() {
        return List.of(memory, tuning, test);
    }

    boolean areFeatures() {
        boolean features = FeatureSet.accepts(memory);
        if (features != FeatureSet.accepts(tuning) || features != FeatureSet.accepts(test)) {
            throw new IllegalArgumentException(
                    memory + ", " + tuning + " and " + test + ": expected images in all of them, or features in all");
        }
        return features;
    }

    /** The pictures of the three parts that can be read, with the classes of the memory. */
    record Pictures(ImageSet memory, ImageSet tuning, ImageSet test, List<String> problems) {
        List<String> classNames() {
            return memory.classNames();
        }
    }

    /**
     * Opens pictures, and leaves out those that cannot be read.
     *
     * @throws IllegalArgumentException if there is only one class
     */
    Pictures pictures(Progress progress) throws IOException {
        List<String> problems = new ArrayList<>();
        ImageSet keys = readable(memory, problems, progress);
        List<String> names = keys.classNames();
        if (names.size() < 2) {
            throw new IllegalArgumentException(memory + " has one class, " + names
                    + ": expected two or more, as sub-folders of pictures, because a single class cannot be mistaken");
        }
        return new Pictures(
                keys,
                readable(tuning, problems, progress).withClasses(names, names.size()),
                readable(test, problems, progress).withClasses(names, names.size()),
                problems);
    }

    private static ImageSet readable(String specification, List<String> problems, Progress progress)
            throws IOException {
        ReadableImages found = ReadableImages.of(ImageSets.open(specification), progress);
        problems.addAll(found.problems());
        return found.images();
    }
}
