package io.github.afterimage.model.evaluation;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.PartitionedIndexWriter;
import io.github.afterimage.Progress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Adds examples to an index as keys. */
public final class IndexFiller {
    private static final int BATCH = 256;

    private IndexFiller() {}

    /**
     * Adds all examples in order, with their names. In an empty index, the id of
     * a key is the number of its example.
     *
     * @return the duration; {@link PassTime#memorySeconds} is for adding the keys
     * @throws IllegalArgumentException if the index refuses an example; the message names the example
     */
    public static PassTime fill(CacheIndex index, Examples examples, Progress progress) throws IOException {
        return fill(index, examples, false, progress);
    }

    /** Adds all examples to several indexes in one pass over the examples; see {@link #fill(CacheIndex, Examples, Progress)}. */
    public static PassTime fill(List<CacheIndex> indexes, Examples examples, Progress progress) throws IOException {
        return fill(indexes, examples, false, progress);
    }

    /**
     * Adds all examples; see {@link #fill(CacheIndex, Examples, Progress)}.
     *
     * @param thumbnails true to add the examples' {@linkplain Examples#thumbnail thumbnails} too; images are read once more
     */
    public static PassTime fill(CacheIndex index, Examples examples, boolean thumbnails, Progress progress)
            throws IOException {
        return fill(List.of(index), examples, thumbnails, progress);
    }

    private static PassTime fill(List<CacheIndex> indexes, Examples examples, boolean thumbnails, Progress progress)
            throws IOException {
        return fill(examples, progress, batch -> {
            for (CacheIndex index : indexes) {
                try {
                    KeyBatch keys = keys(batch, examples, thumbnails);
                    index.add(CompatibleIndex.reduced(index, examples) ? keys.reduced() : keys);
                } catch (IllegalArgumentException e) {
                    throw BadExample.in(batch, examples, index, e);
                }
            }
        });
    }

    /**
     * Resumes or starts writing an index: adds the examples from number {@link PartitionedIndexWriter#size} on.
     *
     * @param thumbnails as in {@link #fill(CacheIndex, Examples, boolean, Progress)}
     * @return the duration; {@link PassTime#memorySeconds} is for adding and writing the keys
     * @throws IllegalArgumentException if the index refuses an example; the message names the example
     */
    public static PassTime fill(PartitionedIndexWriter writer, Examples examples, boolean thumbnails, Progress progress)
            throws IOException {
        int done = (int) Math.min(writer.size(), examples.size());
        Examples rest = done == 0
                ? examples
                : examples.select(IntStream.range(done, examples.size()).toArray());
        Progress all = (count, total) -> progress.report(done + count, examples.size());
        return fill(rest, all, batch -> {
            try {
                writer.add(keys(batch, rest, thumbnails));
            } catch (IllegalArgumentException e) {
                throw BadExample.in(batch, examples, examples.dim(), examples.classes(), row -> done + row, e);
            }
        });
    }

    private static KeyBatch keys(Examples.Batch batch, Examples examples, boolean wantsThumbnails) throws IOException {
        int count = batch.labels().length;
        List<String> names = new ArrayList<>();
        List<byte[]> thumbnails = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            names.add(examples.name(batch.first() + i));
            thumbnails.add(wantsThumbnails ? examples.thumbnail(batch.first() + i) : new byte[0]);
        }
        return KeyBatch.of(batch.features().duplicate(), batch.labels())
                .names(names)
                .thumbnails(thumbnails);
    }

    private static PassTime fill(Examples examples, Progress progress, Examples.Consumer add) throws IOException {
        Stopwatch total = Stopwatch.started();
        Stopwatch adding = new Stopwatch();
        examples.forEachBatch(BATCH, progress, batch -> {
            adding.start();
            add.accept(batch);
            adding.stop();
        });
        return PassTime.of(total, adding);
    }
}
