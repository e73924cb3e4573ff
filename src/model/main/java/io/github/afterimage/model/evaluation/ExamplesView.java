package io.github.afterimage.model.evaluation;

import io.github.afterimage.ElementType;
import io.github.afterimage.Progress;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Optional;

/** Examples that pass those of another object on. A subclass overrides only the methods whose results differ. */
public abstract class ExamplesView implements Examples {
    private final Examples base;

    /** Shows other examples. */
    protected ExamplesView(Examples base) {
        this.base = base;
    }

    @Override
    public int size() {
        return base.size();
    }

    @Override
    public int dim() {
        return base.dim();
    }

    @Override
    public Optional<String> reduction() {
        return base.reduction();
    }

    @Override
    public int classes() {
        return base.classes();
    }

    @Override
    public List<String> classNames() {
        return base.classNames();
    }

    @Override
    public boolean hasLabels() {
        return base.hasLabels();
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
    public int valueWidth() {
        return base.valueWidth();
    }

    @Override
    public ElementType valueType() {
        return base.valueType();
    }

    @Override
    public void readValues(int first, int count, FloatBuffer target) throws IOException {
        base.readValues(first, count, target);
    }

    @Override
    public boolean hasProbabilities() {
        return base.hasProbabilities();
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
