package io.github.afterimage.experiments.segmentation;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.ElementType;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.Query;
import java.nio.FloatBuffer;
import java.util.List;

/** Patches in memory, each with the shares of the classes among its pixels; it answers with weighted means of these shares. */
public final class ShareMemory implements AutoCloseable {
    private final CacheIndex index;
    private final int classes;

    /**
     * @param type type of the keys
     * @param threads number of threads of a query
     */
    public ShareMemory(int dim, int classes, ElementType type, int threads) {
        this.classes = classes;
        index = new CacheIndexBuilder(dim, 1)
                .values(classes, ElementType.FLOAT32)
                .type(type)
                .threads(threads)
                .build();
    }

    /**
     * Adds patches.
     *
     * @param rows (patches, dim)
     * @param shares (patches, classes)
     * @return the id of the first patch; the others follow it
     */
    public long add(float[] rows, float[] shares) {
        int patches = shares.length / classes;
        return index.add(KeyBatch.of(rows, new int[patches]).values(FloatBuffer.wrap(shares)))
                .first();
    }

    /** Removes patches. */
    public void remove(long[] ids) {
        index.remove(ids);
    }

    /**
     * Answers patches.
     *
     * @param query of patches, without θ
     * @param nearest the number of keys that answer each patch; 0 for all
     * @return for each θ the shares, (patches, classes)
     */
    public List<float[]> shares(Query query, int nearest, double... thetas) {
        Query asked = query.thetas(thetas).values();
        Answer answers = index.answer(nearest == 0 ? asked : asked.nearest(nearest));
        return answers.points().stream().map(ShareMemory::values).toList();
    }

    private static float[] values(Answer answer) {
        float[] values = new float[answer.batch() * answer.width()];
        for (int i = 0; i < answer.batch(); i++) {
            System.arraycopy(answer.row(i).values(), 0, values, i * answer.width(), answer.width());
        }
        return values;
    }

    /** Returns the number of patches. */
    public long size() {
        return index.size();
    }

    @Override
    public void close() {
        index.close();
    }
}
