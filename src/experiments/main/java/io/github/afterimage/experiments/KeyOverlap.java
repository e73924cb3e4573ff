package io.github.afterimage.experiments;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.CacheReader;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.Progress;
import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.Neighbor;
import io.github.afterimage.answer.Query;
import io.github.afterimage.experiments.relatives.Groups;
import io.github.afterimage.model.evaluation.CompatibleIndex;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.ExamplesView;
import io.github.afterimage.settings.ElementType;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether examples are those that the keys of an index were made from: an example is one if the nearest key has the score
 * that a key made from it has, and its name, if both have one. Names alone may be equal in two folders. An example is nearly a copy of its
 * nearest key if that is far nearer than the tenth: pictures that were encoded again, and frames of one video, are. A threshold of
 * the similarity alone would depend on the layer.
 *
 * <p>Looks at some examples of the first pass over {@link #examples}, evenly spaced. Not thread-safe.
 */
public final class KeyOverlap {
    private static final int LEAST_SAMPLE = 100;

    private static final int MOST_SAMPLE = 1000;

    /** Multiplications of the look-up, about a second. */
    private static final long WORK = 1L << 35;

    /** Bounds the features of the sample: 64 MB. */
    private static final int MAX_VALUES = 1 << 24;

    /** A network gives features that differ a little in batches of another size, and i8 makes more of that. */
    private static final double TOLERANCE = 1e-3;

    /** A copy whose name is another must be nearer. */
    private static final double EQUAL = 1e-5;

    /** Warns from this share of the sample on: a few examples may find a near copy of the same name by chance. */
    private static final double SHARE = 0.1;

    /** Warns from this share of near copies on: up to 2.5 % of CIFAR's test images are near copies of training images. */
    private static final double NEAR_SHARE = 0.03;

    /** The distance of a near copy, as a share of that of the tenth nearest key: 95 % of the CIFAR images in JPEG at quality 0.9 are below. */
    private static final double NEAR = 0.25;

    private static final int NEIGHBORS = 10;

    /** Examples are not compared with each other if that takes minutes. */
    private static final double MOST_PRODUCTS = 1L << 42;

    /** The power of the 90 % quantile of the ratios that is their quantile of 1 in 10,000, whatever the dimension is. */
    private static final double CHANCE = Math.log(1e-4 / 9) / Math.log(1 - Math.pow(0.1, 1.0 / 9));

    private final CacheReader index;
    private final BiFunction<float[], Integer, Answer> nearest;
    private final Examples watched;
    private final int step;
    private final float[] features;
    private final List<String> names = new ArrayList<>();
    private int seen;

    /**
     * @param watched columns behind those of a key, such as logits, are left out
     * @throws IllegalArgumentException if the features do not fit the index
     */
    public KeyOverlap(CacheReader index, Examples watched) {
        this(fitting(index, watched), index.size(), fitting(index, watched)::nearest, watched);
    }

    /**
     * Looks keys up elsewhere, such as on a cluster.
     *
     * @param index without its keys
     * @param size the number of its keys
     * @param nearest finds the nearest keys of queries, at most so many
     */
    public KeyOverlap(CacheReader index, long size, BiFunction<float[], Integer, Answer> nearest, Examples watched) {
        this.index = index;
        this.watched = watched;
        this.nearest = nearest;
        long cheap = WORK / Math.max(1, size * index.format().keyDim());
        long wanted = Math.max(LEAST_SAMPLE, Math.min(MOST_SAMPLE, cheap));
        int sample = (int) Math.max(1, Math.min(wanted, MAX_VALUES / index.dim()));
        this.step = Math.max(1, (watched.size() + sample - 1) / sample);
        this.features = new float[(watched.size() + step - 1) / step * index.dim()];
    }

    private static CacheReader fitting(CacheReader index, Examples watched) {
        return watched.dim() > index.dim() ? index : CompatibleIndex.of(index, watched);
    }

    /** Returns the same examples; some of a pass over them are remembered. */
    public Examples examples() {
        return ExamplesView.watched(watched, batch -> {
            if (batch.first() == seen) {
                remember(batch);
            }
        });
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

    /**
     * The nearest key of an example.
     *
     * @param isKey whether the nearest key was made from it
     * @param isEqual whether that is as near as a key made from it would be, whatever its name
     */
    private record LookedUp(Copies.Pair pair, boolean isKey, boolean isEqual, boolean sameLabel, double ratio) {}

    private List<LookedUp> lookUp() {
        float[] queries = Arrays.copyOf(features, names.size() * index.dim());
        Answer found = nearest.apply(queries, NEIGHBORS);
        Answer copies = copies(index.encode(FloatBuffer.wrap(queries)));
        return IntStream.range(0, names.size())
                .mapToObj(i -> {
                    List<Neighbor> keys = found.row(i).neighbors();
                    Neighbor key = keys.get(0);
                    double excess = Math.abs(
                            key.score() - copies.row(i).neighbors().get(0).score());
                    boolean unnamed = key.name().isEmpty() || names.get(i).isEmpty();
                    return new LookedUp(
                            pair(names.get(i), key),
                            excess <= TOLERANCE && (unnamed || key.name().equals(names.get(i))),
                            excess <= EQUAL && keys.size() == NEIGHBORS,
                            watched.label(i * step) == key.label(),
                            ratio(index, keys));
                })
                .toList();
    }

    /** Returns a sentence on examples that are keys, and the remedy; null if few or none are. */
    public @Nullable String warning() {
        if (names.isEmpty()) {
            return null;
        }
        List<LookedUp> all = lookUp();
        double threshold = threshold(all.stream().mapToDouble(LookedUp::ratio).toArray());
        List<Copies.Pair> same =
                all.stream().filter(LookedUp::isKey).map(LookedUp::pair).toList();
        if (same.size() >= SHARE * names.size()) {
            return "keys of the index were made from " + same.size() + " of " + names.size()
                    + " examples that were looked up: these find themselves, so the memory looks better than it is;"
                    + " use examples that are not in the index (" + Copies.listed(same) + ")";
        }
        List<Copies.Pair> near = all.stream()
                .filter(each -> each.isKey() || each.ratio < threshold || each.isEqual())
                .map(LookedUp::pair)
                .toList();
        return near.size() < NEAR_SHARE * names.size()
                ? null
                : near.size() + " of " + names.size()
                        + " examples that were looked up are copies of a key or nearly, such as"
                        + " pictures that were encoded again or frames of one video, so the memory may look better than it is ("
                        + Copies.listed(near) + ")";
    }

    /** Returns a sentence on examples that are keys already, with the same label; null if none are. */
    public @Nullable String duplicates() {
        if (names.isEmpty() || index.size() == 0) {
            return null;
        }
        List<Copies.Pair> same = lookUp().stream()
                .filter(each -> each.sameLabel && (each.isKey() || each.isEqual()))
                .map(LookedUp::pair)
                .toList();
        return same.isEmpty()
                ? null
                : same.size() + " of " + names.size()
                        + " examples that were looked up were keys already, with the same label, and"
                        + " now count twice (" + Copies.listed(same) + ")";
    }

    /** Returns the distance of the nearest key as a share of that of the tenth; 1 if there is no tenth, or rounding blurs the share. */
    private static double ratio(CacheReader index, List<Neighbor> keys) {
        double rounding = index.format().type() == ElementType.FLOAT32
                ? 1e-6
                : 0.02 / Math.sqrt(index.format().keyDim()); // i8: 3 deviations
        double far = 1 - keys.get(keys.size() - 1).score();
        return keys.size() < NEIGHBORS || NEAR * far < rounding
                ? 1
                : (1 - keys.get(0).score()) / far;
    }

    /**
     * Returns the ratio below which a key is nearly a copy. If keys are spread evenly in d dimensions, ratio^(d/2) has the
     * distribution Beta(1, 9), and the ratios tell d: the threshold is one that chance passes in one of 10,000 examples. Up to nine of ten
     * examples may be near copies.
     */
    private static double threshold(double[] ratios) {
        double[] ascending = Arrays.stream(ratios).sorted().toArray();
        double usual = ascending[(int) (0.9 * (ascending.length - 1))];
        return Math.min(NEAR, Math.pow(Math.max(0, usual), CHANCE));
    }

    private static Copies.Pair pair(String example, Neighbor key) {
        String name = key.name().isEmpty() ? "key " + key.id() : key.name();
        return new Copies.Pair(example.isEmpty() ? name : example, name);
    }

    /** Returns whether examples can be compared with each other without minutes of work. */
    public static boolean areComparable(long size, int dim) {
        return (double) size * size * dim <= MOST_PRODUCTS;
    }

    /** Joins each example with its nearest one if both are nearly copies; compares all with each other. */
    public static Groups nearCopies(Examples examples) throws IOException {
        int size = examples.size();
        Groups groups = new Groups(size);
        double[] ratios = new double[size];
        int[] nearest = new int[size];
        try (CacheIndex index =
                new CacheIndexBuilder(examples.dim(), 1).expectedKeys(size).build()) {
            examples.forEachBatch(
                    Evaluation.BATCH,
                    Progress.NONE,
                    batch -> index.add(KeyBatch.of(batch.features(), new int[batch.labels().length])));
            examples.forEachBatch(Evaluation.BATCH, Progress.NONE, batch -> {
                Answer found = index.answer(Query.of(batch.features()).neighbors(Math.min(size, NEIGHBORS + 1)));
                for (int row = 0; row < batch.labels().length; row++) {
                    int example = batch.first() + row;
                    List<Neighbor> others = found.row(row).neighbors().stream()
                            .filter(each -> each.id() != example)
                            .limit(NEIGHBORS)
                            .toList();
                    ratios[example] = others.isEmpty() ? 1 : ratio(index, others);
                    nearest[example] =
                            others.isEmpty() ? example : (int) others.get(0).id();
                }
            });
        }
        double threshold = threshold(ratios);
        IntStream.range(0, size)
                .filter(example -> ratios[example] < threshold)
                .forEach(example -> groups.join(example, nearest[example]));
        return groups;
    }

    /** Finds the nearest of keys that are made from the rows, as those of the index were. */
    private Answer copies(float[] rows) {
        try (CacheIndex keys = new CacheIndexBuilder(index.format().keyDim(), 1)
                .type(index.format().type())
                .expectedKeys(names.size())
                .build()) {
            keys.add(rows, new int[names.size()]);
            return keys.nearest(rows, 1);
        }
    }
}
