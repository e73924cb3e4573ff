package io.github.afterimage;

import io.github.afterimage.engine.Workers;
import io.github.afterimage.reduce.Reducer;
import io.github.afterimage.store.KeyStore;
import io.github.afterimage.store.PartedIndexFile;
import io.github.afterimage.store.SaveLock;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Builds an index larger than memory: keys go to the disk in parts of a given number, one of which is in memory.
 *
 * <p>Guarantees: parts that are finished are kept when the build is interrupted, loss of power included; a build of the same
 * file, with the same settings and attributes, goes on behind them ({@link #size}). The file holds the index when {@link
 * #complete} has returned, and until then what it held before.
 *
 * <p>Of all indexes and builds of all processes, one may save to a file; see {@link CacheIndex#save(Path)}. This one may until
 * it is closed.
 *
 * <p>Threads: for one thread. Lifetime: holds native memory until closed; closing without completing keeps what is finished.
 */
public final class PartitionedIndexWriter implements AutoCloseable {
    private final SaveLock lock;
    private final CacheIndexBuilder builder;
    private final PartedIndexFile parts;
    private final long partKeys;
    private final List<String> finished = new ArrayList<>();
    private final Reducer reducer;
    private final Workers workers;
    private int nextNumber;
    private long size;
    private KeyStore keys;

    PartitionedIndexWriter(CacheIndexBuilder builder, Path file, long partKeys) throws IOException {
        if (partKeys <= 0) {
            throw new IllegalArgumentException("keys of a part " + partKeys + ": expected a positive number");
        }
        this.builder = builder;
        this.partKeys = partKeys;
        reducer = builder.reducer();
        workers = new Workers(builder.threads());
        SaveLock taken = null;
        try {
            taken = builder.lockOf(file);
            lock = taken;
            parts = new PartedIndexFile(file);
            nextNumber = parts.firstNumber();
            PartedIndexFile.Noted noted = parts.unfinished();
            boolean same = noted != null && settings(noted.names()).equals(settings(builder.names(List.of(), reducer)));
            if (same) {
                finished.addAll(noted.names().parts());
                size = noted.size();
            } else {
                parts.discard();
            }
            keys = builder.keys(same ? noted.nextId() : 0, partKeys, reducer);
        } catch (IOException | RuntimeException e) {
            if (taken != null) {
                taken.close();
            }
            workers.close();
            if (reducer != null) {
                reducer.close();
            }
            throw e;
        }
    }

    /** What a build has to have in common with the one that it continues: everything but the parts. */
    private static List<Object> settings(PartedIndexFile.Names names) {
        Map<String, String> attributes = new HashMap<>(names.attributes());
        return List.of(names.dim(), names.classes(), names.type(), attributes, Arrays.hashCode(names.projection()));
    }

    /** How many keys there are already: those of an interrupted build too, so the next one to be added is that number. */
    public long size() {
        return size + unfinished();
    }

    /**
     * Adds keys.
     *
     * @param features {@code (labels.length, dim)} float32 row-major, from the buffer's position to its limit
     * @param labels a class for each row
     * @throws IllegalArgumentException as {@link CacheIndex#add(FloatBuffer, int[])}; nothing is added then
     * @throws IOException if a part that is full cannot be written; adding has to begin again at {@link #size} then
     */
    public void add(FloatBuffer features, int[] labels) throws IOException {
        add(features, labels, Collections.nCopies(labels.length, ""));
    }

    /**
     * Adds keys with names; otherwise as {@link #add(FloatBuffer, int[])}.
     *
     * @param names as {@link CacheIndex#add(FloatBuffer, int[], List)} takes them
     */
    public void add(FloatBuffer features, int[] labels, List<String> names) throws IOException {
        int dim = builder.dim();
        if (features.remaining() != (long) labels.length * dim) {
            throw new IllegalArgumentException("features hold " + features.remaining() + " values: expected "
                    + labels.length + " labels x dim " + dim);
        }
        if (names.size() != labels.length) {
            throw new IllegalArgumentException(
                    names.size() + " names: expected one for each of " + labels.length + " labels");
        }
        FloatBuffer rows = StoredReduction.reduce(reducer, builder.engine(), features, "key", workers);
        int keyDim = keys.dim();
        for (int first = 0; first < labels.length; ) {
            int count = (int) Math.min(labels.length - first, partKeys - unfinished());
            keys.add(
                    rows.slice(rows.position() + first * keyDim, count * keyDim),
                    Arrays.copyOfRange(labels, first, first + count),
                    names.subList(first, first + count));
            first += count;
            if (unfinished() == partKeys) {
                finishPart();
            }
        }
    }

    private long unfinished() {
        try (var snapshot = keys.snapshot()) {
            return snapshot.size();
        }
    }

    private void finishPart() throws IOException {
        List<String> lines = new ArrayList<>(finished);
        lines.add(parts.write(nextNumber, keys));
        parts.note(builder.names(lines, reducer));
        finished.add(lines.get(lines.size() - 1));
        nextNumber++;
        size += unfinished();
        keys.close();
        keys = builder.keys(size, partKeys, reducer);
    }

    /**
     * Writes what is left and gives the file the index.
     *
     * @throws IllegalStateException if no key was added
     * @throws IOException if it cannot be written; the file holds what it held
     */
    public void complete() throws IOException {
        if (unfinished() > 0) {
            finishPart();
        }
        if (finished.isEmpty()) {
            throw new IllegalStateException("an index in parts needs at least one key: none was added");
        }
        parts.complete(builder.names(finished, reducer));
    }

    @Override
    public void close() {
        workers.close();
        keys.close();
        if (reducer != null) {
            reducer.close();
        }
        lock.close();
    }

    @Override
    public String toString() {
        return "PartitionedIndexWriter[" + builder + ", " + finished.size() + " parts finished, " + partKeys
                + " keys in a part]";
    }
}
