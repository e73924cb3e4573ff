package io.github.afterimage.experiments.trial;

import io.github.afterimage.experiments.KeyOverlap;
import io.github.afterimage.experiments.relatives.Groups;
import io.github.afterimage.experiments.relatives.RelatedPairs;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.model.evaluation.Examples;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The groups of examples that depend on each other: a group stays in one part, and tests count groups.
 *
 * @param firsts for each example the number of the first of its group
 * @param found the examples that are in groups that were not named
 * @param sentence how many there are; empty if each example is one
 * @param doubt sentences if there are probably others, which could not be told; else empty
 * @param warnings sentences for people; a doubt is none of them
 */
record ExampleGroups(int[] firsts, int found, String sentence, String doubt, List<String> warnings) {
    /** A part of the examples; a group as large as that leaves too little to divide, and is one only by chance or by the background. */
    private static final int PARTS = 12;

    private static final int LEAST_LARGE = 5;
    private static final int MOST_LISTED = 3;

    /** Where so large a part of the pictures shows the scenes of others, they are frames or changed copies, and others may be missed. */
    private static final double MANY = 0.25;

    /** Unless this part of all is in groups of one size, as if each picture had as many copies. */
    private static final double REGULAR = 0.9;

    /** Pictures of one class that show the scene of another class, at most so many of those that were compared. */
    private static final double MOST_FOREIGN = 0.01;

    /** From so many standard errors on, pictures that follow each other are more alike than others. */
    private static final double CLEAR = 5;

    static final String REMEDY =
            " Name those that belong together with --group, or the parts with --memory, --tuning and --test.";

    private static final String REMEDY_OF_ORDER =
            " Name the pictures of a scene with --group; '(.+)' says that each has its own.";
    private static final String FOUND = "seem to show the same scene";

    /** Groups features that are nearly equal, unless it takes minutes to find them. */
    static ExampleGroups ofFeatures(Examples all) throws IOException {
        if (!KeyOverlap.areComparable(all.size(), all.dim())) {
            return of(new Groups(all.size()), 0, "", "", List.of(unsearched(all.size())));
        }
        Groups found = KeyOverlap.nearCopies(all);
        int[] labels = IntStream.range(0, all.size()).map(all::label).toArray();
        String reason = "have nearly the same features";
        List<Integer> large = tooLarge(found, labels);
        Groups left = found.without(large);
        return of(left, left.together(), reason, doubt(large, found, i -> "", reason), List.of());
    }

    /**
     * Groups pictures that show the same scene, and those that were named.
     *
     * @param classes the names of the classes
     * @param named the groups that were named
     * @param given whether any were
     */
    static ExampleGroups ofPictures(
            RelatedPairs related, int[] labels, List<String> classes, Groups named, boolean given) {
        Groups found = related.groups(labels.length);
        int across = found.across(named);
        boolean contradicted = given && across > MANY * labels.length;
        List<Integer> large = tooLarge(found, labels);
        boolean foreign = related.foreign() > 1 && related.foreign() > MOST_FOREIGN * related.sampled();
        List<String> doubts = new ArrayList<>();
        if (contradicted) {
            doubts.add(Format.count(across, "picture") + " seem to show the scenes of pictures in another --group: of "
                    + Format.count(labels.length, "picture") + ", --group makes "
                    + Format.count(named.count(), "group") + ". Correct its pattern.");
        }
        if (foreign) {
            doubts.add(Format.count(related.foreign()) + " of " + Format.count(related.sampled(), "picture")
                    + " seem to show the same scene as one of another class: they share a camera or a background, or are in"
                    + " two classes, or labels are wrong, so it cannot be told which pictures are related." + REMEDY);
        } else {
            Groups left = found.without(large);
            large.removeIf(first -> named.holds(found, first));
            if (!large.isEmpty()) {
                doubts.add(doubt(large, found, i -> " of " + classes.get(labels[i]), FOUND));
            }
            if (!given && isIrregular(left)) {
                doubts.add(Format.count(left.together()) + " of " + Format.count(labels.length, "picture")
                        + " seem to show the scenes of others. If they are frames of videos or changed copies, some were"
                        + " missed, because turned, stretched and much smaller ones are not found."
                        + REMEDY);
            }
            named.joinAll(left);
        }
        if (related.order() > CLEAR && !given) {
            doubts.add("Pictures whose names follow each other are more alike than others of their class (by "
                    + Format.fixed(related.order(), 0)
                    + " standard errors): if one camera took them one after the other, the memory knows the scenes of the test"
                    + " pictures." + (found.together() == 0 ? REMEDY_OF_ORDER : REMEDY));
        }
        boolean settled = given && !contradicted;
        return of(
                named,
                given ? across : named.together(),
                given ? "are of one --group or seem to show the same scene" : FOUND,
                settled ? "" : String.join(" ", doubts),
                settled ? doubts : List.of());
    }

    /** Returns whether many pictures are in groups, and the sizes of these are no plan, as so many copies of each picture are one. */
    private static boolean isIrregular(Groups groups) {
        int[] sizes = groups.sizes();
        int usual = Arrays.stream(sizes)
                .filter(size -> size > 1)
                .boxed()
                .collect(Collectors.groupingBy(size -> size, Collectors.summingInt(size -> size)))
                .values()
                .stream()
                .max(Integer::compare)
                .orElse(0);
        return groups.together() > MANY * sizes.length && usual < REGULAR * sizes.length;
    }

    /** Says that none of so many examples was compared with the others. */
    static String unsearched(int size) {
        return Format.count(size, "example")
                + " were not compared with each other, because that takes minutes: if some are nearly copies of others, as frames"
                + " of one video are, the memory looks better than it is, and p and the intervals promise too much. Name parts"
                + " without such copies with --memory, --tuning and --test.";
    }

    private static ExampleGroups of(Groups groups, int found, String reason, String doubt, List<String> warnings) {
        int[] sizes =
                Arrays.stream(groups.sizes()).filter(size -> size > 1).sorted().toArray();
        int together = Arrays.stream(sizes).sum();
        String sentence = sizes.length == 0
                ? ""
                : " Of " + Format.count(groups.firsts().length, "example") + ", " + Format.count(together) + " are in "
                        + Format.count(sizes.length, "group")
                        + (sizes[0] == sizes[sizes.length - 1]
                                ? " of " + sizes[0]
                                : " of " + sizes[0] + " to " + sizes[sizes.length - 1])
                        + " that " + reason
                        + ": a group stays in one part, and p and the intervals count groups, not examples.";
        return new ExampleGroups(groups.firsts(), found, sentence, doubt, warnings);
    }

    /** Returns the first examples of the groups that have too many of all examples or of a class. */
    private static List<Integer> tooLarge(Groups groups, int[] labels) {
        int[] sizes = groups.sizes();
        Map<Integer, Integer> classes = new HashMap<>();
        Arrays.stream(labels).forEach(label -> classes.merge(label, 1, Integer::sum));
        return IntStream.range(0, sizes.length)
                .filter(first -> sizes[first] >= LEAST_LARGE
                        && (sizes[first] * PARTS > labels.length
                                || sizes[first] * 2 > classes.getOrDefault(labels[first], 0)))
                .boxed()
                .collect(Collectors.toCollection(ArrayList::new));
    }

    /**
     * Returns a doubt if there are groups that are too large; else nothing.
     *
     * @param of says which examples the first of a group is one of
     */
    private static String doubt(List<Integer> large, Groups groups, IntFunction<String> of, String reason) {
        int[] sizes = groups.sizes();
        return large.isEmpty()
                ? ""
                : large.stream()
                                .limit(MOST_LISTED)
                                .map(first -> Format.count(sizes[first], "example") + of.apply(first))
                                .collect(Collectors.joining(", "))
                        + (large.size() > MOST_LISTED ? " and others" : "") + " " + reason
                        + ": too many for one part, or they only share a background, so it cannot be told which are related."
                        + REMEDY;
    }

    /** Returns whether a group has two examples or more. */
    boolean joined() {
        return IntStream.range(0, firsts.length).anyMatch(row -> firsts[row] != row);
    }

    /** Returns the groups of some of the examples, in their order. */
    ExampleGroups select(int[] rows) {
        Map<Integer, Integer> seen = new HashMap<>();
        int[] selected = new int[rows.length];
        for (int i = 0; i < rows.length; i++) {
            Integer first = seen.putIfAbsent(firsts[rows[i]], i);
            selected[i] = first == null ? i : first;
        }
        return new ExampleGroups(selected, found, sentence, doubt, warnings);
    }

    /** Gives each example the part of the first of its group. */
    int[] together(int[] parts) {
        return Arrays.stream(firsts).map(first -> parts[first]).toArray();
    }

    /** Returns the examples whose group begins in their own part: no part then has a relative in one before. */
    int[] unrelated(int[] parts) {
        return IntStream.range(0, parts.length)
                .filter(row -> parts[firsts[row]] == parts[row])
                .toArray();
    }
}
