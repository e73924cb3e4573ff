package io.github.afterimage.experiments.shift;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.PredictionSets;
import io.github.afterimage.Progress;
import io.github.afterimage.Tuner;
import io.github.afterimage.experiments.shift.ShiftErrors.Learned;
import io.github.afterimage.experiments.shift.ShiftExperiment.ShiftOptions;
import io.github.afterimage.model.evaluation.BalancedSample;
import io.github.afterimage.model.evaluation.CoverageWatch;
import io.github.afterimage.model.evaluation.Examples;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Measures the errors at one strength of one corruption.
 *
 * @param memory the clean memory
 * @param clean its keys; takes features as the examples have them
 * @param cleanReported the clean versions of the reported images
 */
record ShiftMeasurement(
        CleanMemory memory,
        CacheIndex clean,
        ShiftOptions options,
        Examples cleanReported,
        Readouts readouts,
        Progress progress) {
    /** The number of clean images that a watch sees before images change. */
    static final int WATCHED = 2_000;

    private static final int CLEAN_METHODS = 2;

    private PredictionSets sets() {
        return Tuner.predictionSets(clean, memory.tuned().mixture()).orElseThrow();
    }

    /** The network, the clean memory with it, the clean memory alone, and prediction sets of the second. */
    private List<TunedMemory> methods() {
        CleanTuning tuned = memory.tuned();
        return List.of(
                new TunedMemory(
                        TunedMemory.Memory.CLEAN,
                        new Hyperparameters(tuned.mixture().theta(), 0)),
                new TunedMemory(TunedMemory.Memory.CLEAN, tuned.mixture()),
                new TunedMemory(TunedMemory.Memory.CLEAN, tuned.alone()),
                new TunedMemory(
                        TunedMemory.Memory.CLEAN,
                        tuned.mixture(),
                        sets().least(CoverageWatch.of(sets()).seen().promised())));
    }

    /** The memory with its new θ and λ, with those of clean images, without its keys, without the clean ones, and alone. */
    private List<TunedMemory> methods(LearnedKeys learned) {
        return List.of(
                new TunedMemory(learned, learned.hyperparameters()),
                new TunedMemory(learned, memory.tuned().mixture()),
                new TunedMemory(TunedMemory.Memory.CLEAN, learned.withoutKeys()),
                learned.withoutClean(),
                new TunedMemory(learned, learned.alone()));
    }

    /** Measures the clean memory on the clean reported images. */
    ShiftResult.CleanErrors measureClean() throws IOException {
        List<int[]> wrong = TunedMemory.wrong(methods(), clean, cleanReported, progress);
        return new ShiftResult.CleanErrors(
                wrong.get(0),
                wrong.get(1),
                wrong.get(2),
                wrong.get(3),
                CoverageWatch.of(sets()).seen().promised(),
                readouts.ofClean(cleanReported));
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

    /** @param received the images that are received in the end */
    ShiftErrors measure(Corruption corruption, int strength, Examples received, Examples reported) throws IOException {
        int[] labels = IntStream.range(0, received.size()).map(received::label).toArray();
        List<LearnedKeys> memories = new ArrayList<>();
        try {
            List<TunedMemory> methods = new ArrayList<>(methods());
            List<TunedMemory> methodsOfClean = new ArrayList<>(methods.subList(3, 4));
            for (int perClass : options.received()) {
                Examples part = received.select(Division.first(labels, perClass));
                LearnedKeys keys = LearnedKeys.of(perClass, memory, clean, part, options.protocol());
                memories.add(keys);
                List<TunedMemory> own = methods(keys);
                methods.addAll(own);
                methodsOfClean.addAll(own.subList(0, CLEAN_METHODS));
            }
            Iterator<int[]> changed =
                    TunedMemory.wrong(methods, clean, reported, progress).iterator();
            Iterator<int[]> kept = TunedMemory.wrong(methodsOfClean, clean, cleanReported, progress)
                    .iterator();
            int[] network = changed.next();
            int[] withMemory = changed.next();
            int[] cacheOnly = changed.next();
            int[] uncovered = changed.next();
            int[] cleanUncovered = kept.next();
            int[] order = BalancedSample.shuffled(
                    IntStream.range(0, cleanReported.size()).toArray(), options.seed());
            List<Learned> learned = new ArrayList<>();
            for (LearnedKeys keys : memories) {
                learned.add(
                        learned(keys, changed, kept, readouts.ofReceived(keys.received(), reported, cleanReported)));
            }
            return new ShiftErrors(
                    corruption.name(),
                    strength,
                    network,
                    withMemory,
                    cacheOnly,
                    uncovered,
                    flagged(CoverageWatch.of(sets()), order, 0, cleanUncovered, uncovered),
                    flagged(
                            CoverageWatch.of(sets()),
                            order,
                            Math.min(WATCHED, order.length),
                            cleanUncovered,
                            uncovered),
                    learned,
                    strength == options.middle() ? readouts.ofAll(received, reported, cleanReported) : null);
        } finally {
            memories.forEach(LearnedKeys::close);
        }
    }

    /** Takes the errors of the methods with these keys, in their order. */
    private static Learned learned(
            LearnedKeys memory, Iterator<int[]> changed, Iterator<int[]> kept, ShiftErrors.Readout readout) {
        int[] cleanRetuned = kept.next();
        return new Learned(
                memory.perClass(),
                memory.received().size(),
                memory.hyperparameters().theta(),
                memory.hyperparameters().lambda(),
                memory.alone().theta(),
                changed.next(),
                changed.next(),
                changed.next(),
                changed.next(),
                changed.next(),
                kept.next(),
                cleanRetuned,
                readout,
                memory.addSeconds(),
                memory.tuneSeconds());
    }
}
