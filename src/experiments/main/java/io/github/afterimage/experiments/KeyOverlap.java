package io.github.afterimage.experiments;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.Neighbor;
import io.github.afterimage.Progress;
import io.github.afterimage.model.evaluation.CompatibleIndex;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.ExamplesView;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether examples are those that the keys of an index were made from: an example is one if the nearest key has the score
 * that a key made from it has, and its name or none. Names alone may be equal in two folders.
 *
 * <p>Looks at some examples of the first pass over {@link #examples}, evenly spaced. Not thread-safe.
 */
public final class KeyOverlap {
    private static final int SAMPLE = 100;

    /** Bounds the features of the sample: 64 MB. */
    private static final int MAX_VALUES = 1 << 24;

    /** A network gives features that differ a little in batches of another size, and i8 makes more of that. */
    private static final double TOLERANCE = 1e-3;

    /** Warns from this share of the sample on: a few examples may find a near copy of the same name by chance. */
    private static final double SHARE = 0.1;

    private final CacheIndex index;
    private final Examples watched;
    private final int step;
    private final float[] features;
    private final List<String> names = new ArrayList<>();
    private int seen;

    /**
     * @param watched columns behind those of a key, such as logits, are left out
     * @throws IllegalArgumentException if the features do not fit the index
     */
    public KeyOverlap(CacheIndex index, Examples watched) {
        this.index = watched.dim() > index.dim() ? index : CompatibleIndex.of(index, watched);
        this.watched = watched;
        int sample = Math.max(1, Math.min(SAMPLE, MAX_VALUES / this.index.dim()));
        this.step = Math.max(1, (watched.size() + sample - 1) / sample);
        this.features = new float[(watched.size() + step - 1) / step * this.index.dim()];
    }

    /** Returns the same examples; some of a pass over them are remembered. */
    public Examples examples() {
        return new ExamplesView(watched) {
            @Override
            public void forEachBatch(int maxBatch, Progress progress, Consumer consumer) throws IOException {
                super.forEachBatch(maxBatch, progress, batch -> {
                    if (batch.first() == seen) {
                        remember(batch);
                    }
                    consumer.accept(batch);
                });
            }
        };
    }

    private void remember(Examples.Batch batch) {
        FloatBuffer rows = batch.features();
        int count = batch.labels().length;
        int width = rows.remaining() / count;
        for (int row = 0; row < count; row++, seen++) {
            if (seen % step == 0) {
                rows.get(rows.position() + row * width, features, names.size() * index.dim(), index.dim());
                names.add(watched.name(seen));
            }
        }
    }

    /** Returns a sentence on examples that are keys, and the remedy; null if few or none are. */
    public @Nullable String warning() {
        if (names.isEmpty()) {
            return null;
        }
        float[] rows = index.encode(FloatBuffer.wrap(features, 0, names.size() * index.dim()));
        Answer nearest = index.withoutReduction().nearest(rows, 1);
        Answer copies = copies(rows);
        long same = IntStream.range(0, names.size())
                .filter(i -> {
                    Neighbor key = nearest.row(i).neighbors().get(0);
                    float own = copies.row(i).neighbors().get(0).score();
                    return Math.abs(key.score() - own) <= TOLERANCE
                            && (key.name().isEmpty() || key.name().equals(names.get(i)));
                })
                .count();
        return same < SHARE * names.size()
                ? null
                : "keys of the index were made from " + same + " of " + names.size()
                        + " examples that were looked up: these find themselves, so the cache looks better than it is;"
                        + " use examples that are not in the index";
    }

    /** Finds the nearest of keys that are made from the rows, as those of the index were. */
    private Answer copies(float[] rows) {
        try (CacheIndex keys = CacheIndex.builder(index.keyDim(), 1)
                .type(index.type())
                .expectedKeys(names.size())
                .build()) {
            keys.add(rows, new int[names.size()]);
            return keys.nearest(rows, 1);
        }
    }
}
