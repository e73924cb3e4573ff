package io.github.afterimage.experiments.shift;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Progress;
import io.github.afterimage.StoredIndex;
import io.github.afterimage.experiments.readout.LabelledKeys;
import io.github.afterimage.experiments.readout.LinearReadout;
import io.github.afterimage.model.data.FeatureSet;
import io.github.afterimage.model.evaluation.BalancedSample;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.Stopwatch;
import java.io.IOException;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Linear read-outs of the same keys and labels as the memory has, trained after a change: the baseline beside it. */
final class Readouts {
    /** One in so many received images chooses the penalty; the read-out is then trained with all of them. */
    private static final int FOLDS = 5;

    private final CleanMemory memory;
    private final CacheIndex encoder;
    private final int threads;
    private final Progress progress;
    private @Nullable LinearReadout clean;

    /** @param encoder takes features as the examples have them */
    Readouts(CleanMemory memory, CacheIndex encoder, int threads, Progress progress) {
        this.memory = memory;
        this.encoder = encoder;
        this.threads = threads;
        this.progress = progress;
    }

    /** A read-out and the time of its training. */
    record Readout(LinearReadout fitted, double seconds) {}

    /** Trains on the received images alone. */
    Readout ofReceived(Examples received) throws IOException {
        try (LabelledKeys most = keys(received.select(fold(received, false)));
                LabelledKeys few = keys(received.select(fold(received, true)));
                LabelledKeys all = keys(received)) {
            Stopwatch watch = Stopwatch.started();
            LinearReadout fitted =
                    LinearReadout.fit(most, few, threads, Progress.NONE).refit(all, threads, Progress.NONE);
            return new Readout(fitted, watch.seconds());
        }
    }

    /** Trains on all clean keys and the received images, from the read-out of the clean keys on. */
    LinearReadout ofAll(Examples received) throws IOException {
        LinearReadout before = clean();
        try (LabelledKeys all = cleanKeys(received.size())) {
            received.forEachBatch(FOLDS, Progress.NONE, batch -> all.add(encoder, batch));
            return before.refit(all, threads, progress);
        }
    }

    private LinearReadout clean() throws IOException {
        if (clean == null) {
            try (LabelledKeys keys = cleanKeys(0);
                    FeatureSet features = memory.openTuning();
                    LabelledKeys tuning = keys(Examples.of(features))) {
                clean = LinearReadout.fit(keys, tuning, threads, progress);
            }
        }
        return clean;
    }

    private LabelledKeys cleanKeys(int more) throws IOException {
        try (StoredIndex stored = StoredIndex.open(memory.file(), false)) {
            return LabelledKeys.of(stored, more, Progress.NONE);
        }
    }

    private LabelledKeys keys(Examples examples) throws IOException {
        return LabelledKeys.of(encoder, examples, Progress.NONE);
    }

    private static int[] fold(Examples received, boolean chosen) {
        int[] order =
                BalancedSample.shuffled(IntStream.range(0, received.size()).toArray(), 1);
        return IntStream.range(0, order.length)
                .filter(i -> i % FOLDS == 0 == chosen)
                .map(i -> order[i])
                .sorted()
                .toArray();
    }

    /** Returns the places of the wrong answers. */
    int[] wrong(LinearReadout readout, Examples examples) throws IOException {
        try (LabelledKeys keys = keys(examples)) {
            int[] answers = readout.answers(keys);
            return IntStream.range(0, answers.length)
                    .filter(i -> answers[i] != examples.label(i))
                    .toArray();
        }
    }
}
