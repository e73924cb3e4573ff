package io.github.afterimage.serve.models;

import com.google.common.collect.Multiset;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.serve.protocol.InferenceRequest;
import io.github.afterimage.serve.protocol.RequestException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The classes of a request that adds keys, and the spare ones that it names. A class among the spare ones that has no key may get
 * another name, so a request claims those that it uses: until this object is closed, no other request gives them another name. The
 * names are saved before a key has such a class, so that no key of a known request is without its name. When this object is closed,
 * they have their former names again, unless {@link #keep} was called before, or they have keys, or another request uses them.
 *
 * <p>For one thread; requests that name the same class at the same time agree on it.
 */
final class NewClasses implements AutoCloseable {
    private final String model;
    private final CacheIndex index;
    private final int firstSpare;
    private final boolean allowed;
    private final Multiset<Integer> claimed;
    private final Runnable save;
    private boolean saved;
    private final Set<Integer> own = new HashSet<>();
    /** The names that the classes had before. */
    private final Map<Integer, String> named = new LinkedHashMap<>();

    /**
     * @param request its parameter {@code new_class} says whether spare classes may be named
     * @param claimed what all requests for the model claim; also their lock
     * @param save saves the names of the classes
     */
    NewClasses(ServedModel model, InferenceRequest request, Multiset<Integer> claimed, Runnable save) {
        this.model = model.name();
        index = model.index();
        this.claimed = claimed;
        this.save = save;
        firstSpare = firstSpare(index);
        allowed = request.flag("new_class", false);
    }

    /** Returns the first of the classes that may get another name when they have no key. */
    static int firstSpare(CacheIndex index) {
        return index.classes() - index.format().spareClasses();
    }

    /** Claims classes. */
    int[] labels(int[] labels) {
        if (!areKept(labels)) {
            synchronized (claimed) {
                Arrays.stream(labels).forEach(this::claim);
            }
        }
        return labels;
    }

    /** Returns whether these classes keep their names, so that the request need not wait for others. */
    private boolean areKept(int[] labels) {
        return Arrays.stream(labels).allMatch(label -> label >= 0 && label < firstSpare);
    }

    /**
     * Finds classes, or gives their names to spare ones.
     *
     * @throws IllegalArgumentException if there is no such class, and none that may be named
     */
    int[] labels(List<String> names) {
        int[] known = known(names);
        if (areKept(known)) {
            return known;
        }
        synchronized (claimed) {
            Arrays.stream(known(names)).forEach(this::claim); // before a new name takes a class
            int[] labels = names.stream().mapToInt(this::label).toArray();
            if (!named.isEmpty()) {
                save.run();
                saved = true;
            }
            return labels;
        }
    }

    private int[] known(List<String> names) {
        return names.stream().mapToInt(name -> KeySelection.find(index, name)).toArray();
    }

    private void claim(int label) {
        if (label >= firstSpare && own.add(label)) {
            claimed.add(label);
        }
    }

    private int label(String text) {
        int known = KeySelection.find(index, text);
        if (known >= 0) {
            return known;
        }
        String name = text.strip();
        if (name.matches("[0-9]{1,9}")) {
            return KeySelection.label(index, name); // says which numbers there are
        }
        if (!allowed) {
            throw RequestException.bad(
                    "label \"" + name + "\": no class has this name; the parameter \"new_class\": true"
                            + " gives it to a spare class, and GET /v2/models/" + model + "/index lists the classes");
        }
        int spare = free(name);
        String before = index.classNames().get(spare);
        index.nameClass(spare, name);
        named.put(spare, before);
        claim(spare);
        return spare;
    }

    /** Returns a class without a name, or else one whose keys are all removed. */
    private int free(String name) {
        long[] counts = index.classCounts();
        return IntStream.range(firstSpare, counts.length)
                .filter(label -> counts[label] == 0 && !claimed.contains(label))
                .boxed()
                .min(Comparator.comparing(label -> !index.isSpare(label)))
                .orElseThrow(
                        () -> RequestException.bad("label \"" + name + "\" is new, and no spare class is left: remove"
                                + " all keys of a class that was new, add some with convert --spare-classes N, or choose a class"
                                + " that the index has"));
    }

    /** Keeps the names. */
    void keep() {
        named.clear();
    }

    @Override
    public void close() {
        if (own.isEmpty()) {
            return;
        }
        synchronized (claimed) {
            try {
                takeBack();
            } finally {
                own.forEach(claimed::remove);
                own.clear();
            }
        }
    }

    private void takeBack() {
        if (named.isEmpty()) {
            return;
        }
        long[] counts = index.classCounts(); // another request may have added keys to a class that this one has named
        named.entrySet()
                .removeIf(each -> counts[each.getKey()] > 0
                        || claimed.count(each.getKey()) > 1
                        || index.classNames().contains(each.getValue()));
        named.forEach(index::nameClass);
        named.clear();
        if (saved) {
            save.run();
        }
    }
}
