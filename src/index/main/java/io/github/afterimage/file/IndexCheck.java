package io.github.afterimage.file;

import io.github.afterimage.failure.CorruptIndexException;
import io.github.afterimage.keys.Section;
import io.github.afterimage.keys.SectionCheck;
import io.github.afterimage.log.LogReader;
import io.github.afterimage.platform.InputFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Verifies every byte of an index, its parts and its log. It reads each byte once and holds a few megabytes. */
public final class IndexCheck {
    private IndexCheck() {}

    /**
     * Returns all problems of an index, one per line; empty if the index is intact. Only an unreadable header hides the
     * problems behind it.
     *
     * @throws java.nio.file.NoSuchFileException if the file does not exist
     * @throws IOException if the file cannot be read
     */
    public static List<String> findings(Path file) throws IOException {
        for (int attempt = 1; ; attempt++) {
            byte[] header = header(file);
            List<String> findings = new ArrayList<>();
            check(file, findings);
            // A save may have replaced parts meanwhile; the check then starts again with the parts named now.
            if (findings.isEmpty() || attempt == IndexFile.ATTEMPTS || Arrays.equals(header, header(file))) {
                return findings;
            }
        }
    }

    /** Returns the bytes of a header; null if it cannot be read. */
    private static byte @Nullable [] header(Path file) throws IOException {
        try (InputFile input = InputFile.read(file)) {
            return HeaderReader.bytes(input);
        } catch (CorruptIndexException e) {
            return null;
        }
    }

    private static void check(Path file, List<String> findings) throws IOException {
        try {
            IndexHeader header = checkFile(file, findings);
            for (PartFile part : header.parts()) {
                checkPart(file, part, findings);
            }
            if (findings.isEmpty()) {
                IndexFile.open(file, false).keys().close(); // checks that the parts and the log fit together
            } else {
                LogReader.read(SaveLock.canonical(file), header.log(), header.format());
            }
        } catch (CorruptIndexException e) {
            findings.add(e.getMessage());
        } catch (NoSuchFileException e) {
            findings.add(e.getFile() + ": missing; a save has deleted it meanwhile");
        }
    }

    /**
     * Returns files beside an index that have names of its parts but are not its parts: leftovers of a killed save, or
     * files of another index.
     *
     * @throws java.nio.file.NoSuchFileException if the file does not exist
     * @throws CorruptIndexException if the file is not an index, or its header is damaged
     */
    public static List<Path> unnamed(Path file) throws IOException {
        Set<Path> files = new TreeSet<>(new PartNames(file).files().values());
        IndexFile.files(file).forEach(files::remove);
        return List.copyOf(files);
    }

    private static void checkPart(Path index, PartFile part, List<String> findings) throws IOException {
        Path file = part.beside(index);
        if (!Files.isRegularFile(file)) {
            findings.add(file + ": this part of " + index.getFileName() + " is missing");
            return;
        }
        try {
            checkFile(file, findings);
            if (!part.equals(PartFile.held(file))) {
                findings.add(file + ": header: not the part that " + index.getFileName() + " names");
            }
        } catch (CorruptIndexException e) {
            findings.add(e.getMessage());
        }
    }

    private static IndexHeader checkFile(Path file, List<String> findings) throws IOException {
        List<String> found = new ArrayList<>();
        try (IndexReader reader = IndexReader.open(file, found)) {
            for (Section section : reader.header.sections()) {
                SectionCheck check = reader.check(section);
                check(reader, reader.header.tensor(section), check::accept, found);
                if (check.finding() != null) {
                    found.add(check.finding());
                }
            }
            for (StoredTensor tensor : reader.header.skipped()) {
                check(reader, tensor, bytes -> {}, found);
            }
            return reader.header;
        } finally {
            found.forEach(finding -> findings.add(file + ": " + finding));
        }
    }

    private static void check(
            IndexReader reader, StoredTensor tensor, InputFile.Receiver receiver, List<String> findings)
            throws IOException {
        if (reader.available(tensor) < tensor.bytes()) {
            findings.add(tensor.name() + ": the file ends before the end of its " + tensor.bytes() + " bytes");
        } else if (!reader.read(tensor, tensor.bytes(), receiver)) {
            findings.add(tensor.name() + ": the checksum of its " + tensor.bytes()
                    + " bytes does not match; the file is damaged, build it again");
        }
    }
}
