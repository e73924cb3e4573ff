package io.github.afterimage.serve.models;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.serve.protocol.InferenceRequest;
import io.github.afterimage.serve.protocol.RequestException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The spare classes that a request names. The names are saved before a key has such a class, so that no key of a known request is
 * without its name. They are spare again when this object is closed, unless {@link #keep} was called before, or they have keys.
 *
 * <p>For one thread; requests that name the same class at the same time agree on it.
 */
final class NewClasses implements AutoCloseable {
    private final CacheIndex index;
    private final boolean allowed;
    private final Runnable save;
    private boolean saved;
    /** The names that the classes had before. */
    private final Map<Integer, String> named = new LinkedHashMap<>();

    /**
     * @param request its parameter {@code new_class} says whether spare classes may be named
     * @param save saves the names of the classes
     */
    NewClasses(CacheIndex index, InferenceRequest request, Runnable save) {
        this.save = save;
        this.index = index;
        allowed = request.flag("new_class", false);
    }

    /**
     * Finds classes, or gives their names to spare ones.
     *
     * @throws IllegalArgumentException if there is no such class, and none that may be named
     */
    int[] labels(List<String> names) {
        if (!allowed) {
            return names.stream()
                    .mapToInt(name -> KeySelection.label(index, name))
                    .toArray();
        }
        synchronized (NewClasses.class) {
            try {
                int[] labels = names.stream().mapToInt(this::label).toArray();
                if (!named.isEmpty()) {
                    save.run();
                    saved = true;
                }
                return labels;
            } catch (RuntimeException e) {
                close();
                throw e;
            }
        }
    }

    private int label(String name) {
        if (name.matches("[0-9]{1,9}")) {
            return KeySelection.label(index, name);
        }
        int known = index.classNames().indexOf(name);
        if (known >= 0) {
            return known;
        }
        int spare = IntStream.range(0, index.classes())
                .filter(index::isSpare)
                .findFirst()
                .orElseThrow(() -> RequestException.bad("label \"" + name
                        + "\" is new, and no spare class is left: add some with"
                        + " convert --spare-classes N, or choose a class that it has"));
        String before = index.classNames().get(spare);
        index.nameClass(spare, name);
        named.put(spare, before);
        return spare;
    }

    /** Keeps the names. */
    void keep() {
        named.clear();
    }

    @Override
    public void close() {
        if (named.isEmpty()) {
            return;
        }
        long[] counts = index.classCounts(); // another request may have added keys to a class that this one has named
        named.keySet().removeIf(label -> counts[label] > 0);
        named.forEach(index::nameClass);
        named.clear();
        if (saved) {
            save.run();
        }
    }
}
