package io.github.afterimage;

import io.github.afterimage.engine.RowEncoder;
import io.github.afterimage.file.PartitionedIndexFile;
import io.github.afterimage.file.SaveLock;
import io.github.afterimage.keys.KeyRows;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.UnitRows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Builds an index larger than memory: keys go to the disk in parts of a given size, one of which is in memory.
 *
 * <pre>{@code
 * try (PartitionedIndexWriter writer = new CacheIndexBuilder(2, 3).buildInParts(Path.of("cache.safetensors"), 1_000_000)) {
 *     writer.add(new float[] {1, 0, 0, 1}, new int[] {0, 1});
 *     writer.complete();
 * }
 * }</pre>
 *
 * <p>Guarantees: finished parts survive an interrupted build, even a loss of power; a build of the same file, with the same
 * settings and attributes, continues behind them ({@link #size}). The file holds the index once {@link #complete} has
 * returned, and until then its former content.
 *
 * <p>Only one index or build of all processes may save to a file; see {@link CacheIndex#save(Path)}. This one may until it is
 * closed.
 *
 * <p>Threads: for one thread. Lifetime: holds native memory until closed; closing without completing keeps the finished parts.
 */
public final class PartitionedIndexWriter implements AutoCloseable {
    private final SaveLock lock;
    private final RowEncoder encoder;
    private final PartitionedIndexFile parts;
    /** The index without its parts. */
    private final PartitionedIndexFile.Manifest index;

    private final long partKeys;
    private final List<String> finished = new ArrayList<>();
    private int nextNumber;
    private long size;
    private KeyStore keys;

    /**
     * Takes over the encoder and the lock of the file, unless it fails.
     *
     * @param index the index without its parts
     */
    PartitionedIndexWriter(
            RowEncoder encoder, PartitionedIndexFile.Manifest index, SaveLock lock, Path file, long partKeys)
            throws IOException {
        this.encoder = encoder;
        this.index = index;
        this.lock = lock;
        this.partKeys = partKeys;
        parts = new PartitionedIndexFile(file);
        nextNumber = parts.firstNumber();
        PartitionedIndexFile.Unfinished unfinished = parts.unfinished();
        if (unfinished != null && unfinished.manifest().withParts(index.parts()).equals(index)) {
            finished.addAll(unfinished.manifest().parts());
            size = unfinished.size();
            keys = part(unfinished.nextId());
        } else {
            parts.discard();
            keys = part(0);
        }
    }

    private KeyStore part(long firstId) {
        return new KeyStore(index.format(), partKeys, firstId);
    }

    /** Number of keys, including those of the interrupted build that this one continues. */
    public long size() {
        return size + unfinished();
    }

    /** Number of pictures, likewise: the number of the next one to add. It equals {@link #size} without {@link KeyBatch#views}. */
    public long pictures() {
        return keys.nextId();
    }

    /**
     * Adds keys with all that belongs to them.
     *
     * @throws IllegalArgumentException as {@link CacheIndex#add(KeyBatch)}; nothing is added then
     * @throws IOException if a part that is full cannot be written; adding has to begin again at {@link #pictures} then
     */
    public void add(KeyBatch batch) throws IOException {
        batch.encoder(encoder).add(batch.rows(), this::addRows);
    }

    /**
     * Adds keys without names; see {@link #add(KeyBatch)}.
     *
     * @param features {@code (labels.length, dim)}
     * @param labels a class for each row
     */
    public void add(float[] features, int[] labels) throws IOException {
        add(KeyBatch.of(features, labels));
    }

    private long addRows(KeyRows rows) throws IOException {
        rows.check(index.format());
        int views = rows.views();
        if (rows.count() > partKeys - unfinished()) {
            UnitRows.check(rows.features(), index.format().dim()); // before a part is finished with some of them
        }
        for (int first = 0; first < rows.pictures(); ) {
            long room = Math.max(1, (partKeys - unfinished()) / views); // the keys of a picture stay together
            int count = (int) Math.min(rows.pictures() - first, room);
            keys.add(rows.slice(first, count));
            first += count;
            if (unfinished() > partKeys - views) {
                finishPart();
            }
        }
        return size();
    }

    private long unfinished() {
        try (var snapshot = keys.snapshot()) {
            return snapshot.size();
        }
    }

    private void finishPart() throws IOException {
        List<String> lines = new ArrayList<>(finished);
        lines.add(parts.write(nextNumber, keys));
        parts.saveUnfinished(index.withParts(lines));
        finished.add(lines.get(lines.size() - 1));
        nextNumber++;
        size += unfinished();
        long nextId = keys.nextId();
        keys.close();
        keys = part(nextId);
    }

    /**
     * Writes the last part and replaces the file by the index.
     *
     * @throws IllegalStateException if no key was added
     * @throws IOException if writing fails; the file holds what it held
     */
    public void complete() throws IOException {
        if (unfinished() > 0) {
            finishPart();
        }
        if (finished.isEmpty()) {
            throw new IllegalStateException("an index in parts needs at least one key: none was added");
        }
        parts.complete(index.withParts(finished));
    }

    @Override
    public void close() {
        encoder.close();
        keys.close();
        lock.close();
    }

    @Override
    public String toString() {
        return "PartitionedIndexWriter[dim " + encoder.dim() + ", "
                + index.format().classes() + " classes, "
                + index.format().type().shortName() + ", " + finished.size() + " parts finished, " + partKeys
                + " keys in a part]";
    }
}
