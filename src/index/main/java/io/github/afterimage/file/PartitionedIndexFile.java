package io.github.afterimage.file;

import io.github.afterimage.failure.CorruptIndexException;
import io.github.afterimage.keys.KeyFormat;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.Snapshot;
import io.github.afterimage.log.LogNames;
import io.github.afterimage.platform.AtomicFile;
import io.github.afterimage.platform.Disk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes an index part by part, by one process or several. The index never has to be in memory as a whole.
 *
 * <p>Guarantees: a part is forced to the disk before the index can name it. The file that names the parts is replaced
 * in one step.
 */
public final class PartitionedIndexFile {
    private final Path file;
    private final PartNames partNames;
    private final Path unfinished;

    /**
     * @param name file of the index that will name the parts; parts lie beside it, or beside its target if it is a
     *     symbolic link
     * @throws IOException if {@code name} exists and is not a regular file
     */
    public PartitionedIndexFile(Path name) throws IOException {
        file = AtomicFile.target(name);
        partNames = new PartNames(file);
        unfinished = partNames.unfinished();
    }

    /**
     * Holds the contents of the file that names the parts.
     *
     * @param parts results of {@link #write}, in the order of their ids; at least one
     * @param attributes kept with the index; no key begins with {@code "afterimage."}
     * @param extra tensors that belong to no key
     */
    public record Manifest(List<String> parts, KeyFormat format, Map<String, String> attributes, ExtraTensors extra) {
        /** Returns a copy that names other parts of the same index. */
        public Manifest withParts(List<String> others) {
            return new Manifest(List.copyOf(others), format, attributes, extra);
        }
    }

    /**
     * Returns a number greater than that of every file with a name of a part of this index, including parts that are
     * named but missing. Such a file may be an independent index, which must not be replaced.
     */
    public int firstNumber() throws IOException {
        List<Path> named = new ArrayList<>(parts(file));
        named.addAll(parts(unfinished));
        return partNames.free(named);
    }

    /**
     * Writes the keys of a store, at least one, as a part. Replaces a part of the same number.
     *
     * @return the line that names the part
     */
    public String write(int number, KeyStore store) throws IOException {
        try (Snapshot snapshot = store.snapshot()) {
            List<Keys> keys = snapshot.parts();
            return IndexContent.ofKeys(store.format(), keys, store.nextId())
                    .write(Disk.SYSTEM, partNames.path(number), file)
                    .text();
        }
    }

    /** Records the parts that are written so far, for {@link #unfinished}. */
    public void saveUnfinished(Manifest manifest) throws IOException {
        write(unfinished, manifest);
    }

    /**
     * Returns the recorded index that was not completed, or null. Every byte of its parts is verified because the build
     * continues on them.
     */
    public @Nullable Unfinished unfinished() throws IOException {
        if (!Files.isRegularFile(unfinished)) {
            return null;
        }
        try (IndexReader reader = IndexReader.open(unfinished)) {
            IndexHeader header = reader.header;
            List<String> lines = new ArrayList<>();
            long size = 0;
            for (PartFile part : header.parts()) {
                try (IndexReader partReader = IndexReader.open(unfinished, header, part, true)) {
                    partReader.segment(true).close();
                    size += partReader.header.size();
                }
                lines.add(part.text());
            }
            Manifest manifest = new Manifest(lines, header.format(), header.attributes(), reader.extra(true));
            return new Unfinished(manifest, size, header.nextId());
        } catch (CorruptIndexException | NoSuchFileException e) {
            return null; // the interrupted build starts again
        }
    }

    /** Deletes the recorded parts of an incomplete index, except those that {@code file} names now. */
    public void discard() throws IOException {
        AtomicFile.removeAbandoned(Disk.SYSTEM, unfinished);
        AtomicFile.removeAbandoned(Disk.SYSTEM, partNames.path(firstNumber())); // a part that was not finished
        delete(parts(unfinished));
        Files.deleteIfExists(unfinished);
    }

    /**
     * Describes an incomplete index.
     *
     * @param size number of keys in its parts
     * @param nextId greater than every id in its parts
     */
    public record Unfinished(Manifest manifest, long size, long nextId) {}

    /** Replaces {@code file} by the index of these parts and deletes the parts of the old index. */
    public void complete(Manifest manifest) throws IOException {
        List<Path> before = parts(file);
        write(file, manifest);
        delete(before);
        new LogNames(SaveLock.canonical(file)).deleteBefore(Disk.SYSTEM, Integer.MAX_VALUE);
        discard();
    }

    /** Deletes parts with names of this index and this number or a greater one, except those that the index names. */
    public void deleteOthers(int firstNumber) throws IOException {
        delete(partNames.files().tailMap(firstNumber).values());
    }

    /** Deletes parts with names of this index that it does not name. Parts of a copy belong to its original and stay. */
    private void delete(Collection<Path> parts) throws IOException {
        List<Path> named = parts(file);
        for (Path part : parts) {
            if (partNames.number(part) > 0 && !named.contains(part)) {
                Files.deleteIfExists(part);
            }
        }
    }

    private void write(Path target, Manifest manifest) throws IOException {
        List<PartFile> parts = manifest.parts().stream().map(PartFile::parse).toList();
        long nextId = 0;
        for (PartFile part : parts) {
            try (IndexReader reader = IndexReader.open(part.beside(file))) {
                nextId = Math.max(nextId, reader.header.nextId());
            }
        }
        IndexContent content = new IndexContent(
                manifest.format(),
                List.of(),
                nextId,
                manifest.extra(),
                new long[0],
                new byte[0],
                parts,
                null,
                manifest.attributes());
        content.write(Disk.SYSTEM, target, file);
    }

    private static List<Path> parts(Path index) throws IOException {
        if (!Files.isRegularFile(index)) {
            return List.of();
        }
        try {
            List<Path> files = IndexFile.files(index);
            return files.subList(1, files.size());
        } catch (CorruptIndexException e) {
            return List.of(); // the index replaces a file that is not an index
        }
    }
}
