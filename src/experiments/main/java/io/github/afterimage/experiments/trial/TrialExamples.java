package io.github.afterimage.experiments.trial;

import io.github.afterimage.Progress;
import io.github.afterimage.experiments.ClassMatch;
import io.github.afterimage.experiments.Copies;
import io.github.afterimage.experiments.NetworkCheck;
import io.github.afterimage.experiments.relatives.Miniature;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.experiments.statistics.Interval;
import io.github.afterimage.failure.CorruptDataException;
import io.github.afterimage.model.data.FeatureSet;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.platform.Resources;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The features of the three parts, ready to be read many times.
 *
 * @param steps those of the trial
 * @param all the examples of all parts
 * @param sixths that of each example: 0 to 3 are the memory, 4 tunes, 5 is tested
 * @param groups what is known of examples that depend on each other
 * @param pictures those of all examples; none for features
 * @param divided whether the examples may be divided otherwise too, because you named no part
 * @param copies the examples that were left out, because they equal others
 * @param classNames the names of the classes; empty where they have none
 * @param attributes those of the index
 * @param networkMillis the time of the network for a picture; 0 for features
 * @param owner closed with this
 */
record TrialExamples(
        TrialSteps steps,
        Examples all,
        int[] sixths,
        ExampleGroups groups,
        List<Miniature> pictures,
        boolean divided,
        List<Copies.Pair> copies,
        List<String> classNames,
        Map<String, String> attributes,
        double networkMillis,
        AutoCloseable owner)
        implements AutoCloseable {
    static final int PARTS = 6;
    static final int TUNING = 4;
    static final int TEST = 5;

    /** How far the sixths move in each division: none tests the examples that tune in the first. */
    private static final int[] SHIFTS = {0, 2, 3, 4, 5};

    /** The number of divisions. */
    static final int DIVISIONS = SHIFTS.length;

    /** Opens features from files. */
    static TrialExamples ofFeatures(TrialData data, TrialSteps steps) throws IOException {
        List<FeatureSet> open = new ArrayList<>();
        AutoCloseable owner = () -> Resources.closeAll(open);
        return Resources.guarded(owner, () -> {
            for (String part : data.parts()) {
                open.add(FeatureSet.open(part));
            }
            Copies copies = new Copies();
            Examples memory = Examples.of(open.get(0));
            if (data.isDivided()) { // each of them is tested in one of the divisions
                memory = originals(memory, "memory", copies);
            } else {
                copies.originals(memory);
                copies.pairs().clear(); // those within the memory stay
            }
            Examples tuning = originals(Examples.of(open.get(1)), "tuning", copies);
            Examples test = originals(Examples.of(open.get(2)), "test", copies);
            Examples all = JoinedExamples.of(List.of(memory, tuning, test));
            int[] sixths = sixths(inOrder(memory.size()), tuning.size(), test.size());
            ExampleGroups groups = ExampleGroups.ofFeatures(all);
            steps.given("copies", copies.pairs().size()).given("groups", Arrays.hashCode(groups.firsts()));
            if (data.isDivided()) {
                sixths = groups.together(sixths);
            } else {
                int[] parts = Arrays.stream(sixths)
                        .map(sixth -> Math.max(sixth, TUNING - 1))
                        .toArray();
                int[] kept = groups.unrelated(parts);
                all = all.select(kept);
                sixths = Arrays.stream(kept).map(row -> parts[row]).toArray();
                groups = groups.select(kept);
            }
            return new TrialExamples(
                    steps,
                    all,
                    sixths,
                    groups,
                    List.of(),
                    data.isDivided(),
                    copies.pairs(),
                    List.of(),
                    Map.of("data", data.memory()),
                    0,
                    owner);
        });
    }

    /** Leaves copies out of a part. */
    private static Examples originals(Examples examples, String part, Copies copies) throws IOException {
        int[] rows = copies.originals(examples);
        requireSome(rows.length, part, copies, false);
        return rows.length == examples.size() ? examples : examples.select(rows);
    }

    /**
     * Fails if a part has no examples, or copies were all that it had.
     *
     * @param grouped whether the examples were divided by groups
     */
    static void requireSome(int left, String part, Copies copies, boolean grouped) throws CorruptDataException {
        if (left == 0 && !grouped && copies.pairs().isEmpty()) {
            throw new CorruptDataException("no example is left for the " + part
                    + ": expected at least 5 of each class to divide, or other examples with --" + part);
        }
        if (left == 0) {
            throw new IllegalArgumentException("no example is left for the " + part + ": "
                    + (grouped
                            ? "expected at least 5 groups (--group) of each class to divide, or other examples with --"
                            : copies.pairs().size() + " are copies of others; name other examples with --")
                    + part);
        }
    }

    /** Returns the sixths of a memory that stays in its order. */
    static int[] inOrder(int size) {
        return IntStream.range(0, size)
                .map(row -> (int) ((long) row * TUNING / size))
                .toArray();
    }

    /** Returns the sixths of all examples: those of the memory, and after them the other parts. */
    static int[] sixths(int[] memory, int tuning, int test) {
        int[] all = Arrays.copyOf(memory, memory.length + tuning + test);
        Arrays.fill(all, memory.length, memory.length + tuning, TUNING);
        Arrays.fill(all, memory.length + tuning, all.length, TEST);
        return all;
    }

    Examples memory() {
        return part(sixth -> sixth < TUNING);
    }

    Examples tuning() {
        return part(sixth -> sixth == TUNING);
    }

    Examples test() {
        return part(sixth -> sixth == TEST);
    }

    private Examples part(IntPredicate chosen) {
        return all.select(rows(chosen));
    }

    /** Returns the numbers of the examples whose sixths are chosen, among all. */
    int[] rows(IntPredicate chosen) {
        return IntStream.range(0, sixths.length)
                .filter(row -> chosen.test(sixths[row]))
                .toArray();
    }

    /** Returns the group of each test example: the number of its first example among all. */
    int[] testGroups() {
        return Arrays.stream(rows(sixth -> sixth == TEST))
                .map(row -> groups.firsts()[row])
                .toArray();
    }

    /** Returns the number of classes of all parts together. */
    int classes() {
        return all.classes();
    }

    boolean hasNetwork() {
        return all.hasProbabilities();
    }

    String className(int label) {
        return label < classNames.size() ? classNames.get(label) : "class " + label;
    }

    /** Describes a part by its specification, its size and its smallest class. */
    static TrialResult.Part part(String specification, Examples examples) {
        long fewest = IntStream.range(0, examples.size())
                .map(examples::label)
                .boxed()
                .collect(Collectors.groupingBy(each -> each, Collectors.counting()))
                .values()
                .stream()
                .min(Long::compare)
                .orElse(0L);
        return new TrialResult.Part(specification, examples.size(), (int) fewest);
    }

    /** Requires two classes or more, and every class of the tuning and test examples in the memory. */
    void requireClasses(TrialData data) throws CorruptDataException {
        unknown().ifPresent(row -> {
            throw new IllegalArgumentException("class \"" + className(all.label(row)) + "\" of " + all.name(row)
                    + " has no example in the memory, " + data.memory()
                    + ": a file may be sorted by class; name parts that have every class with --memory,"
                    + " --tuning and --test");
        });
        if (IntStream.range(1, all.size()).allMatch(row -> all.label(row) == all.label(0))) {
            throw new CorruptDataException(data.name() + " has one class, " + className(all.label(0))
                    + ": expected two or more, because a single class cannot be mistaken");
        }
    }

    /** Returns an example whose class the memory does not have. */
    private OptionalInt unknown() {
        BitSet known = new BitSet();
        IntStream.range(0, sixths.length).filter(row -> sixths[row] < TUNING).forEach(row -> known.set(all.label(row)));
        return IntStream.range(0, sixths.length)
                .filter(row -> !known.get(all.label(row)))
                .findFirst();
    }

    /**
     * Divides the same examples in another way. All but those that tune in the first division, and those that are alone in their
     * class, are tested in one of them.
     *
     * @param number 0, which gives these, to {@link #DIVISIONS} - 1
     * @return empty if a part would be empty, or have a class that the memory lacks
     */
    Optional<TrialExamples> division(int number) {
        BitSet alone = alone();
        int[] moved = IntStream.range(0, sixths.length)
                .map(row -> alone.get(all.label(row)) ? sixths[row] : (sixths[row] + SHIFTS[number]) % PARTS)
                .toArray();
        TrialExamples division = new TrialExamples(
                number == 0 ? steps : steps.branch("division", Arrays.hashCode(moved)),
                all,
                moved,
                groups,
                pictures,
                divided,
                copies,
                classNames,
                attributes,
                networkMillis,
                () -> {});
        boolean complete = division.tuning().size() > 0
                && division.test().size() > 0
                && division.unknown().isEmpty();
        return complete ? Optional.of(division) : Optional.empty();
    }

    /**
     * Returns a sentence on whether the network has seen the memory's examples.
     *
     * @param classes what is known of the classes
     * @param warnings receives another warning if the network's answers to the tuning examples call for one
     */
    String seen(ClassMatch classes, List<String> warnings) throws IOException {
        NetworkCheck tuned = checked(tuning());
        if (tuned.counted() == 0) {
            return "";
        }
        String warning = tuned.warning();
        boolean known = tuned.problem() == NetworkCheck.Problem.ORDER
                && !classes.doubtful().isEmpty();
        if (warning != null && !known) {
            warnings.add(warning);
        }
        NetworkCheck kept = checked(memory());
        boolean trained = interval(kept).high() < interval(tuned).low();
        return " The network errs on " + Format.percent(kept.error()) + " of the memory's examples and on "
                + Format.percent(tuned.error()) + " of the tuning ones"
                + (trained ? ": it was trained with the memory's, and that is right." : ".");
    }

    /** Returns the classes with one example or group, which stays in the memory. */
    private BitSet alone() {
        Map<Integer, Integer> firsts = new HashMap<>();
        BitSet more = new BitSet();
        for (int row = 0; row < all.size(); row++) {
            int first = groups.firsts()[row];
            Integer before = firsts.putIfAbsent(all.label(row), first);
            if (before != null && before != first) {
                more.set(all.label(row));
            }
        }
        BitSet found = new BitSet();
        firsts.keySet().forEach(found::set);
        found.andNot(more);
        return found;
    }

    /** Returns a sentence on classes that are never tested; empty if there are none. */
    String untested() {
        List<String> names = alone().stream().mapToObj(this::className).toList();
        return names.isEmpty()
                ? ""
                : Format.count(names.size(), "class") + " of one example or scene " + (names.size() == 1 ? "is" : "are")
                        + " never tested, because the memory needs it: " + ClassMatch.shortened(names, 3);
    }

    private static Interval interval(NetworkCheck check) {
        return Interval.clopperPearson(Math.round(check.error() * check.counted()), check.counted(), Gain.CONFIDENCE);
    }

    private static NetworkCheck checked(Examples examples) throws IOException {
        NetworkCheck check = new NetworkCheck(examples);
        check.examples().forEachBatch(Evaluation.BATCH, Progress.NONE, batch -> {});
        return check;
    }

    @Override
    public void close() {
        Resources.closeAll(owner);
    }
}
