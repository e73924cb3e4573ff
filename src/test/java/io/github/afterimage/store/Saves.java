package io.github.afterimage.store;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.LongPredicate;

/** A store that is added to, has keys removed and is saved, and what a file of it holds. */
final class Saves implements AutoCloseable {
    static final int DIM = 4;
    static final int CLASSES = 3;

    final Path file;
    final KeyStore store;
    private final Random random = new Random(7);
    private LongPredicate there = id -> true;
    private SavedIndex saved;
    private int version;

    Saves(Path file) {
        this(file, new KeyStore(DIM, CLASSES, ElementType.FLOAT32, 0), null);
    }

    private Saves(Path file, KeyStore store, SavedIndex saved) {
        this.file = file;
        this.store = store;
        this.saved = saved;
    }

    /** Goes on with what is in the file. */
    static Saves open(Path file) throws IOException {
        IndexFile.Contents contents = IndexFile.open(file, true);
        Saves saves = new Saves(file, contents.keys(), contents.saved());
        saves.version = Integer.parseInt(contents.attributes().get("version"));
        return saves;
    }

    Saves add(int count) {
        float[] features = new float[count * DIM];
        int[] labels = new int[count];
        for (int i = 0; i < features.length; i++) {
            features[i] = (float) random.nextGaussian();
        }
        for (int i = 0; i < count; i++) {
            labels[i] = random.nextInt(CLASSES);
        }
        store.add(FloatBuffer.wrap(features), labels);
        return this;
    }

    Saves remove(LongPredicate ids) {
        LongPredicate before = there;
        there = id -> before.test(id) && !ids.test(id);
        return this;
    }

    /** The keys that are there. */
    Snapshot snapshot() {
        List<Keys> keys = new ArrayList<>();
        long size = 0;
        for (Keys part : store.snapshot().parts()) {
            long start = 0; // of a run of keys that are there
            for (long row = 0; row <= part.count(); row++) {
                if (row == part.count() || !there.test(part.id(row))) {
                    if (row > start) {
                        keys.add(part.slice(start, row - start));
                        size += row - start;
                    }
                    start = row + 1;
                }
            }
        }
        return new Snapshot(keys, size);
    }

    Saves save() throws IOException {
        return save(Disk.SYSTEM, false);
    }

    Saves save(Disk disk, boolean whole) throws IOException {
        saved = IndexSave.save(
                disk,
                file,
                store,
                snapshot(),
                Map.of("version", Integer.toString(++version)),
                new float[0],
                whole ? null : saved);
        return this;
    }

    /** What an index holds, in words that can be compared: its attributes, and of each id the label and key. */
    static String contents(Path file) throws IOException {
        IndexFile.Contents contents = IndexFile.open(file, true);
        try (KeyStore store = contents.keys()) {
            return contents.attributes() + " " + text(store.snapshot());
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

    int version() {
        return version;
    }

    String expected() {
        return Map.of("version", Integer.toString(version)) + " " + text(snapshot());
    }

    private static String text(Snapshot snapshot) {
        Map<Long, String> keys = new TreeMap<>();
        double[] key = new double[DIM];
        for (Keys part : snapshot.parts()) {
            for (long row = 0; row < part.count(); row++) {
                part.read(row, key);
                keys.put(part.id(row), part.label(row) + java.util.Arrays.toString(key));
            }
        }
        return keys.toString();
    }

    @Override
    public void close() {
        store.close();
    }
}
