package io.github.afterimage.model.evaluation;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.PartitionedIndexWriter;
import io.github.afterimage.Progress;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Adds examples to an index as keys. */
public final class IndexFiller {
    private static final int BATCH = 256;
    /** Maximum numbers of the values of a batch of several examples. */
    private static final int VALUES_OF_BATCH = 1 << 22;

    private IndexFiller() {}

    /**
     * Adds all examples in order, with their names and weights and, if the index has values, theirs. In an empty index, the id of
     * a key is the number of its example.
     *
     * @return the duration; {@link PassTime#cacheSeconds} is for adding the keys
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
        for (CacheIndex index : indexes) {
            requireValues(examples, index.format().valueWidth());
            if (!examples.format().hasLabels() && index.classes() > 1) {
                throw new IllegalArgumentException("the examples have no labels: expected \"labels\", (n), one of 0.."
                        + (index.classes() - 1) + " for each, as the keys of the index have");
            }
        }
        return fill(examples, progress, batch -> {
            for (CacheIndex index : indexes) {
                try {
                    index.add(keys(batch, examples, index.format().valueWidth(), thumbnails));
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
     * @return the duration; {@link PassTime#cacheSeconds} is for adding and writing the keys
     * @throws IllegalArgumentException if the index refuses an example; the message names the example
     */
    public static PassTime fill(PartitionedIndexWriter writer, Examples examples, boolean thumbnails, Progress progress)
            throws IOException {
        requireValues(examples, writer.valueWidth());
        int done = (int) Math.min(writer.size(), examples.size());
        Examples rest = done == 0
                ? examples
                : examples.select(IntStream.range(done, examples.size()).toArray());
        Progress all = (count, total) -> progress.report(done + count, examples.size());
        return fill(rest, all, batch -> {
            try {
                writer.add(keys(batch, rest, writer.valueWidth(), thumbnails));
            } catch (IllegalArgumentException e) {
                throw BadExample.in(batch, examples, examples.dim(), examples.classes(), row -> done + row, e);
            }
        });
    }

    /**
     * Checks that the index keeps the values of examples, which {@link #fill} leaves out of an index without values.
     *
     * @throws IllegalArgumentException if the examples have values and the index has none, or the index has others
     */
    public static void requireSameValues(CacheIndex index, Examples examples) {
        requireValues(examples, index.format().valueWidth());
        if (examples.valueWidth() > 0 && index.format().valueWidth() == 0) {
            throw new IllegalArgumentException(
                    "the examples have values of " + examples.valueWidth()
                            + " numbers, and the index has none: build an index with values, or leave \"values\" out of the file");
        }
    }

    private static void requireValues(Examples examples, int width) {
        int found = examples.valueWidth();
        if (width > 0 && found != width) {
            throw new IllegalArgumentException(
                    found == 0
                            ? "the examples have no values: expected features with \"values\", (n, " + width
                                    + "), as the index has"
                            : "the examples have values of " + found + " numbers: expected " + width
                                    + ", as the index has");
        }
    }

    /** @param valueWidth of the index; 0 if it has no values */
    private static KeyBatch keys(Examples.Batch batch, Examples examples, int valueWidth, boolean wantsThumbnails)
            throws IOException {
        int count = batch.labels().length;
        FloatBuffer values = FloatBuffer.allocate(Math.multiplyExact(count, valueWidth));
        if (valueWidth > 0) {
            examples.readValues(batch.first(), count, values);
        }
        float[] weights = new float[count];
        List<String> names = new ArrayList<>();
        List<byte[]> thumbnails = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            weights[i] = examples.weight(batch.first() + i);
            names.add(examples.name(batch.first() + i));
            thumbnails.add(wantsThumbnails ? examples.thumbnail(batch.first() + i) : new byte[0]);
        }
        return KeyBatch.of(batch.features().duplicate(), batch.labels())
                .weights(weights)
                .values(values.flip())
                .names(names)
                .thumbnails(thumbnails);
    }

    private static PassTime fill(Examples examples, Progress progress, Examples.Consumer add) throws IOException {
        Stopwatch total = Stopwatch.started();
        Stopwatch adding = new Stopwatch();
        int most = Math.max(1, Math.min(BATCH, VALUES_OF_BATCH / Math.max(1, examples.valueWidth())));
        examples.forEachBatch(most, progress, batch -> {
            adding.start();
            add.accept(batch);
            adding.stop();
        });
        return PassTime.of(total, adding);
    }
}
