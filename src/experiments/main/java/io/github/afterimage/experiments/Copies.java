package io.github.afterimage.experiments;

import io.github.afterimage.Progress;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.data.ReadableImages;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Finds copies among examples: those whose content, which a hash stands for, came before. Not thread-safe. */
public final class Copies {
    private static final int NAMED = 10;
    private static final int LISTED = 3; // in a sentence
    private static final long FACTOR = 0x9E3779B97F4A7C15L; // odd, so that it has an inverse: no bit is lost

    private final Map<Long, String> first = new HashMap<>();
    private final List<Pair> pairs = new ArrayList<>();

    /** A copy and the example that it equals, by their names. */
    public record Pair(String copy, String original) {
        @Override
        public String toString() {
            return copy.equals(original) ? copy : copy + " is " + original;
        }
    }

    /** Takes the next example, and returns whether it is a copy of an earlier one. */
    public boolean add(long content, String name) {
        String before = first.putIfAbsent(content, name);
        if (before != null) {
            pairs.add(new Pair(name, before));
        }
        return before != null;
    }

    /** Takes an example that may be a copy. */
    public void addOriginal(long content, String name) {
        first.putIfAbsent(content, name);
    }

    public List<Pair> pairs() {
        return pairs;
    }

    /** Returns the first of many pairs. */
    public static List<Pair> first(Collection<Pair> pairs) {
        return pairs.stream().limit(NAMED).toList();
    }

    /** Lists the first of many pairs in a sentence for people. */
    public static String listed(Collection<Pair> pairs) {
        return pairs.stream().limit(LISTED).map(Pair::toString).collect(Collectors.joining("; "))
                + (pairs.size() > LISTED ? "; and " + (pairs.size() - LISTED) + " more" : "");
    }

    /** Returns a hash of the features of an example, which copies have too. */
    private static long content(Examples.Batch batch, int row) {
        FloatBuffer rows = batch.features();
        int width = rows.remaining() / batch.labels().length;
        int start = rows.position() + row * width;
        long hash = width;
        for (int i = start; i < start + width; i++) {
            hash = (hash ^ Float.floatToRawIntBits(rows.get(i))) * FACTOR;
            hash ^= hash >>> 32;
        }
        return hash;
    }

    /** Takes images in order, and returns the number of copies among those that can be read. */
    public int count(ImageSet images, Progress progress) throws IOException {
        int before = pairs.size();
        ReadableImages readable = ReadableImages.of(images, progress);
        for (int i = 0; i < readable.contents().length; i++) {
            add(readable.contents()[i], readable.images().imageName(i));
        }
        return pairs.size() - before;
    }

    /** Takes examples of features in order, and returns the numbers of those that are no copies. */
    public int[] originals(Examples examples) throws IOException {
        IntStream.Builder rows = IntStream.builder();
        examples.forEachBatch(Evaluation.BATCH, Progress.NONE, batch -> {
            for (int row = 0; row < batch.labels().length; row++) {
                int example = batch.first() + row;
                String name = examples.name(example);
                if (!add(content(batch, row), name.isEmpty() ? "row " + example : name)) {
                    rows.add(example);
                }
            }
        });
        return rows.build().toArray();
    }
}
