package io.github.afterimage.experiment;

import io.github.afterimage.store.ElementType;
import io.github.afterimage.store.IndexFile;
import io.github.afterimage.store.KeyStore;
import io.github.afterimage.store.Keys;
import io.github.afterimage.store.Snapshot;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;

/** Stores the keys of an index file in another element type. */
public final class Converting {
    private static final int BATCH = 256;

    private Converting() {}

    /**
     * What was converted.
     *
     * @param from the element type of the file that was read
     */
    public record Result(ElementType from, long keys, int dim, int classes) {}

    /**
     * Writes {@code to} with the keys of {@code from}, their order, ids and labels, and everything else that is saved with
     * them. The source is mapped and read once; only the new keys are held in memory.
     *
     * @param verify whether every byte of {@code from} is compared with its checksum
     * @throws IllegalArgumentException if the index has this type already, or ids that are not 0, 1, 2, …
     * @throws java.nio.file.NoSuchFileException if there is no such file
     * @throws io.github.afterimage.store.CorruptIndexException if it is not an index, or is damaged
     * @throws IOException if {@code to} cannot be written; what it held is unchanged
     */
    public static Result convert(Path from, boolean verify, ElementType type, Path to, Progress progress)
            throws IOException {
        IndexFile.Contents contents = IndexFile.open(from, verify);
        try (KeyStore source = contents.keys();
                Snapshot snapshot = source.snapshot()) {
            if (source.type() == type) {
                throw new IllegalArgumentException(from + " has " + type.shortName() + " keys already: copy the file");
            }
            try (KeyStore target = new KeyStore(source.dim(), source.classes(), type, snapshot.size())) {
                for (Keys part : snapshot.parts()) {
                    copy(from, part, target, snapshot.size(), progress);
                }
                try (Snapshot converted = target.snapshot()) {
                    IndexFile.save(to, target, converted, contents.attributes(), contents.projection());
                }
            }
            return new Result(source.type(), snapshot.size(), source.dim(), source.classes());
        }
    }

    private static void copy(Path from, Keys keys, KeyStore target, long total, Progress progress) {
        for (long first = 0; first < keys.count(); first += BATCH) {
            int count = (int) Math.min(BATCH, keys.count() - first);
            FloatBuffer rows;
            try {
                rows = KeyRows.read(keys, first, count);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(from + " has " + e.getMessage(), e);
            }
            target.add(rows, KeyRows.labels(keys, first, count));
            progress.report(keys.firstRow() + first + count, total);
        }
    }
}
