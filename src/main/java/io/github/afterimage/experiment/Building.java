package io.github.afterimage.experiment;

import io.github.afterimage.CacheIndex;
import java.io.IOException;

/** Fills an index with examples. */
public final class Building {
    private static final int BATCH = 256;

    private Building() {}

    /**
     * Adds all examples in order, so that the id of a key is the number of its example.
     *
     * @return what it took; {@link Evaluation.Time#cacheSeconds} is for adding the keys
     * @throws IllegalArgumentException if an example's features or label are refused; names the example
     */
    public static Evaluation.Time fill(CacheIndex index, Examples examples, Progress progress) throws IOException {
        Stopwatch total = new Stopwatch();
        Stopwatch adding = new Stopwatch();
        total.start();
        examples.forEachBatch(BATCH, progress, batch -> {
            adding.start();
            try {
                index.add(batch.features(), batch.labels());
            } catch (IllegalArgumentException e) {
                throw Refusal.of(batch, index, e);
            }
            adding.stop();
        });
        total.stop();
        return new Evaluation.Time(total.seconds() - adding.seconds(), adding.seconds());
    }
}
