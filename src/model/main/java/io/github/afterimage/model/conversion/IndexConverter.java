package io.github.afterimage.model.conversion;

import io.github.afterimage.ElementType;
import io.github.afterimage.model.evaluation.Progress;
import io.github.afterimage.store.IndexFile;
import io.github.afterimage.store.IndexSave;
import io.github.afterimage.store.KeyStore;
import io.github.afterimage.store.Keys;
import io.github.afterimage.store.SaveLock;
import io.github.afterimage.store.Snapshot;
import java.io.IOException;
import java.nio.file.Path;

/** Writes the keys of an index into one file, in another element type if wanted. */
public final class IndexConverter {
    private static final int BATCH = 256;

    private IndexConverter() {}

    /**
     * What was converted.
     *
     * @param from the element type of the file that was read
     * @param to that of the one that was written
     */
    public record Result(ElementType from, ElementType to, long keys, int dim, int classes) {}

    /**
     * Writes {@code to}, one file, with the keys of {@code from}, their order, ids, labels and names, and everything else that is
     * saved with them. The source is mapped and read once; only keys of a new type are held in memory.
     *
     * @param verify whether every byte of {@code from} is compared with its checksum
     * @param type that of the new file; null for that of {@code from}
     * @throws IllegalArgumentException if {@code type} is that of the index
     * @throws java.nio.file.NoSuchFileException if there is no such file
     * @throws io.github.afterimage.CorruptIndexException if it is not an index, or is damaged
     * @throws IOException if {@code to} cannot be written; what it held is unchanged
     */
    public static Result convert(Path from, boolean verify, ElementType type, Path to, Progress progress)
            throws IOException {
        SaveLock lock = SaveLock.take(to);
        try {
            return convertUnderLock(from, verify, type, to, progress);
        } finally {
            lock.close();
        }
    }

    private static Result convertUnderLock(Path from, boolean verify, ElementType type, Path to, Progress progress)
            throws IOException {
        IndexFile.Contents contents = IndexFile.open(from, verify);
        try (KeyStore source = contents.keys();
                Snapshot snapshot = source.snapshot()) {
            if (source.type() == type) {
                throw new IllegalArgumentException(from + " has " + type.shortName()
                        + " keys already: leave --dtype out to write them as they are");
            }
            if (type == null) {
                IndexSave.save(to, source, snapshot, contents.attributes(), contents.projection(), null);
            } else {
                try (KeyStore target = new KeyStore(source.dim(), source.classes(), type, snapshot.size())) {
                    long done = 0;
                    for (Keys part : snapshot.parts()) {
                        copy(part, target, done, snapshot.size(), progress);
                        done += part.count();
                    }
                    IndexSave.saveNumbered(to, target, source, contents.attributes(), contents.projection());
                }
            }
            return new Result(
                    source.type(),
                    type == null ? source.type() : type,
                    snapshot.size(),
                    source.dim(),
                    source.classes());
        }
    }

    private static void copy(Keys keys, KeyStore target, long done, long total, Progress progress) {
        for (long first = 0; first < keys.count(); first += BATCH) {
            int count = (int) Math.min(BATCH, keys.count() - first);
            target.add(
                    KeyRows.read(keys, first, count),
                    KeyRows.labels(keys, first, count),
                    KeyRows.names(keys, first, count));
            progress.report(done + first + count, total);
        }
    }
}
