package io.github.afterimage.experiments.shift;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.Capacity;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.Mixture;
import io.github.afterimage.Progress;
import io.github.afterimage.Query;
import io.github.afterimage.experiments.protocol.Protocol;
import io.github.afterimage.experiments.shift.StreamErrors.Memory;
import io.github.afterimage.model.evaluation.Examples;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A stream of images that change again and again, over a memory that begins with the clean keys. A batch of images is predicted;
 * then its labels become known, and its images become keys. θ and λ begin as those of clean images; after each batch,
 * {@link Retuning} changes them by the last four.
 *
 * @param memory the memory before the stream
 * @param phases the images of each phase
 * @param cleanReported the clean versions of the reported images, which are not in the stream
 */
record MixedStream(CleanMemory memory, List<Examples> phases, Examples cleanReported, Progress progress) {
    /** The number of images of a batch. */
    static final int EVERY = 50;

    /** The number of batches that tune θ and λ. */
    private static final int WINDOW = 4;

    /** Returns the errors of the network in each batch. */
    int[] network() throws IOException {
        int[] errors = new int[batches()];
        forEachBatch((number, batch) -> {
            for (int row = 0; row < batch.labels().length; row++) {
                errors[number] += Mixture.best(batch.network(row)) == batch.labels()[row] ? 0 : 1;
            }
        });
        return errors;
    }

    /**
     * Runs the stream over a memory.
     *
     * @param learns whether the images become keys and change θ and λ; else the clean memory stays as it is
     */
    Memory run(String name, Capacity capacity, boolean learns, Protocol protocol) throws IOException {
        Hyperparameters tuned = memory.tuned().mixture();
        double[] thetas = learns ? protocol.thetas() : new double[] {tuned.theta()};
        double[] betas = learns ? memory.tuned().betas() : new double[] {tuned.beta()};
        try (CacheIndex index = memory.open(capacity)) {
            CacheIndex keys = index.withoutReduction();
            int[] errors = new int[batches()];
            Deque<Retuning> last = new ArrayDeque<>();
            Hyperparameters[] used = {tuned};
            forEachBatch((number, batch) -> {
                Answer cache =
                        keys.answer(Query.of(batch.features()).thetas(thetas).classFactor(betas));
                int place = Arrays.binarySearch(thetas, used[0].theta());
                errors[number] = errors(batch, used[0].lambda(), cache.at(place, 0));
                if (learns) {
                    Retuning retuning = new Retuning(protocol);
                    retuning.accept(cache, batch);
                    last.addLast(retuning);
                    if (last.size() > WINDOW) {
                        last.removeFirst();
                    }
                    used[0] = Retuning.best(last, used[0]);
                    keys.add(KeyBatch.of(batch.features(), batch.labels()));
                }
            });
            TunedMemory clean = new TunedMemory(TunedMemory.Memory.CLEAN, tuned);
            int wrong = Objects.requireNonNull(TunedMemory.wrong(Map.of(name, clean), keys, cleanReported, progress)
                            .get(name))
                    .length;
            return new Memory(name, index.size(), errors, wrong);
        }
    }

    private interface Consumer {
        void accept(int number, Examples.Batch batch);
    }

    private int batches() {
        return phases.stream()
                .mapToInt(phase -> (phase.size() + EVERY - 1) / EVERY)
                .sum();
    }

    private void forEachBatch(Consumer consumer) throws IOException {
        int[] number = new int[1];
        for (Examples phase : phases) {
            phase.forEachBatch(EVERY, progress, batch -> consumer.accept(number[0]++, batch));
        }
    }

    private static int errors(Examples.Batch batch, double lambda, Answer cache) {
        int errors = 0;
        for (int row = 0; row < batch.labels().length; row++) {
            int best = Mixture.best(lambda, batch.network(row), cache.row(row).probabilities());
            errors += best == batch.labels()[row] ? 0 : 1;
        }
        return errors;
    }
}
