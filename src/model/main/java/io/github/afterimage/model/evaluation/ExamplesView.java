package io.github.afterimage.model.evaluation;

import io.github.afterimage.Progress;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/** Examples that pass those of another object on. A subclass overrides only the methods whose results differ. */
public abstract class ExamplesView implements Examples {
    private final Examples base;

    /** Shows other examples. */
    protected ExamplesView(Examples base) {
        this.base = base;
    }

    /** Returns the same examples; each batch of a pass over them goes to a watcher first. */
    public static Examples watched(Examples base, Consumer watcher) {
        return new ExamplesView(base) {
            @Override
            public void forEachBatch(int maxBatch, Progress progress, Consumer consumer) throws IOException {
                super.forEachBatch(maxBatch, progress, batch -> {
                    watcher.accept(batch);
                    consumer.accept(batch);
                });
            }
        };
    }

    /**
     * Returns the same examples; a pass over them leaves out those whose features are all zeros, which cannot be keys. The others
     * keep their numbers.
     *
     * @param leftOut receives the numbers of those that are left out
     */
    public static Examples withDirection(Examples base, IntConsumer leftOut) {
        return new ExamplesView(base) {
            @Override
            public void forEachBatch(int maxBatch, Progress progress, Consumer consumer) throws IOException {
                super.forEachBatch(maxBatch, progress, batch -> passRuns(batch, dim(), leftOut, consumer));
            }

            @Override
            public void forEachBatch(int[] rows, int maxBatch, Progress progress, Consumer consumer)
                    throws IOException {
                IntConsumer ofRows = row -> leftOut.accept(rows[row]);
                base.forEachBatch(rows, maxBatch, progress, batch -> passRuns(batch, dim(), ofRows, consumer));
            }
        };
    }

    /** Passes on the runs of examples between those that are all zeros. */
    private static void passRuns(Batch batch, int dim, IntConsumer leftOut, Consumer consumer) throws IOException {
        int count = batch.labels().length;
        int first = 0;
        for (int row = 0; row <= count; row++) {
            boolean zeros = row < count && isZero(batch.features().slice(row * dim, dim));
            if ((zeros || row == count) && first < row) {
                consumer.accept(run(batch, dim, first, row));
            }
            if (zeros) {
                leftOut.accept(batch.first() + row);
                first = row + 1;
            }
        }
    }

    private static boolean isZero(FloatBuffer values) {
        return IntStream.range(0, values.limit()).allMatch(i -> values.get(i) == 0);
    }

    private static Batch run(Batch batch, int dim, int from, int to) {
        float[] probabilities = batch.probabilities();
        int values = probabilities == null ? 0 : probabilities.length / batch.labels().length;
        return new Batch(
                batch.first() + from,
                batch.features().slice(from * dim, (to - from) * dim),
                probabilities == null ? null : Arrays.copyOfRange(probabilities, from * values, to * values),
                batch.views(),
                Arrays.copyOfRange(batch.labels(), from, to));
    }

    @Override
    public int size() {
        return base.size();
    }

    @Override
    public Format format() {
        return base.format();
    }

    @Override
    public int label(int example) {
        return base.label(example);
    }

    @Override
    public String name(int example) {
        return base.name(example);
    }

    @Override
    public byte[] thumbnail(int example) throws IOException {
        return base.thumbnail(example);
    }

    @Override
    public void forEachBatch(int maxBatch, Progress progress, Consumer consumer) throws IOException {
        base.forEachBatch(maxBatch, progress, consumer);
    }

    @Override
    public Examples select(int[] rows) {
        return base.select(rows);
    }
}
