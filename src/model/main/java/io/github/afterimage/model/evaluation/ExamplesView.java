package io.github.afterimage.model.evaluation;

import io.github.afterimage.Progress;
import java.io.IOException;
import java.nio.FloatBuffer;

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
    public float weight(int example) {
        return base.weight(example);
    }

    @Override
    public void readValues(int first, int count, FloatBuffer target) throws IOException {
        base.readValues(first, count, target);
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
