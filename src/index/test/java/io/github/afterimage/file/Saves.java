package io.github.afterimage.file;

import io.github.afterimage.keys.KeyFormat;
import io.github.afterimage.keys.KeyRows;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.Snapshot;
import io.github.afterimage.platform.AtomicFile;
import io.github.afterimage.platform.Disk;
import io.github.afterimage.settings.ElementType;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.LongPredicate;
import java.util.stream.LongStream;

/** A store that changes and is saved, a plain list of what should be in it, and what a file of it holds. */
public final class Saves implements AutoCloseable {
    static final int DIM = 4;
    static final int CLASSES = 3;

    final Path file;
    final KeyStore store;
    private final Random random = new Random(7);
    /** By id, label and key in words. */
    private final TreeMap<Long, String> keys;

    private SavedIndex saved;
    /** False leaves removed keys in their parts. */
    boolean erase = true;

    private int version;

    public Saves(Path file) {
        this(file, new KeyStore(new KeyFormat(DIM, CLASSES, ElementType.FLOAT32), 0), null);
    }

    private Saves(Path file, KeyStore store, SavedIndex saved) {
        this.file = file;
        this.store = store;
        this.saved = saved;
        keys = keys(store);
    }

    /** Goes on with what is in the file. */
    static Saves open(Path file) throws IOException {
        IndexFile.Contents contents = IndexFile.open(file, true);
        Saves saves = new Saves(file, contents.keys(), contents.saved());
        saves.version = Integer.parseInt(contents.attributes().get("version"));
        return saves;
    }

    Saves add(int count) {
        return replace(count);
    }

    Saves replace(int count, long... ids) {
        FloatBuffer features = numbers(count * DIM);
        int[] labels = random.ints(count, 0, CLASSES).toArray();
        store.replace(ids, KeyRows.of(features, labels), null);
        keys.keySet().removeAll(Arrays.stream(ids).boxed().toList());
        try (Snapshot snapshot = store.snapshot()) {
            snapshot.range(snapshot.rows() - count, snapshot.rows()).forEach(part -> put(part, keys));
        }
        return this;
    }

    private FloatBuffer numbers(int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        return FloatBuffer.wrap(numbers);
    }

    Saves remove(LongPredicate ids) {
        long[] gone = ids().filter(ids).toArray();
        keys.keySet().removeAll(Arrays.stream(gone).boxed().toList());
        if (store.remove(gone) != gone.length) {
            throw new AssertionError("not all of " + Arrays.toString(gone) + " were there");
        }
        return this;
    }

    /** Those of the keys that should be there, ascending. */
    LongStream ids() {
        return keys.keySet().stream().mapToLong(Long::longValue);
    }

    Saves save() throws IOException {
        return save(Disk.SYSTEM, false);
    }

    Saves save(Disk disk, boolean whole) throws IOException {
        try (KeyStore.Moment moment = store.moment()) {
            Map<String, String> attributes = Map.of("version", Integer.toString(++version));
            saved = IndexSave.save(
                    disk,
                    file,
                    new IndexSave.State(store, moment, null, attributes, ExtraTensors.NONE, erase),
                    whole ? null : saved);
        }
        SaveJournal.deleteLeft(disk, AtomicFile.target(file));
        return this;
    }

    int version() {
        return version;
    }

    /** Describes the keys that the index should hold, as text: the version, then the label and key of each id. */
    String expected() {
        return version + " " + keys;
    }

    /** Describes the keys of the store, as {@link #expected} does. */
    String held() {
        return version + " " + keys(store);
    }

    /** Describes the keys of an index file, as {@link #expected} does. */
    static String contents(Path file) throws IOException {
        try (Saves saves = open(file)) {
            return saves.expected();
        }
    }

    /** The same, or that there is none. */
    static String contentsIfThere(Path file) throws IOException {
        try {
            return contents(file);
        } catch (NoSuchFileException e) {
            if (Files.exists(file)) {
                throw e;
            }
            return "nothing";
        }
    }

    private static TreeMap<Long, String> keys(KeyStore store) {
        TreeMap<Long, String> keys = new TreeMap<>();
        try (Snapshot snapshot = store.snapshot()) {
            List<Keys> parts = snapshot.parts();
            parts.forEach(part -> put(part, keys));
            if (keys.size() != snapshot.size()) {
                throw new AssertionError(keys.size() + " keys in " + parts.size() + " parts of " + snapshot.size());
            }
        }
        return keys;
    }

    private static void put(Keys part, Map<Long, String> keys) {
        double[] key = new double[DIM];
        for (long row = 0; row < part.count(); row++) {
            part.read(row, key);
            keys.put(part.id(row), part.label(row) + " " + Arrays.toString(key));
        }
    }

    @Override
    public void close() {
        store.close();
    }
}
