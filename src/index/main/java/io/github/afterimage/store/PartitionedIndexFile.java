package io.github.afterimage.store;

import io.github.afterimage.CorruptIndexException;
import io.github.afterimage.ElementType;
import io.github.afterimage.platform.AtomicFile;
import io.github.afterimage.platform.Disk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes an index part by part, so that it never has to be in memory as a whole, by one process or by several.
 *
 * <p>Guarantees: a part is forced to the disk before it can be named; what names the parts is replaced in one step.
 */
public final class PartitionedIndexFile {
    private final Path file;
    private final PartNames partNames;
    private final Path unfinished;

    /**
     * @param name of the index that will consist of the parts, which are beside it, or beside what a symbolic link points at
     * @throws IOException if what is there is not a regular file
     */
    public PartitionedIndexFile(Path name) throws IOException {
        file = AtomicFile.target(name);
        partNames = new PartNames(file);
        unfinished = partNames.unfinished();
    }

    /**
     * What names parts of an index.
     *
     * @param parts as {@link #write} gives them, in the order of their ids; at least one
     * @param attributes kept with the index; no key begins with {@code "afterimage."}
     * @param projection the matrix that reduced the keys, {@code (dim, projectedDim)} float32 row-major, or empty
     */
    public record Names(
            List<String> parts,
            int dim,
            int classes,
            ElementType type,
            Map<String, String> attributes,
            float[] projection) {
        /** Returns the names of other parts of the same index. */
        public Names withParts(List<String> others) {
            return new Names(List.copyOf(others), dim, classes, type, attributes, projection);
        }
    }

    /**
     * A number greater than that of every file that has the name of a part of this index. Such a file may be an index of its
     * own, which must not be replaced. Parts that are named and missing count too.
     */
    public int firstNumber() throws IOException {
        Set<Path> taken = partNames.files();
        taken.addAll(parts(file));
        taken.addAll(parts(unfinished));
        return 1
                + taken.stream()
                        .mapToInt(part -> partNames.number(IndexFile.name(part)))
                        .max()
                        .orElse(0);
    }

    /**
     * Writes the keys of a store, at least one, as a part, in place of one of the same number.
     *
     * @return the line that names it
     */
    public String write(int number, KeyStore store) throws IOException {
        Path target = partNames.path(number);
        try (Snapshot snapshot = store.snapshot()) {
            List<Keys> keys = snapshot.parts();
            IndexHeader header = new IndexHeader(
                    snapshot.size(),
                    store.dim(),
                    store.classes(),
                    store.type(),
                    0,
                    IndexSave.nameBytes(keys),
                    List.of(),
                    0,
                    store.nextId(),
                    Map.of());
            IndexWriter.write(Disk.SYSTEM, target, header, keys, new float[0], new long[0]);
        }
        try (IndexReader reader = IndexReader.open(target)) {
            return reader.part(IndexFile.name(target)).text();
        }
    }

    /** Notes the parts that are written so far, for {@link #unfinished}. */
    public void note(Names names) throws IOException {
        write(unfinished, names);
    }

    /**
     * The index that was noted and not completed, or null. Its parts are there as they were written: every byte is verified, since an
     * index is built on them.
     *
     * @return also the id after the last one
     */
    public Noted unfinished() throws IOException {
        if (!Files.isRegularFile(unfinished)) {
            return null;
        }
        try (IndexReader reader = IndexReader.open(unfinished)) {
            IndexHeader header = reader.header;
            List<String> lines = new ArrayList<>();
            long size = 0;
            for (PartFile part : header.parts()) {
                try (IndexReader partReader = IndexReader.open(unfinished, header, part, true)) {
                    partReader.segment(true, false).close();
                    size += partReader.header.size();
                }
                lines.add(part.text());
            }
            Names names = new Names(
                    lines, header.dim(), header.classes(), header.type(), header.attributes(), reader.projection(true));
            return new Noted(names, size, header.nextId());
        } catch (CorruptIndexException | NoSuchFileException e) {
            return null; // what was interrupted is done again
        }
    }

    /** Deletes what was noted and not completed, but not what {@code file} has come to name. */
    public void discard() throws IOException {
        AtomicFile.removeAbandoned(Disk.SYSTEM, unfinished);
        AtomicFile.removeAbandoned(Disk.SYSTEM, partNames.path(firstNumber())); // the part that was being written
        Set<Path> gone = new HashSet<>(parts(unfinished));
        parts(file).forEach(gone::remove);
        delete(gone);
        Files.deleteIfExists(unfinished);
    }

    /**
     * An index that is not complete.
     *
     * @param size how many keys its parts have
     * @param nextId the id after the last one
     */
    public record Noted(Names names, long size, long nextId) {}

    /** Gives the parts their index: {@code file} holds it in place of what it held, whose own parts are deleted. */
    public void complete(Names names) throws IOException {
        Set<Path> before = new HashSet<>(parts(file));
        write(file, names);
        parts(file).forEach(before::remove);
        delete(before);
        discard();
    }

    /** Deletes parts that are named after this index, with this number or a greater one, and that it does not name. */
    public void deleteOthers(int firstNumber) throws IOException {
        Set<Path> others = partNames.files();
        others.removeIf(path -> partNames.number(IndexFile.name(path)) < firstNumber);
        parts(file).forEach(others::remove);
        delete(others);
    }

    /** Deletes parts that are named after this index: those of a copy belong to the original. */
    private void delete(Set<Path> parts) throws IOException {
        for (Path part : parts) {
            if (partNames.number(IndexFile.name(part)) > 0) {
                Files.deleteIfExists(part);
            }
        }
    }

    private void write(Path target, Names names) throws IOException {
        List<PartFile> parts = names.parts().stream().map(PartFile::parse).toList();
        long nextId = 0;
        for (PartFile part : parts) {
            try (IndexReader reader = IndexReader.open(part.beside(file))) {
                nextId = Math.max(nextId, reader.header.nextId());
            }
        }
        IndexHeader header = new IndexHeader(
                0,
                names.dim(),
                names.classes(),
                names.type(),
                names.projection().length / names.dim(),
                0,
                parts,
                0,
                nextId,
                names.attributes());
        IndexWriter.write(Disk.SYSTEM, target, header, List.of(), names.projection(), new long[0]);
    }

    private static List<Path> parts(Path index) throws IOException {
        if (!Files.isRegularFile(index)) {
            return List.of();
        }
        try {
            List<Path> files = IndexFile.files(index);
            return files.subList(1, files.size());
        } catch (CorruptIndexException e) {
            return List.of(); // something else is replaced
        }
    }
}
