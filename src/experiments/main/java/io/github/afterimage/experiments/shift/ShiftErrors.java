package io.github.afterimage.experiments.shift;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.PredictionSets;
import io.github.afterimage.Progress;
import io.github.afterimage.experiments.shift.TunedMemory.Memory;
import io.github.afterimage.model.evaluation.BalancedSample;
import io.github.afterimage.model.evaluation.CoverageWatch;
import io.github.afterimage.model.evaluation.Examples;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * The errors at one strength of one corruption. A method has a name, such as {@link #NETWORK}, or a name and a number of received
 * images of each class, as {@link #with} makes it. The arrays hold the places of its wrong answers among the reported images.
 *
 * @param changed the wrong answers of each method on the changed images
 * @param clean those on the clean versions of these images, of some of the methods
 * @param flagged the number of changed images, with labels, after which a watch calls the promise of prediction sets broken; 0 for never
 * @param flaggedLater likewise, where clean images were watched before
 * @param learned one for each number of received images, ascending
 */
record ShiftErrors(
        String corruption,
        int strength,
        Map<String, int[]> changed,
        Map<String, int[]> clean,
        int flagged,
        int flaggedLater,
        List<Learned> learned) {
    static final String NETWORK = "network";

    /** The mixture with the clean memory. */
    static final String MEMORY = "memory";

    /** The memory alone: the clean one, or with a number that of all keys with its new θ. */
    static final String ALONE = "alone";

    /** Prediction sets of the mixture with the clean memory, which are wrong without the true class. */
    static final String SETS = "sets";

    /** The mixture with all keys and the new θ and λ. */
    static final String MIXED = "mixed";

    /** The mixture with all keys and the θ and λ of clean images. */
    static final String UNCHANGED = "unchanged";

    /** The mixture with the clean keys only, and the θ and λ that the received images lead to then. */
    static final String WITHOUT_KEYS = "withoutKeys";

    /** The mixture with the received keys only, and the θ and λ that they lead to. */
    static final String WITHOUT_CLEAN = "withoutClean";

    /** A linear read-out of the received images alone. */
    static final String READOUT = "readout";

    /** A linear read-out of the clean keys and of all received images; only at the middle strength, because its training takes long. */
    static final String READOUT_OF_ALL = "readoutOfAll";

    /**
     * A memory that received labelled images; its clean keys stay.
     *
     * @param images the number of received images
     * @param theta the new θ of the mixture
     * @param cacheTheta the new θ of the memory alone
     * @param addSeconds the time after which the received images count
     * @param tuneSeconds the time for the new θ and λ, and for those of fewer keys
     * @param readoutSeconds the time for the training of the read-out
     */
    record Learned(
            int perClass,
            int images,
            double theta,
            double lambda,
            double cacheTheta,
            double addSeconds,
            double tuneSeconds,
            double readoutSeconds) {}

    /** Returns the name of a method after so many received images of each class. */
    static String with(int perClass, String method) {
        return method + " " + perClass;
    }

    /** Returns the wrong answers of a method on changed images. */
    static Function<ShiftErrors, int[]> changed(String method) {
        return shift -> of(shift.changed, method);
    }

    /** Returns the wrong answers of a method on clean images. */
    static Function<ShiftErrors, int[]> clean(String method) {
        return shift -> of(shift.clean, method);
    }

    /** Returns the wrong answers of a method that was measured. */
    static int[] of(Map<String, int[]> wrong, String method) {
        return Objects.requireNonNull(wrong.get(method), method);
    }

    /** Returns the memory with the most received images. */
    Learned last() {
        return learned.get(learned.size() - 1);
    }

    /**
     * Measures the errors at one strength of one corruption.
     *
     * @param memory the clean memory
     * @param keys its keys; takes features as the examples have them
     * @param cleanReported the clean versions of the reported images
     */
    record Measurement(
            CleanMemory memory,
            CacheIndex keys,
            ShiftExperiment experiment,
            Examples cleanReported,
            Readouts readouts,
            Progress progress) {
        /** The number of clean images that a watch sees before images change. */
        static final int WATCHED = 2_000;

        /** @param received the images that are received in the end */
        ShiftErrors measure(Corruption corruption, int strength, Examples received, Examples reported)
                throws IOException {
            Hyperparameters mixture = memory.tuned().mixture();
            PredictionSets sets = memory.sets(keys);
            CoverageWatch watch = CoverageWatch.of(sets);
            CoverageWatch later = CoverageWatch.of(sets);
            double coverage = watch.seen().promised();
            int[] labels =
                    IntStream.range(0, received.size()).map(received::label).toArray();
            List<LearnedKeys> memories = new ArrayList<>();
            try {
                Map<String, TunedMemory> methods = new TreeMap<>(Map.of(
                        NETWORK, new TunedMemory(Memory.CLEAN, new Hyperparameters(mixture.theta(), 0)),
                        MEMORY, new TunedMemory(Memory.CLEAN, mixture),
                        ALONE, new TunedMemory(Memory.CLEAN, memory.tuned().alone()),
                        SETS,
                                new TunedMemory(
                                        Memory.CLEAN, mixture, mixed -> sets.labels(label -> mixed[label], coverage))));
                for (int perClass : experiment.received()) {
                    Examples part = received.select(Division.first(labels, perClass));
                    LearnedKeys learned = LearnedKeys.of(memory, keys, part, experiment.protocol());
                    memories.add(learned);
                    methods.put(with(perClass, MIXED), new TunedMemory(learned, learned.hyperparameters()));
                    methods.put(with(perClass, UNCHANGED), new TunedMemory(learned, mixture));
                }
                Map<String, int[]> clean = TunedMemory.wrong(methods, keys, cleanReported, progress);
                for (int i = 0; i < memories.size(); i++) {
                    int perClass = experiment.received().get(i);
                    LearnedKeys learned = memories.get(i);
                    methods.put(with(perClass, WITHOUT_KEYS), new TunedMemory(Memory.CLEAN, learned.withoutKeys()));
                    methods.put(with(perClass, WITHOUT_CLEAN), learned.withoutClean());
                    methods.put(with(perClass, ALONE), new TunedMemory(learned, learned.alone()));
                }
                Map<String, int[]> changed = TunedMemory.wrong(methods, keys, reported, progress);
                List<Learned> all = new ArrayList<>();
                for (int i = 0; i < memories.size(); i++) {
                    int perClass = experiment.received().get(i);
                    LearnedKeys learned = memories.get(i);
                    Readouts.Readout readout = readouts.ofReceived(learned.received());
                    changed.put(with(perClass, READOUT), readouts.wrong(readout.fitted(), reported));
                    clean.put(with(perClass, READOUT), readouts.wrong(readout.fitted(), cleanReported));
                    all.add(new Learned(
                            perClass,
                            learned.received().size(),
                            learned.hyperparameters().theta(),
                            learned.hyperparameters().lambda(),
                            learned.alone().theta(),
                            learned.addSeconds(),
                            learned.tuneSeconds(),
                            readout.seconds()));
                }
                if (strength == experiment.middle()) {
                    changed.put(READOUT_OF_ALL, readouts.wrong(readouts.ofAll(received), reported));
                }
                int[] order = BalancedSample.shuffled(
                        IntStream.range(0, cleanReported.size()).toArray(), experiment.seed());
                int before = Math.min(WATCHED, order.length);
                return new ShiftErrors(
                        corruption.name(),
                        strength,
                        changed,
                        clean,
                        flagged(watch, order, 0, of(clean, SETS), of(changed, SETS)),
                        flagged(later, order, before, of(clean, SETS), of(changed, SETS)),
                        all);
            } finally {
                memories.forEach(LearnedKeys::close);
            }
        }

        /**
         * Counts the labels until a watch calls the promise broken.
         *
         * @param order in which images arrive
         * @param before the number of clean images that it sees first; changed versions of the others follow
         * @param cleanUncovered the clean images whose set lacks their class
         * @return 0 if it never does
         */
        static int flagged(CoverageWatch watch, int[] order, int before, int[] cleanUncovered, int[] uncovered) {
            IntStream.range(0, before).forEach(i -> watch.count(Arrays.binarySearch(cleanUncovered, order[i]) < 0));
            return IntStream.rangeClosed(1, order.length)
                    .filter(label -> {
                        watch.count(Arrays.binarySearch(uncovered, order[(before + label - 1) % order.length]) < 0);
                        return watch.seen().broken();
                    })
                    .findFirst()
                    .orElse(0);
        }
    }
}
