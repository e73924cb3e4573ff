package io.github.afterimage.serve.models;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.serve.protocol.RequestException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Finds the classes of keys that are added, and gives the names of new classes to spare ones. A spare class that has no key may get
 * another name.
 *
 * <p>Threads: {@link #name} and what follows until the keys are there are called by one thread at a time.
 */
record SpareClasses(InferenceModel model) {
    /**
     * The classes of the rows of a request, all of which have names.
     *
     * @param former names that classes had before, by their numbers
     */
    record Named(int[] labels, Map<Integer, String> former) {}

    /** Returns the first of the classes that may get another name when they have no key. */
    static int first(CacheIndex index) {
        return index.classes() - index.format().spareClasses();
    }

    /** Returns whether there are new classes or spare ones among these. */
    boolean hasAny(int[] labels) {
        int first = first(model.index());
        return Arrays.stream(labels).anyMatch(label -> label < 0 || label >= first);
    }

    /**
     * Finds classes.
     *
     * @param mayName whether a spare class may get a name that no class has; it is negative then, another number for each name
     * @throws IllegalArgumentException if there is no such class
     */
    int[] find(ClassLabels labels, boolean mayName) {
        if (labels.texts().isEmpty()) {
            return labels.numbers();
        }
        Map<String, Integer> fresh = new HashMap<>();
        return labels.texts().stream()
                .mapToInt(text -> {
                    int label = find(text, mayName);
                    return label >= 0 ? label : fresh.computeIfAbsent(text.strip(), unknown -> -1 - fresh.size());
                })
                .toArray();
    }

    private int find(String text, boolean mayName) {
        int label = KeySelection.find(model.index(), text);
        String name = text.strip();
        if (label < 0 && name.matches("[0-9]{1,9}")) {
            return KeySelection.label(model.index(), name); // says which numbers there are
        }
        if (label < 0 && !mayName) {
            throw RequestException.bad("label \"" + name + "\": no class has this name; the parameter"
                    + " \"new_class\": true gives it to a spare class, and GET /v2/models/" + model.name()
                    + "/index lists the classes");
        }
        return label;
    }

    /**
     * Names a spare class for each new one, and saves the index, because the names of classes are in no log: no key of a known request
     * is without its name.
     *
     * @param found the classes that {@link #find} found, new ones negative
     * @throws IllegalArgumentException if no class is left that may be named; all have their former names then
     */
    Named name(ClassLabels labels, int[] found) {
        CacheIndex index = model.index();
        Named named = new Named(found.clone(), new LinkedHashMap<>());
        Set<Integer> used = Arrays.stream(found).boxed().collect(Collectors.toSet());
        try {
            for (int row = 0; row < found.length; row++) {
                if (found[row] < 0) {
                    String name = labels.texts().get(row).strip();
                    int label = find(name, true); // an earlier row may have named it
                    if (label < 0) {
                        label = free(name, used);
                        used.add(label);
                        named.former.put(label, index.classNames().get(label));
                        index.nameClass(label, name);
                    }
                    named.labels[row] = label;
                }
            }
            if (!named.former.isEmpty()) {
                save();
            }
            return named;
        } catch (RuntimeException | Error e) {
            named.former.forEach(index::nameClass);
            throw e;
        }
    }

    /**
     * Gives classes of a failed request their former names, but for those that have keys: what failed behind the change has added the
     * keys.
     */
    void undo(Named named) {
        CacheIndex index = model.index();
        long[] counts = index.classCounts();
        named.former.keySet().removeIf(label -> counts[label] > 0);
        if (!named.former.isEmpty()) {
            named.former.forEach(index::nameClass);
            save();
        }
    }

    /** Returns a class without a name, or else one whose keys are all removed. */
    private int free(String name, Set<Integer> used) {
        CacheIndex index = model.index();
        long[] counts = index.classCounts();
        return IntStream.range(first(index), counts.length)
                .filter(label -> counts[label] == 0 && !used.contains(label))
                .boxed()
                .min(Comparator.comparing(label -> !index.isSpare(label)))
                .orElseThrow(
                        () -> RequestException.bad("label \"" + name + "\" is new, and no spare class is left: remove"
                                + " all keys of a class that was new, add some with convert --spare-classes N, or choose a class"
                                + " that the index has"));
    }

    private void save() {
        Optional<Path> file = model.files().index();
        if (file.isPresent()) {
            try (LeasedModel present = model.lease()) {
                present.index().save(file.get());
            } catch (IOException e) {
                throw new UncheckedIOException(
                        "the change is refused, because the index cannot be saved with the name of its new class: "
                                + e.getMessage() + "; free space on this disk and try again",
                        e);
            }
        }
    }
}
