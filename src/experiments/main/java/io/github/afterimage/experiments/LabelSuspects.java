package io.github.afterimage.experiments;

import io.github.afterimage.CacheReader;
import io.github.afterimage.KeyEntry;
import io.github.afterimage.Progress;
import io.github.afterimage.StoredIndex;
import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.KeySet;
import io.github.afterimage.answer.Query;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The keys to which others give another label than their own (cross-validation): some of these labels may be wrong.
 */
public final class LabelSuspects {
    /** Parts of the pictures: 95 % of them answer for each of the others. */
    private static final int PARTS = 20;

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
     * Asks an index about each of its keys: those of a part of the pictures are answered by all others.
     *
     * @param stored the same keys
     * @return the keys to which the others give another label, those that they are surest of first
     * @throws IllegalArgumentException if there are keys of fewer than two pictures, or theta is out of range
     */
    public static List<Suspect> of(CacheReader index, StoredIndex stored, double theta, Progress progress) {
        List<KeyEntry> pictures = index.list(0, Integer.MAX_VALUE);
        if (pictures.size() < 2) {
            throw new IllegalArgumentException(
                    "the index has keys of " + pictures.size() + " pictures: expected at least two to compare");
        }
        int parts = Math.min(PARTS, pictures.size());
        List<Suspect> found = new ArrayList<>();
        for (int part = 0; part < parts; part++) {
            Map<Long, KeyEntry> some = new HashMap<>();
            for (int i = part; i < pictures.size(); i += parts) {
                some.put(pictures.get(i).id(), pictures.get(i));
            }
            found.addAll(suspects(some, index, stored, theta));
            progress.report(part + 1, parts);
        }
        found.sort(Comparator.comparingDouble(Suspect::probability).reversed());
        return found;
    }

    private static List<Suspect> suspects(
            Map<Long, KeyEntry> pictures, CacheReader index, StoredIndex stored, double theta) {
        List<KeyEntry> asked = new ArrayList<>();
        List<float[]> rows = new ArrayList<>();
        int dim = index.format().keyDim();
        stored.forEachKey(Progress.NONE, (keys, ids, labels) -> {
            for (int key = 0; key < ids.length; key++) {
                if (pictures.containsKey(ids[key])) {
                    asked.add(pictures.get(ids[key]));
                    float[] row = new float[dim];
                    keys.get(key * dim, row);
                    rows.add(row);
                }
            }
        });
        KeySet others =
                KeySet.ids(asked.stream().mapToLong(KeyEntry::id).toArray()).complement();
        Answer answer = index.withoutReduction()
                .answer(Query.of(rows.toArray(float[][]::new)).thetas(theta).only(others));
        List<String> classes = index.classNames();
        List<Suspect> found = new ArrayList<>();
        for (int row = 0; row < asked.size(); row++) {
            KeyEntry key = asked.get(row);
            int best = answer.row(row).best();
            if (best != key.label()) {
                found.add(new Suspect(
                        key.id(),
                        key.name().isEmpty() ? "key " + key.id() : key.name(),
                        classes.get(key.label()),
                        classes.get(best),
                        answer.row(row).probability(best)));
            }
        }
        return found;
    }
}
