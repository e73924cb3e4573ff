package io.github.afterimage.serve.models;

import io.github.afterimage.AddedKeys;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.failure.UnsavedChangeException;
import io.github.afterimage.serve.protocol.RequestException;
import io.github.afterimage.serve.protocol.Tensor;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Finds the classes of keys that are added, and gives the names of new classes to spare ones.
 *
 * <p>A class among the spare ones that has no key may get another name. So requests that add keys to such classes share a lock, and one
 * that names a class has the lock alone until its keys are there. The name is saved before a key has the class, so that no key of a known
 * request is without its name. If the keys cannot be added, the classes have their former names
 * again.
 *
 * <p>Threads: thread-safe.
 */
final class NewClasses {
    private final InferenceModel model;
    private final Runnable save;
    private final ReadWriteLock naming = new ReentrantReadWriteLock();

    /** @param save saves the names of the classes */
    NewClasses(InferenceModel model, Runnable save) {
        this.model = model;
        this.save = save;
    }

    /** The labels of a request: numbers, or names and numbers as text. */
    record Labels(int[] numbers, List<String> texts) {
        static Labels of(Tensor tensor, int classes) {
            if (!tensor.type().isNumeric()) {
                List<String> texts = tensor.elements().stream()
                        .map(text -> new String(text, StandardCharsets.UTF_8))
                        .toList();
                return new Labels(new int[0], texts);
            }
            int[] numbers = new int[tensor.floats().remaining()];
            for (int row = 0; row < numbers.length; row++) {
                float label = tensor.floats().get(row);
                if (label != (int) label) {
                    throw RequestException.bad(
                            "label " + label + " at row " + row + ": expected a whole number, 0 to " + (classes - 1));
                }
                numbers[row] = (int) label;
            }
            return new Labels(numbers, List.of());
        }

        int count() {
            return Math.max(numbers.length, texts.size());
        }
    }

    /** Returns the first of the classes that may get another name when they have no key. */
    static int firstSpare(CacheIndex index) {
        return index.classes() - index.format().spareClasses();
    }

    /**
     * Finds classes.
     *
     * @param mayName whether a spare class may get a name that no class has; it is negative then, another number for each name
     * @throws IllegalArgumentException if there is no such class
     */
    int[] find(Labels labels, boolean mayName) {
        if (labels.texts.isEmpty()) {
            return labels.numbers;
        }
        Map<String, Integer> fresh = new HashMap<>();
        return labels.texts.stream()
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
     * Adds keys of classes, some of which may be new.
     *
     * @param add adds the keys with these classes
     * @throws IllegalArgumentException if there is no such class, and none that may be named
     */
    AddedKeys add(Labels labels, boolean mayName, Function<int[], AddedKeys> add) {
        int firstSpare = firstSpare(model.index());
        int[] found = find(labels, mayName);
        if (Arrays.stream(found).allMatch(label -> label >= 0 && label < firstSpare)) { // these keep their names
            return add.apply(found);
        }
        naming.readLock().lock();
        try {
            int[] present = find(labels, mayName);
            if (labels.texts.isEmpty() || Arrays.stream(present).allMatch(label -> label >= 0)) {
                return add.apply(present);
            }
        } finally {
            naming.readLock().unlock();
        }
        naming.writeLock().lock();
        try {
            return addNamed(labels, add);
        } finally {
            naming.writeLock().unlock();
        }
    }

    private AddedKeys addNamed(Labels labels, Function<int[], AddedKeys> add) {
        CacheIndex index = model.index();
        Set<Integer> used = Arrays.stream(find(labels, true)).boxed().collect(Collectors.toSet());
        Map<Integer, String> former = new LinkedHashMap<>();
        boolean saved = false;
        try {
            int[] named = new int[labels.count()];
            for (int row = 0; row < named.length; row++) {
                String text = labels.texts.get(row);
                named[row] = find(text, true);
                if (named[row] < 0) {
                    named[row] = free(text.strip(), used);
                    former.put(named[row], index.classNames().get(named[row]));
                    index.nameClass(named[row], text.strip());
                    used.add(named[row]);
                }
            }
            if (!former.isEmpty()) {
                save.run();
                saved = true;
            }
            return add.apply(named);
        } catch (UnsavedChangeException e) {
            throw e; // the keys are there
        } catch (RuntimeException | Error e) {
            long[] counts = index.classCounts(); // what failed behind the change has added the keys
            former.keySet().removeIf(label -> counts[label] > 0);
            former.forEach(index::nameClass);
            if (saved) {
                save.run();
            }
            throw e;
        }
    }

    /** Returns a class without a name, or else one whose keys are all removed. */
    private int free(String name, Set<Integer> used) {
        CacheIndex index = model.index();
        long[] counts = index.classCounts();
        return IntStream.range(firstSpare(index), counts.length)
                .filter(label -> counts[label] == 0 && !used.contains(label))
                .boxed()
                .min(Comparator.comparing(label -> !index.isSpare(label)))
                .orElseThrow(
                        () -> RequestException.bad("label \"" + name + "\" is new, and no spare class is left: remove"
                                + " all keys of a class that was new, add some with convert --spare-classes N, or choose a class"
                                + " that the index has"));
    }
}
