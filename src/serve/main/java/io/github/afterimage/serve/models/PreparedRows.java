package io.github.afterimage.serve.models;

import io.github.afterimage.AddedKeys;
import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.Neighbor;
import io.github.afterimage.NoveltyThreshold;
import io.github.afterimage.Query;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** Rows that the network has run, so that they are added at once. */
class PreparedRows {
    /** Keys that are looked at for each row. */
    private static final int NEAREST = 16;

    private final CacheIndex index;
    private final FloatBuffer features;
    private final List<byte[]> thumbnails;

    /** @param thumbnails one for each row, or none */
    PreparedRows(CacheIndex index, FloatBuffer features, List<byte[]> thumbnails) {
        this.index = index;
        this.features = features;
        this.thumbnails = thumbnails;
    }

    /** @param more completes the keys */
    AddedKeys add(int[] labels, UnaryOperator<KeyBatch> more) {
        KeyBatch keys = KeyBatch.of(features.duplicate(), labels);
        return index.add(more.apply(thumbnails.isEmpty() ? keys : keys.thumbnails(thumbnails)));
    }

    /**
     * Returns the remembered keys that are equal to a row and have another class than it, the nearest first.
     *
     * @param labels of the rows; -1 for a class that is new
     */
    final List<Neighbor> contradicted(int[] labels) {
        if (index.size() == 0 || Arrays.stream(labels).anyMatch(label -> label >= index.classes())) {
            return List.of();
        }
        Answer answer;
        try {
            answer = index.answer(Query.of(features.duplicate()).neighbors(NEAREST));
        } catch (IllegalArgumentException e) {
            return List.of(); // add refuses the rows, and says why
        }
        return IntStream.range(0, labels.length)
                .boxed()
                .flatMap(row -> answer.row(row).neighbors().stream()
                        .filter(key -> key.score() >= NoveltyThreshold.EQUAL && key.label() != labels[row]))
                .toList();
    }
}
