package io.github.afterimage.experiments;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.KeyEntry;
import io.github.afterimage.Progress;
import io.github.afterimage.Query;
import io.github.afterimage.StoredIndex;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The agreement of the label y of each key with all other keys: p(y) / max_c p(c), where p is the distribution of the others
 * (leave-one-out). It is 1 if they give the key its own label, and near 0 if they are sure of another one.
 *
 * <p>Immutable and thread-safe.
 */
public final class LabelAgreement {
    private final List<Judged> keys;

    /** A key, and the class that the others give it. */
    private record Judged(long id, int label, int others, double probability, double agreement) {}

    /**
     * A key to which the others give another label.
     *
     * @param label the class of the key
     * @param others the class that the others give it
     * @param probability what they give that class
     * @param weight the agreement, but at least the floor
     */
    public record Suspect(long id, String name, String label, String others, double probability, double weight) {}

    private LabelAgreement(List<Judged> keys) {
        this.keys = keys;
    }

    /**
     * Asks an index about each of its keys, in one pass.
     *
     * @param index its weights count
     * @param stored the same keys
     * @throws IllegalArgumentException if there are fewer than two keys, or theta is out of range
     */
    public static LabelAgreement of(CacheIndex index, StoredIndex stored, double theta, Progress progress) {
        if (stored.size() < 2) {
            throw new IllegalArgumentException(
                    "the index has " + stored.size() + " keys: expected at least two to compare");
        }
        CacheIndex encoded = index.withoutReduction();
        List<Judged> keys = new ArrayList<>();
        stored.forEachKey(progress, (rows, ids, labels) -> {
            Answer others = encoded.answer(Query.of(rows).thetas(theta).excludingEach(ids));
            for (int row = 0; row < ids.length; row++) {
                int best = others.row(row).best();
                double probability = others.row(row).probability(best);
                double own = others.row(row).probability(labels[row]);
                keys.add(new Judged(ids[row], labels[row], best, probability, own / probability));
            }
        });
        return new LabelAgreement(keys);
    }

    /** Returns the number of keys. */
    public int size() {
        return keys.size();
    }

    /** Returns the number of keys whose agreement is less than this. */
    public long below(double agreement) {
        return keys.stream().filter(key -> key.agreement < agreement).count();
    }

    /**
     * Returns the keys to which the others give another label, those of the least agreement first.
     *
     * @param index which has the keys
     */
    public List<Suspect> suspects(CacheIndex index, double floor) {
        List<String> classes = index.classNames();
        return keys.stream()
                .filter(key -> key.agreement < 1)
                .sorted(Comparator.comparingDouble(Judged::agreement).thenComparing(key -> -key.probability))
                .map(key -> new Suspect(
                        key.id,
                        index.key(key.id)
                                .map(KeyEntry::name)
                                .filter(name -> !name.isEmpty())
                                .orElse("key " + key.id),
                        classes.get(key.label),
                        classes.get(key.others),
                        key.probability,
                        Math.max(key.agreement, floor)))
                .toList();
    }

    /**
     * Gives each key of the index its agreement as weight, but at least {@code floor}.
     *
     * @param floor 1e-6 to 1
     * @throws IllegalArgumentException if the floor is out of range; nothing changes then
     */
    public void weigh(CacheIndex index, double floor) {
        checkFloor(floor);
        float[] weights = new float[keys.size()];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) Math.max(keys.get(i).agreement, floor);
        }
        index.weigh(keys.stream().mapToLong(Judged::id).toArray(), weights);
    }

    /** @throws IllegalArgumentException if a floor is out of range */
    public static void checkFloor(double floor) {
        if (!(floor >= 1e-6 && floor <= 1)) {
            throw new IllegalArgumentException("floor " + floor + ": expected 0.000001 to 1, such as 0.01");
        }
    }
}
