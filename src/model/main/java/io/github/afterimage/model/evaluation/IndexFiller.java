package io.github.afterimage.model.evaluation;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.PartitionedIndexWriter;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;

/** Fills an index with examples. */
public final class IndexFiller {
    private static final int BATCH = 256;

    private IndexFiller() {}

    /**
     * Adds all examples in order, with their names, so that the id of a key is the number of its example.
     *
     * @return what it took; {@link Evaluation.Time#cacheSeconds} is for adding the keys
     * @throws IllegalArgumentException if an example's features or label are refused; names the example
     */
    public static Evaluation.Time fill(CacheIndex index, Examples examples, Progress progress) throws IOException {
        return fill(examples, progress, batch -> {
            try {
                index.add(batch.features(), batch.labels(), names(batch, examples));
            } catch (IllegalArgumentException e) {
                throw BadExample.of(batch, index, e);
            }
        });
    }

    /**
     * Adds the examples from number {@link PartitionedIndexWriter#size} on, so that an interrupted build goes on where it was.
     *
     * @return what it took; {@link Evaluation.Time#cacheSeconds} is for adding and writing the keys
     * @throws IllegalArgumentException if an example's features or label are refused; names the example
     */
    public static Evaluation.Time fill(PartitionedIndexWriter build, Examples examples, Progress progress)
            throws IOException {
        int done = (int) Math.min(build.size(), examples.size());
        Examples rest = done == 0
                ? examples
                : examples.select(IntStream.range(done, examples.size()).toArray());
        Progress all = (count, total) -> progress.report(done + count, examples.size());
        return fill(rest, all, batch -> {
            try {
                build.add(batch.features(), batch.labels(), names(batch, rest));
            } catch (IllegalArgumentException e) {
                throw BadExample.of(batch, examples.dim(), examples.classes(), row -> done + row, e);
            }
        });
    }

    private static List<String> names(Examples.Batch batch, Examples examples) {
        return IntStream.range(batch.first(), batch.first() + batch.labels().length)
                .mapToObj(examples::name)
                .toList();
    }

    private static Evaluation.Time fill(Examples examples, Progress progress, Examples.Consumer add)
            throws IOException {
        Stopwatch total = new Stopwatch();
        Stopwatch adding = new Stopwatch();
        total.start();
        examples.forEachBatch(BATCH, progress, batch -> {
            adding.start();
            add.accept(batch);
            adding.stop();
        });
        total.stop();
        return new Evaluation.Time(total.seconds() - adding.seconds(), adding.seconds());
    }
}
