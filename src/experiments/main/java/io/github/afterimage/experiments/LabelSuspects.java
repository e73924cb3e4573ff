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
        List<String> classes = index.classNames();
        List<Suspect> found = new ArrayList<>();
        stored.forEachKey(progress, (rows, ids, labels) -> {
            Answer others = encoded.answer(Query.of(rows).thetas(theta).excludingEach(ids));
            for (int row = 0; row < ids.length; row++) {
                int best = others.row(row).best();
                if (best != labels[row]) {
                    long id = ids[row];
                    String name = index.key(id).map(KeyEntry::name).orElse("");
                    found.add(new Suspect(
                            id,
                            name.isEmpty() ? "key " + id : name,
                            classes.get(labels[row]),
                            classes.get(best),
                            others.row(row).probability(best)));
                }
            }
        });
        found.sort(Comparator.comparingDouble(Suspect::probability).reversed());
        return found;
    }
}
