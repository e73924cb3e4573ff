package io.github.afterimage.answer;

import io.github.afterimage.keys.KeyFilter;
import java.util.Objects;

/**
 * A set of keys of an index, by their ids or their labels; {@link Query#only} answers from these keys only.
 *
 * <pre>{@code
 * try (CacheIndex index = CacheIndex.open(Path.of("cache.safetensors"))) {
 *     Query query = Query.of(new float[index.dim()]).thetas(60);
 *     Answer cats = index.answer(query.only(KeySet.labels(3, 5)));
 *     Answer others = index.answer(query.only(KeySet.ids(7, 8, 9).complement()));
 *     System.out.println(cats.row(0).best() + ", " + others.keys() + " keys");
 * }
 * }</pre>
 *
 * <p>Immutable. Sets of the same ids, or of the same labels, and their complements are equal.
 */
public final class KeySet {
    private final KeyFilter filter;

    private KeySet(KeyFilter filter) {
        this.filter = filter;
    }

    /**
     * Returns the set of the keys with these ids, in any order. Ids that no key has are ignored, because keys may be removed
     * while queries run.
     */
    public static KeySet ids(long... ids) {
        return new KeySet(KeyFilter.ids(ids));
    }

    /**
     * Returns the set of the keys with these labels. A class may have no key.
     *
     * @throws IllegalArgumentException if a label is negative; an index refuses a query with a label that is none of its classes
     */
    public static KeySet labels(int... labels) {
        return new KeySet(KeyFilter.labels(labels));
    }

    /** Returns the set of all other keys. */
    public KeySet complement() {
        return new KeySet(filter.inverted());
    }

    /** Returns the condition that the keys of this set meet. */
    KeyFilter filter() {
        return filter;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof KeySet set && filter.equals(set.filter);
    }

    @Override
    public int hashCode() {
        return Objects.hashCode(filter);
    }

    @Override
    public String toString() {
        return "KeySet[" + filter + "]";
    }
}
