package io.github.afterimage.experiments.trial;

import io.github.afterimage.Progress;
import io.github.afterimage.experiments.Copies;
import io.github.afterimage.experiments.NetworkCheck;
import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.experiments.statistics.Interval;
import io.github.afterimage.experiments.trial.TrialResult.Classes;
import io.github.afterimage.model.data.FeatureSet;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The features of the three parts, ready to be read many times.
 *
 * @param identity describes all that they depend on
 * @param copies the examples that were left out, because they equal others
 * @param classNames the names of the classes; empty where they have none
 * @param attributes those of the index
 * @param networkMillis the time of the network for a picture; 0 for features
 * @param owner closed with this
 */
record TrialExamples(
        Map<String, Object> identity,
        Examples memory,
        Examples tuning,
        Examples test,
        List<Copies.Pair> copies,
        List<String> classNames,
        Map<String, String> attributes,
        double networkMillis,
        Closeable owner)
        implements Closeable {

    /** Opens features from files. */
    static TrialExamples ofFeatures(TrialData data, Map<String, Object> identity) throws IOException {
        List<FeatureSet> open = new ArrayList<>();
        Closeable owner = () -> {
            for (FeatureSet each : open) {
                each.close();
            }
        };
        try {
            for (String part : data.parts()) {
                open.add(FeatureSet.open(part));
            }
            Copies copies = new Copies();
            Examples memory = Examples.of(open.get(0));
            copies.originals(memory);
            copies.pairs().clear(); // those within the memory stay
            Examples tuning = originals(Examples.of(open.get(1)), copies);
            Examples test = originals(Examples.of(open.get(2)), copies);
            identity.put("copies", copies.pairs().size());
            return new TrialExamples(
                    identity, memory, tuning, test, copies.pairs(), List.of(), Map.of("data", data.memory()), 0, owner);
        } catch (IOException | RuntimeException e) {
            owner.close();
            throw e;
        }
    }

    private static Examples originals(Examples examples, Copies copies) throws IOException {
        int[] rows = copies.originals(examples);
        return rows.length == examples.size() ? examples : examples.select(rows);
    }

    /** Returns the number of classes of all parts together. */
    int classes() {
        return Stream.of(memory, tuning, test).mapToInt(Examples::classes).max().orElseThrow();
    }

    boolean hasNetwork() {
        return memory.hasProbabilities() && tuning.hasProbabilities() && test.hasProbabilities();
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

    /**
     * Requires every class of the tuning and test examples to be in the memory.
     *
     * @param name what the memory is called
     */
    void requireClasses(String name) {
        boolean[] known = new boolean[classes()];
        for (int i = 0; i < memory.size(); i++) {
            known[memory.label(i)] = true;
        }
        for (Examples part : List.of(tuning, test)) {
            for (int i = 0; i < part.size(); i++) {
                if (!known[part.label(i)]) {
                    throw new IllegalArgumentException("class \"" + className(part.label(i)) + "\" of " + part.name(i)
                            + " has no example in the memory, " + name
                            + ": a file may be sorted by class; name parts that have every class with --memory,"
                            + " --tuning and --test");
                }
            }
        }
    }

    /**
     * Returns a sentence on whether the network has seen the memory's examples.
     *
     * @param classes what is known of the classes
     * @param warnings receives another warning if the network's answers to the tuning examples call for one
     */
    String seen(Classes classes, List<String> warnings) throws IOException {
        NetworkCheck tuned = checked(tuning);
        if (tuned.counted() == 0) {
            return "";
        }
        String warning = tuned.warning();
        boolean known = tuned.problem() == NetworkCheck.Problem.ORDER
                && !classes.doubtful().isEmpty();
        if (warning != null && !known) {
            warnings.add(warning);
        }
        NetworkCheck kept = checked(memory);
        boolean trained = interval(kept).high() < interval(tuned).low();
        return String.format(
                Locale.ROOT,
                " The network errs on %.2f %% of the memory's examples and on %.2f %% of the tuning ones%s.",
                100 * kept.error(),
                100 * tuned.error(),
                trained ? ": it was trained with the memory's, and that is right" : "");
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
    public void close() throws IOException {
        owner.close();
    }
}
