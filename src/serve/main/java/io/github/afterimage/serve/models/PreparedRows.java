package io.github.afterimage.serve.models;

import io.github.afterimage.AddedKeys;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
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
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Rows that the network has run, so that they are added at once. */
class PreparedRows {
    /** Keys that are looked at for each row. */
    private static final int NEAREST = 16;

    /** A key counts as equal to a row if its score is that of the row's own key or at most this much less. */
    private static final double NEAR = 0.002;

    /** Ids in a sentence. */
    private static final int LISTED = 8;

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
            String keysText = ids.length == 1
                    ? "key " + ids[0] + " already remembers"
                    : "keys " + listed(ids) + " already remember";
            throw new RequestException(
                    RequestException.CONFLICT,
                    keysText + " this as " + remembered + (isOfOneClass(keys) ? "" : " and other classes")
                            + ": leave it out, remove what is remembered, or send the parameter \"replace\": true, with which the new"
                            + " key takes its place",
                    Map.of("ids", LongStream.of(ids).boxed().toList(), "class", remembered));
        }
        return ids;
    }

    private static boolean isOfOneClass(List<Neighbor> keys) {
        return keys.stream().mapToInt(Neighbor::label).distinct().count() == 1;
    }

    private static String listed(long[] ids) {
        String first = LongStream.of(ids).limit(LISTED).mapToObj(Long::toString).collect(Collectors.joining(", "));
        return ids.length > LISTED ? first + " and " + (ids.length - LISTED) + " others" : first;
    }

    private List<Neighbor> contradicted(int[] labels) {
        if (Arrays.stream(labels).anyMatch(label -> label >= index.classes())) {
            return List.of();
        }
        Answer answer;
        double[] equal;
        try {
            equal = equal(labels);
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
                        .filter(key -> key.score() >= equal[row] && key.label() != labels[row / views]))
                .toList();
    }

    /**
     * Returns the least score of a key that is equal to each row: about that of the row's own key, whose elements are rounded.
     *
     * @throws RequestException if equal rows have different classes
     */
    private double[] equal(int[] labels) {
        float[] units = index.encode(features.duplicate());
        int rows = labels.length * views;
        if (rows == 0) {
            return new double[0];
        }
        try (CacheIndex own = new CacheIndexBuilder(units.length / rows, rows)
                .type(index.format().type())
                .threads(1)
                .build()) {
            own.add(KeyBatch.of(units, IntStream.range(0, rows).toArray()));
            Answer answer = own.answer(Query.of(units).neighbors(rows));
            double[] equal = new double[rows];
            for (int row = 0; row < rows; row++) {
                List<Neighbor> keys = answer.row(row).neighbors();
                for (Neighbor key : keys) {
                    equal[row] = key.label() == row ? key.score() - NEAR : equal[row];
                }
                for (Neighbor key : keys) {
                    int first = Math.min(row, key.label()) / views;
                    int second = Math.max(row, key.label()) / views;
                    if (key.score() >= equal[row] && labels[first] != labels[second]) {
                        throw RequestException.bad("rows " + first + " and " + second
                                + " are equal, and their labels are two classes: leave one of them out");
                    }
                }
            }
            return equal;
        }
    }
}
