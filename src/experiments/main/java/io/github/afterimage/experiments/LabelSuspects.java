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
 */
public final class LabelAgreement {
    private LabelAgreement() {}

    /** A key to which the others give another label, by number. */
    private record Judged(long id, int label, int others, double probability, double agreement) {}

    /**
     * A key to which the others give another label.
     *
     * @param label the class of the key
     * @param others the class that the others give it
     * @param probability what they give that class
     */
    public record Suspect(long id, String name, String label, String others, double probability) {}

    /**
     * Asks an index about each of its keys, in one pass.
     *
     * @param stored the same keys
     * @return the keys to which the others give another label, those of the least agreement first
     * @throws IllegalArgumentException if there are fewer than two keys, or theta is out of range
     */
    public static List<Suspect> suspects(CacheIndex index, StoredIndex stored, double theta, Progress progress) {
        if (stored.size() < 2) {
            throw new IllegalArgumentException(
                    "the index has " + stored.size() + " keys: expected at least two to compare");
        }
        CacheIndex encoded = index.withoutReduction();
        List<Judged> found = new ArrayList<>();
        stored.forEachKey(progress, (rows, ids, labels) -> {
            Answer others = encoded.answer(Query.of(rows).thetas(theta).excludingEach(ids));
            for (int row = 0; row < ids.length; row++) {
                int best = others.row(row).best();
                double probability = others.row(row).probability(best);
                double agreement = others.row(row).probability(labels[row]) / probability;
                if (agreement < 1) {
                    found.add(new Judged(ids[row], labels[row], best, probability, agreement));
                }
            }
        });
        List<String> classes = index.classNames();
        return found.stream()
                .sorted(Comparator.comparingDouble(Judged::agreement).thenComparing(key -> -key.probability))
                .map(key -> new Suspect(
                        key.id,
                        index.key(key.id)
                                .map(KeyEntry::name)
                                .filter(name -> !name.isEmpty())
                                .orElse("key " + key.id),
                        classes.get(key.label),
                        classes.get(key.others),
                        key.probability))
                .toList();
    }
}
