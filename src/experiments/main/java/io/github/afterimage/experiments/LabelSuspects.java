package io.github.afterimage.experiments;

import io.github.afterimage.CacheReader;
import io.github.afterimage.KeyEntry;
import io.github.afterimage.Progress;
import io.github.afterimage.StoredIndex;
import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.Query;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The keys to which all others give another label than their own (leave-one-out): some of these labels may be wrong.
 */
public final class LabelSuspects {
    private LabelSuspects() {}

    /** A key to which the others give another label, by number. */
    private record Judged(long id, int label, int others, double probability) {}

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
     * @return the keys to which the others give another label, those that they are surest of first
     * @throws IllegalArgumentException if there are fewer than two keys, or theta is out of range
     */
    public static List<Suspect> of(CacheReader index, StoredIndex stored, double theta, Progress progress) {
        if (stored.size() < 2) {
            throw new IllegalArgumentException(
                    "the index has " + stored.size() + " keys: expected at least two to compare");
        }
        CacheReader encoded = index.withoutReduction();
        List<Judged> found = new ArrayList<>();
        stored.forEachKey(progress, (rows, ids, labels) -> {
            Answer others = encoded.answer(Query.of(rows).thetas(theta).excludingEach(ids));
            for (int row = 0; row < ids.length; row++) {
                int best = others.row(row).best();
                if (best != labels[row]) {
                    found.add(new Judged(
                            ids[row], labels[row], best, others.row(row).probability(best)));
                }
            }
        });
        List<String> classes = index.classNames();
        return found.stream()
                .sorted(Comparator.comparingDouble(Judged::probability).reversed())
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
