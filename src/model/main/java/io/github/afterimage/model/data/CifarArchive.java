package io.github.afterimage.model.data;

import io.github.afterimage.CorruptDataException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/** Reads the official CIFAR archives, compressed (.tar.gz) or not (.tar). */
final class CifarArchive {
    private static final int BUFFER_BYTES = 1 << 16;

    private CifarArchive() {}

    static CifarSet open(Path archive, String name, CifarFormat format, String split) throws IOException {
        List<String> wanted = format.files(split);
        Map<String, CifarRecords> found = new HashMap<>();
        List<String> classNames = null;
        try (InputStream raw = decompress(archive);
                TarArchiveInputStream tar = new TarArchiveInputStream(raw)) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                String file = entry.getName().substring(entry.getName().lastIndexOf('/') + 1);
                String place = file + " in " + archive;
                if (!entry.isFile()) {
                    continue;
                }
                if (wanted.contains(file)) {
                    if (found.put(file, CifarRecords.read(format, tar, place, entry.getSize())) != null) {
                        throw new CorruptDataException(place + " occurs twice");
                    }
                } else if (file.equals(format.namesFile)) {
                    classNames = CifarSet.readClassNames(format, tar, place);
                }
            }
            // Reads to the end, because gzip compares its checksum there.
            raw.transferTo(OutputStream.nullOutputStream());
        } catch (CorruptDataException e) {
            throw e;
        } catch (EOFException | ZipException | IllegalArgumentException e) {
            throw damaged(archive, format, e);
        } catch (IOException e) {
            // The tar reader reports damage as a plain IOException; its subclasses come from the system.
            throw e.getClass() == IOException.class ? damaged(archive, format, e) : e;
        }
        for (String file : wanted) {
            if (!found.containsKey(file)) {
                throw new CorruptDataException(archive + " has no entry " + file + ": expected the official "
                        + format.archive + " (the binary version)");
            }
        }
        return new CifarSet(
                name,
                format.imageNames(split),
                wanted.stream().map(found::get).toList(),
                classNames == null ? ClassNames.numbered(format.classes) : classNames);
    }

    private static CorruptDataException damaged(Path archive, CifarFormat format, Exception cause) {
        return new CorruptDataException(
                archive + " is damaged or ends early (" + cause.getMessage() + "): expected " + format.archive
                        + "; fetch it again",
                cause);
    }

    private static InputStream decompress(Path archive) throws IOException {
        InputStream file = new BufferedInputStream(Files.newInputStream(archive), BUFFER_BYTES);
        try {
            file.mark(2);
            boolean compressed = file.read() == 0x1f && file.read() == 0x8b;
            file.reset();
            return compressed ? new BufferedInputStream(new GZIPInputStream(file, BUFFER_BYTES), BUFFER_BYTES) : file;
        } catch (IOException | RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }
}
