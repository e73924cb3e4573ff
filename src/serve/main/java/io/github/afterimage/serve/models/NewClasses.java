package io.github.afterimage.serve.models;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.serve.protocol.InferenceRequest;
import io.github.afterimage.serve.protocol.RequestException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The spare classes that a request names. They are spare again when this object is closed, unless {@link #keep} was called
 * before.
 *
 * <p>For one thread; requests that name the same class at the same time agree on it.
 */
final class NewClasses implements AutoCloseable {
    private final CacheIndex index;
    private final boolean allowed;
    /** The names that the classes had before. */
    private final Map<Integer, String> named = new LinkedHashMap<>();

    /** @param request its parameter {@code new_class} says whether spare classes may be named */
    NewClasses(CacheIndex index, InferenceRequest request) {
        this.index = index;
        allowed = request.flag("new_class", false);
    }

    /**
     * Finds a class, or gives the name to a spare one.
     *
     * @throws IllegalArgumentException if there is no such class, and none that may be named
     */
    int label(String name) {
        if (!allowed || name.matches("[0-9]{1,9}")) {
            return KeySelection.label(index, name);
        }
        synchronized (NewClasses.class) {
            int known = index.classNames().indexOf(name);
            if (known >= 0) {
                return known;
            }
            int spare = IntStream.range(0, index.classes())
                    .filter(index::isSpare)
                    .findFirst()
                    .orElseThrow(() -> RequestException.bad(
                            "label \"" + name + "\" is new, and no spare class is left: add some with"
                                    + " convert --spare-classes N, or choose a class that it has"));
            String before = index.classNames().get(spare);
            index.nameClass(spare, name);
            named.put(spare, before);
            return spare;
        }
    }

    /** Returns true if a spare class was given a name. */
    boolean any() {
        return !named.isEmpty();
    }

    /** Keeps the names. */
    void keep() {
        named.clear();
    }

    @Override
    public void close() {
        named.forEach(index::nameClass);
    }
}
