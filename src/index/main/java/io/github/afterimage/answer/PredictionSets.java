package io.github.afterimage.answer;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.function.IntToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Sets of classes that have the true class with a chosen probability, by conformal prediction (Vovk, Gammerman and Shafer, 2005): a
 * set has each class whose probability is at least what the probability of the true class mostly was for labelled examples.
 *
 * <pre>{@code
 * try (CacheIndex index = CacheIndex.open(Path.of("cache.safetensors"))) {
 *     Calibration alone = index.calibration(Calibration.ALONE);
 *     Query query = Query.of(new float[index.dim()]).thetas(alone.rule().theta()).evidence(true);
 *     double[] p = alone.rule().alone(index.answer(query).row(0));
 *     for (int label : alone.sets().orElseThrow().labels(c -> p[c], 0.95)) {
 *         System.out.println(index.classNames().get(label));
 *     }
 * }
 * }</pre>
 *
 * <p>The promise: of many new examples, a share of {@code coverage} or more has its true class in its set, if they are drawn like the
 * examples of {@code tune}. It holds for each class that has {@value #OWN} of these, whatever the shares of the classes are; the
 * others have it together. It is a mean: no single image is promised more than another, and with n examples the share of one index is
 * off by some √(coverage (1 − coverage) / n). Nothing is promised of other classes and of images of another kind. The most probable
 * class is in every set, also where the true class mostly is more probable: that can only raise the share.
 *
 * <p>{@link Tuner} makes them by cross-conformal prediction (Vovk, 2015) in ten parts: the weights of the rule for an example are those
 * that the examples of the nine other parts choose, so no example chose its own. All examples choose θ and the weights of the index; where
 * a probability is less by these, it is that. To set examples aside would make both the choice and the sets of few examples worse.
 * The proof of the promise is for examples that are set aside and does not cover this; {@code models/README.md} has the coverage as measured.
 *
 * <p>Keys that are added or removed later change the probabilities: the sets stay, and the promise is as good as the new
 * keys are like the old ones; tune again for new sets. Another rule than the tuned one has no sets.
 *
 * <p>Immutable and thread-safe.
 */
public final class PredictionSets {
    /** Examples from which on a class has its own threshold: 99 give a coverage of 0.99. */
    private static final int OWN = 100;
    /** More hardly make the promise more precise, and would make the header of the file long. */
    private static final int MAX_EXAMPLES = 10_000;

    /** Classes that a message names. */
    private static final int SHOWN = 3;

    private static final double LEAST_COVERAGE = 0.5;
    private static final double USUAL_COVERAGE = 0.95;
    private static final MathContext DOWN = new MathContext(5, RoundingMode.DOWN);

    private final int[] groups; // of each class; -1 for one without examples
    private final List<Group> all;

    /** @param least the smaller half of the probabilities of the true classes, ascending */
    private record Group(int examples, double[] least) {
        double least(BigDecimal alpha) {
            return least[outside(examples, alpha) - 1];
        }
    }

    private PredictionSets(int[] groups, List<Group> all) {
        this.groups = groups;
        this.all = all;
    }

    /** @throws IllegalArgumentException if no number of tuning examples gives this coverage */
    static void checkCoverage(double coverage) {
        if (!(coverage >= LEAST_COVERAGE && coverage < 1)) {
            throw new IllegalArgumentException(
                    "coverage " + coverage + ": expected 0.5 or more and less than 1, such as 0.95");
        }
    }

    /**
     * Returns how many of so many examples have at most the least probability of a set; 0 if they are too few for a threshold.
     *
     * @param alpha the share of sets that may lack the true class, decimal, because 20 (1 - 0.95) in doubles exceeds 1
     */
    public static int outside(int examples, BigDecimal alpha) {
        return alpha.multiply(BigDecimal.valueOf(examples + 1L)).intValue();
    }

    /** Returns the number of examples from which on there is a threshold. */
    private static long required(BigDecimal alpha) {
        return BigDecimal.ONE.divide(alpha, 0, RoundingMode.CEILING).longValueExact() - 1;
    }

    /** {@return the number of tuning examples that the promise stands on} */
    public int examples() {
        return all.stream().mapToInt(Group::examples).sum();
    }

    /** {@return the greatest coverage that the number of tuning examples gives, rounded down to four digits} */
    public double greatestCoverage() {
        int fewest = fewest().examples;
        return BigDecimal.valueOf(fewest)
                .divide(BigDecimal.valueOf(fewest + 1L), 4, RoundingMode.DOWN)
                .doubleValue();
    }

    /** {@return the coverage that is asked for where none is chosen: 0.95, or the greatest one if the tuning examples are too few for it} */
    public double usualCoverage() {
        return Math.min(USUAL_COVERAGE, greatestCoverage());
    }

    private Group fewest() {
        return Collections.min(all, Comparator.comparingInt(Group::examples));
    }

    /** Says the classes of a group, such as "of classes 0, 2, 3, ... together". */
    private String classes(int group, IntFunction<String> name) {
        int[] labels = IntStream.range(0, groups.length)
                .filter(label -> groups[label] == group)
                .toArray();
        return labels.length == 1
                ? "of class " + name.apply(labels[0])
                : "of classes "
                        + IntStream.of(labels).limit(SHOWN).mapToObj(name).collect(Collectors.joining(", "))
                        + (labels.length > SHOWN ? ", ..." : "") + " together";
    }

    /**
     * Returns the least probability of each class with which it is in a set: {@code (classes)}.
     *
     * @param coverage the probability with which a set has the true class, 0.5 to {@link #greatestCoverage}
     * @throws IllegalArgumentException if it is out of range; the message says what the tuning examples can give
     */
    public double[] least(double coverage) {
        return least(coverage, Integer::toString);
    }

    /** @param name of a class, for the message */
    double[] least(double coverage, IntFunction<String> name) {
        checkCoverage(coverage);
        BigDecimal alpha = BigDecimal.ONE.subtract(BigDecimal.valueOf(coverage));
        Group fewest = fewest();
        if (outside(fewest.examples, alpha) == 0) {
            long required = required(alpha);
            throw new IllegalArgumentException("coverage " + coverage + ": the " + fewest.examples
                    + " examples that tune had" + (all.size() == 1 ? "" : " " + classes(all.indexOf(fewest), name))
                    + " give at most " + greatestCoverage() + "; ask for that"
                    + (required
                                    > MAX_EXAMPLES
                                            / IntStream.of(groups)
                                                    .filter(group -> group >= 0)
                                                    .count()
                            ? ""
                            : ", or tune with " + required + " examples of each class or more"));
        }
        double[] ofGroups =
                all.stream().mapToDouble(group -> group.least(alpha)).toArray();
        double ofOthers = Arrays.stream(ofGroups).min().orElseThrow();
        return IntStream.of(groups)
                .mapToDouble(group -> group < 0 ? ofOthers : ofGroups[group])
                .toArray();
    }

    /**
     * Returns the classes of a set, the most probable first.
     *
     * @param probability of each class by the rule of the {@link Calibration} that has these sets
     * @throws IllegalArgumentException as {@link #least}
     */
    public List<Integer> labels(IntToDoubleFunction probability, double coverage) {
        double[] least = least(coverage);
        int best = ArgMax.of(least.length, probability);
        return IntStream.range(0, groups.length)
                .filter(label -> label == best || probability.applyAsDouble(label) >= least[label])
                .boxed()
                .sorted(Comparator.comparingDouble(label -> -probability.applyAsDouble(label)))
                .toList();
    }

    /**
     * Makes the sets of tuning examples.
     *
     * @param labels of the examples, at least one
     * @param probabilities of their true classes
     */
    static PredictionSets of(int classes, List<Integer> labels, List<Double> probabilities) {
        List<Integer> chosen =
                new ArrayList<>(IntStream.range(0, labels.size()).boxed().toList());
        Collections.shuffle(chosen, new Random(1));
        List<Map.Entry<Integer, List<Double>>> ascending = chosen.stream()
                .limit(MAX_EXAMPLES)
                .collect(
                        Collectors.groupingBy(labels::get, Collectors.mapping(probabilities::get, Collectors.toList())))
                .entrySet()
                .stream()
                .sorted(Comparator.comparingInt((Map.Entry<Integer, List<Double>> each) ->
                                each.getValue().size())
                        .thenComparing(Map.Entry.comparingByKey()))
                .toList();
        // Small classes share a threshold, with as many others as give it enough examples.
        int shared = 0;
        int examples = 0;
        while (shared < ascending.size()
                && (ascending.get(shared).getValue().size() < OWN || examples > 0 && examples < OWN)) {
            examples += ascending.get(shared++).getValue().size();
        }
        int[] groups = new int[classes];
        Arrays.fill(groups, -1);
        List<Group> all = new ArrayList<>();
        if (shared > 0) {
            all.add(group(ascending.subList(0, shared), all.size(), groups));
        }
        ascending.stream().skip(shared).map(List::of).forEach(own -> all.add(group(own, all.size(), groups)));
        return new PredictionSets(groups, all);
    }

    private static Group group(List<Map.Entry<Integer, List<Double>>> classes, int number, int[] groups) {
        classes.forEach(each -> groups[each.getKey()] = number);
        double[] ascending = classes.stream()
                .flatMap(each -> each.getValue().stream())
                .mapToDouble(p -> new BigDecimal(p).round(DOWN).doubleValue())
                .sorted()
                .toArray();
        return new Group(ascending.length, Arrays.copyOf(ascending, (ascending.length + 1) / 2));
    }

    /**
     * Writes a line for each group of classes: labels, the number of their examples, and the smaller half of the probabilities of these,
     * ascending. A class of no line is in a set when it would be by any of them.
     */
    String text() {
        return IntStream.range(0, all.size())
                .mapToObj(number -> IntStream.range(0, groups.length)
                                .filter(label -> groups[label] == number)
                                .mapToObj(Integer::toString)
                                .collect(Collectors.joining(" "))
                        + ":"
                        + all.get(number).examples + ":"
                        + Arrays.stream(all.get(number).least)
                                .mapToObj(Double::toString)
                                .collect(Collectors.joining(" ")))
                .collect(Collectors.joining("\n"));
    }

    /**
     * Reads sets.
     *
     * @throws IllegalArgumentException or IndexOutOfBoundsException if they are damaged
     */
    static PredictionSets parse(String text, int classes) {
        int[] groups = new int[classes];
        Arrays.fill(groups, -1);
        List<Group> all = new ArrayList<>();
        for (String line : text.lines().toList()) {
            String[] parts = line.split(":", -1);
            for (String label : parts[0].split(" ", -1)) {
                int number = Integer.parseInt(label);
                if (groups[number] >= 0) {
                    throw new IllegalArgumentException("class " + number + " in two groups");
                }
                groups[number] = all.size();
            }
            Group group = new Group(Integer.parseInt(parts[1]), numbers(parts[2]));
            if (group.examples < 1 || group.least.length != (group.examples + 1) / 2) {
                throw new IllegalArgumentException(
                        group.examples + " examples and " + group.least.length + " probabilities");
            }
            double before = 0;
            for (double p : group.least) {
                if (!(p >= before && p <= 1)) {
                    throw new IllegalArgumentException("probability " + p + ": expected " + before + " to 1");
                }
                before = p;
            }
            all.add(group);
        }
        if (all.isEmpty()) {
            throw new IllegalArgumentException("no examples");
        }
        return new PredictionSets(groups, all);
    }

    private static double[] numbers(String text) {
        return text.isEmpty()
                ? new double[0]
                : Arrays.stream(text.split(" "))
                        .mapToDouble(Double::parseDouble)
                        .toArray();
    }

    @Override
    public String toString() {
        return "PredictionSets[" + examples() + " examples, coverage up to " + greatestCoverage() + "]";
    }
}
