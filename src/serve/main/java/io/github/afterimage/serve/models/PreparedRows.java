package io.github.afterimage.serve.models;

import io.github.afterimage.AddedKeys;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.Neighbor;
import io.github.afterimage.answer.Query;
import io.github.afterimage.serve.protocol.RequestException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Rows that the network has run, so that they are added at once. */
class PreparedRows {
    /** Keys that are looked at for each row. */
    private static final int NEAREST = 16;

    /** The least score of a key that counts as equal to a row. */
    private static final double EQUAL = 0.998;

    private final CacheIndex index;
    private final FloatBuffer features;
    private final int views;
    private final List<byte[]> thumbnails;

    /** @param thumbnails one for each row, or none */
    PreparedRows(CacheIndex index, FloatBuffer features, List<byte[]> thumbnails) {
        this(index, features, 1, thumbnails);
    }

    /**
     * @param views keys of a row: 2 with its mirror image
     * @param thumbnails one for each row, or none
     */
    PreparedRows(CacheIndex index, FloatBuffer features, int views, List<byte[]> thumbnails) {
        this.index = index;
        this.views = views;
        this.features = features;
        this.thumbnails = thumbnails;
    }

    /**
     * Adds the rows in the place of other keys, in one change.
     *
     * @param replaced ids of these keys, some of which may have been removed meanwhile
     * @param more completes the keys
     */
    AddedKeys add(int[] labels, long[] replaced, UnaryOperator<KeyBatch> more) {
        KeyBatch keys = KeyBatch.of(features.duplicate(), labels).views(views);
        long[] present =
                Arrays.stream(replaced).filter(id -> index.key(id).isPresent()).toArray();
        return index.replace(present, more.apply(thumbnails.isEmpty() ? keys : keys.thumbnails(thumbnails)));
    }

    /**
     * Returns the ids of the remembered keys that are equal to a row and have another class than it, the nearest first.
     *
     * @param labels of the rows; different negative numbers for classes that are new
     * @param replaces whether there may be such keys
     * @throws RequestException if equal rows have different classes, or there is such a key and may be none
     */
    final long[] contradicted(int[] labels, boolean replaces) {
        List<Neighbor> keys = contradicted(labels);
        long[] ids = keys.stream().mapToLong(Neighbor::id).distinct().toArray();
        if (ids.length > 0 && !replaces) {
            String remembered = index.classNames().get(keys.get(0).label());
            throw new RequestException(
                    RequestException.CONFLICT,
                    "key " + ids[0] + " already remembers this as " + remembered
                            + ": leave it out, remove that key, or send the parameter \"replace\": true, with which the new key takes its place",
                    Map.of("ids", LongStream.of(ids).boxed().toList(), "class", remembered));
        }
        return ids;
    }

    private List<Neighbor> contradicted(int[] labels) {
        if (Arrays.stream(labels).anyMatch(label -> label >= index.classes())) {
            return List.of();
        }
        Answer answer;
        try {
            requireOneClass(labels, index.encode(features.duplicate()), views);
            if (index.size() == 0) {
                return List.of();
            }
            answer = index.answer(Query.of(features.duplicate()).neighbors(NEAREST));
        } catch (IllegalArgumentException e) {
            return List.of(); // add refuses the rows, and says why
        }
        return IntStream.range(0, answer.batch())
                .boxed()
                .flatMap(row -> answer.row(row).neighbors().stream()
                        .filter(key -> key.score() >= EQUAL && key.label() != labels[row / views]))
                .toList();
    }

    private static void requireOneClass(int[] labels, float[] units, int views) {
        int dim = units.length / Math.max(1, labels.length); // of all views
        for (int row = 0; row < labels.length; row++) {
            for (int other = 0; other < row; other++) {
                if (labels[row] != labels[other] && dot(units, row * dim, other * dim, dim / views) >= EQUAL) {
                    throw RequestException.bad("rows " + other + " and " + row
                            + " are equal, and their labels are two classes: leave one of them out");
                }
            }
        }
    }

    private static double dot(float[] units, int row, int other, int dim) {
        double sum = 0;
        for (int i = 0; i < dim; i++) {
            sum += units[row + i] * units[other + i];
        }
        return sum;
    }
}
