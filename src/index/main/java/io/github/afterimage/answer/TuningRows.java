package io.github.afterimage.answer;

import io.github.afterimage.answer.Calibration.TunedKeys;
import io.github.afterimage.file.TuningTensors;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.platform.NumberType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Labelled examples that an index was tuned with and keeps, at most {@value #MOST}: their encoded rows in 8 bits, and what the network says
 * of them. They are not keys, and answer no query.
 *
 * <p>With them, a {@linkplain io.github.afterimage.CacheIndex#save save} fits the weights of the {@link Pool} again once a tenth of the keys has changed, and
 * {@link io.github.afterimage.CacheIndex#effect} says what a change does. θ, the {@link PredictionSets} and the {@link DoubtThreshold} stay as {@link Tuner}
 * has chosen them.
 *
 * <pre>{@code
 * float[] features = {1, 0, 0, 1};
 * int[] labels = {0, 1};
 * Path file = Path.of("cache.safetensors");
 * try (CacheIndex index = CacheIndex.open(file)) {
 *     TuningRows rows = TuningRows.of(index.encode(FloatBuffer.wrap(features)), labels, null, null);
 *     index.files().saveTuned(file, index.attributes(), rows); // those of Tuner.attributes
 * }
 * }</pre>
 *
 * <p>Immutable and thread-safe.
 */
public final class TuningRows {
    /** The greatest number of examples. */
    public static final int MOST = TuningTensors.MOST_ROWS;

    /** No examples. */
    public static final TuningRows NONE = new TuningRows(TuningTensors.NONE);

    private static final int MAX_STEPS = 127;

    /** One part of so many of the keys changes before the weights are fitted again. */
    private static final int PARTS = 10;

    private final TuningTensors tensors;

    TuningRows(TuningTensors tensors) {
        this.tensors = tensors;
    }

    /**
     * Rounds examples to what an index keeps.
     *
     * @param encoded {@code (labels.length, keyDim)} row-major, as {@link io.github.afterimage.CacheIndex#encode} returns them
     * @param labels the true class of each, at most {@value #MOST}
     * @param network the network's probabilities {@code (labels.length, classes)} row-major, or null; rows of fewer values lack the last
     *     classes
     * @param mirrored those for the mirror images, likewise; null without them
     * @throws IllegalArgumentException if there are too many examples, or the numbers do not fit
     */
    public static TuningRows of(
            float[] encoded, int[] labels, float @Nullable [] network, float @Nullable [] mirrored) {
        int rows = labels.length;
        if (rows > MOST) {
            throw new IllegalArgumentException(rows + " examples to keep: expected at most " + MOST);
        }
        if (rows == 0) {
            return NONE;
        }
        if (encoded.length == 0 || encoded.length % rows != 0 || network != null && network.length % rows != 0) {
            throw new IllegalArgumentException("rows of " + encoded.length + " values"
                    + (network == null ? "" : " and " + network.length + " probabilities")
                    + ": expected as many for each of " + rows + " labels");
        }
        if (mirrored != null && (network == null || network.length != mirrored.length)) {
            throw new IllegalArgumentException("probabilities of the mirror images: " + mirrored.length
                    + " values, expected as many as of the images");
        }
        byte[] keys = new byte[encoded.length];
        int dim = encoded.length / rows;
        for (int row = 0; row < rows; row++) {
            rounded(FloatBuffer.wrap(encoded, row * dim, dim), keys, row * dim);
        }
        return new TuningRows(new TuningTensors(keys, labels.clone(), logarithms(network), logarithms(mirrored)));
    }

    private static void rounded(FloatBuffer row, byte[] target, int first) {
        float greatest = 0;
        for (int i = row.position(); i < row.limit(); i++) {
            greatest = Math.max(greatest, Math.abs(row.get(i)));
        }
        if (!(greatest > 0 && greatest <= Float.MAX_VALUE)) {
            throw new IllegalArgumentException(
                    "an encoded row has no direction: expected finite values that are not all zeros");
        }
        for (int i = 0; row.hasRemaining(); i++) {
            target[first + i] = (byte) Math.round(row.get() / greatest * MAX_STEPS);
        }
    }

    private static byte[] logarithms(float @Nullable [] probabilities) {
        if (probabilities == null) {
            return new byte[0];
        }
        ByteBuffer logs =
                ByteBuffer.allocate(probabilities.length * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float p : probabilities) {
            NumberType.F16.put(logs, (float) Math.min(0, Pool.log(p)));
        }
        return logs.array();
    }

    /** @throws IllegalArgumentException if an index with such keys cannot have these examples */
    TuningRows checked(int keyDim, int classes) {
        int known = (int) tensors.width(tensors.network());
        if (tensors.keys().length != (long) size() * keyDim || known > classes) {
            throw new IllegalArgumentException("examples of " + tensors.keys().length / Math.max(1, size())
                    + " values and " + known + " classes: expected encoded rows of " + keyDim + " values and at most "
                    + classes + " classes");
        }
        for (int label : tensors.labels()) {
            if (label < 0 || label >= classes) {
                throw new IllegalArgumentException("label " + label + ": expected 0 to " + (classes - 1));
            }
        }
        return this;
    }

    /** Number of examples. */
    public int size() {
        return tensors.rows();
    }

    TuningTensors tensors() {
        return tensors;
    }

    private int views() {
        return tensors.network().length == 0 ? Calibration.ALONE : tensors.mirror().length == 0 ? 1 : 2;
    }

    private static float @Nullable [] probabilities(byte[] logarithms) {
        ByteBuffer logs = ByteBuffer.wrap(logarithms).order(ByteOrder.LITTLE_ENDIAN);
        float[] probabilities = new float[logarithms.length / Short.BYTES];
        for (int i = 0; i < probabilities.length; i++) {
            probabilities[i] = (float) Math.exp(NumberType.F16.read(logs, i));
        }
        return probabilities.length == 0 ? null : probabilities;
    }

    /** Returns what the memory is asked, for a view of the index without its reduction. */
    private Query query(double theta) {
        float[] rows = new float[tensors.keys().length];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = tensors.keys()[i];
        }
        return Query.of(rows).thetas(theta).evidence(true);
    }

    /**
     * Returns attributes whose weights fit the keys: those that they have, or, if a tenth of the keys has been added or removed since the
     * last fit, weights that are fitted to these examples.
     *
     * @param now the keys
     * @param first whether labelled examples have just chosen the weights for these keys
     * @param memory answers queries of encoded rows
     */
    Map<String, String> fitted(
            Map<String, String> before,
            KeyStore.Moment now,
            int classes,
            boolean first,
            Function<Query, Answer> memory) {
        Map<String, String> all = new HashMap<>(before);
        if (size() == 0) {
            all.remove(Calibration.TUNED_KEYS);
            return all;
        }
        long keys = now.snapshot().size();
        Optional<TunedKeys> tuned = Calibration.tunedKeys(before);
        if (!first && tuned.isPresent()) {
            long former = tuned.get().count();
            long added = now.snapshot().countFrom(tuned.get().nextId());
            long changed = added + (former + added - keys);
            if (keys == 0 || changed < former / (double) PARTS || changed == 0) {
                return all;
            }
            refit(all, classes, memory);
        }
        all.put(Calibration.TUNED_KEYS, new TunedKeys(keys, now.nextId()).text());
        return all;
    }

    /** Fits the weights for each number of views that has some; those of equation (3) stay as they are. */
    private void refit(Map<String, String> attributes, int classes, Function<Query, Answer> memory) {
        if (!(Calibration.of(attributes, classes, Calibration.ALONE).rule() instanceof Pool pool)) {
            return;
        }
        Tuner tuner = new Tuner(pool.theta());
        tuner.accept(
                memory.apply(query(pool.theta())),
                probabilities(tensors.network()),
                probabilities(tensors.mirror()),
                tensors.labels());
        attributes.remove(Calibration.SHARES);
        for (int views = Calibration.ALONE; views <= views(); views++) {
            if (Calibration.of(attributes, classes, views).tuned()) {
                attributes.putAll(Calibration.of(tuner.rule(views), views).attributes());
            }
        }
    }

    /** Returns the numbers of the examples whose most probable class is the true one, with the best number of views. */
    BitSet right(StoredAttributes attributes, Function<Query, Answer> memory) {
        int views = Math.min(attributes.calibration().views(), views());
        AnswerRule rule = attributes.calibration(views).rule();
        Answer answer = memory.apply(query(rule.theta()));
        float[] network = probabilities(tensors.network());
        float[] mirror = probabilities(tensors.mirror());
        float[] seen = views == 2 && network != null && mirror != null ? Pool.mean(network, mirror, size()) : network;
        int known = seen == null ? 0 : seen.length / size();
        BitSet right = new BitSet();
        for (int row = 0; row < size(); row++) {
            float[] own = seen == null ? null : Arrays.copyOfRange(seen, row * known, (row + 1) * known);
            right.set(row, ArgMax.of(rule.probabilities(own, answer.row(row))) == tensors.labels()[row]);
        }
        return right;
    }

    /** Returns these examples without those that equal an encoded row but for rounding. */
    TuningRows without(FloatBuffer encoded) {
        byte[] other = new byte[encoded.remaining()];
        rounded(encoded.duplicate(), other, 0);
        int[] others =
                IntStream.range(0, size()).filter(row -> !equals(row, other)).toArray();
        return others.length == size() ? this : only(others);
    }

    private boolean equals(int row, byte[] other) {
        for (int i = 0; i < other.length; i++) {
            if (Math.abs(tensors.keys()[row * other.length + i] - other[i]) > 1) {
                return false;
            }
        }
        return true;
    }

    private TuningRows only(int[] rows) {
        return new TuningRows(new TuningTensors(
                chosen(tensors.keys(), rows),
                IntStream.of(rows).map(row -> tensors.labels()[row]).toArray(),
                chosen(tensors.network(), rows),
                chosen(tensors.mirror(), rows)));
    }

    private byte[] chosen(byte[] all, int[] rows) {
        int width = all.length / size();
        byte[] some = new byte[width * rows.length];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(all, rows[i] * width, some, i * width, width);
        }
        return some;
    }

    @Override
    public String toString() {
        return "TuningRows[" + size() + " examples]";
    }
}
