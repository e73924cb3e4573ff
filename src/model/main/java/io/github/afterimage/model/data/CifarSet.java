package io.github.afterimage.model.data;

import io.github.afterimage.failure.CorruptDataException;
import io.github.afterimage.platform.MissingLibrary;
import io.github.afterimage.platform.Resources;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/** Reads CIFAR-10 or CIFAR-100 from a folder, or from the official archive, compressed (.tar.gz) or not (.tar). */
final class CifarSet {
    // The official files have 61 and about 1,000 bytes.
    static final int MAX_NAMES_BYTES = 1 << 16;
    private static final int BUFFER_BYTES = 1 << 16;

    private final CifarFormat format;
    private final List<String> wanted;
    private final Map<String, List<byte[]>> found = new HashMap<>();
    private List<String> classNames;

    private CifarSet(CifarFormat format, String split) {
        this.format = format;
        wanted = format.files(split);
        classNames = ClassNames.numbered(format.classes);
    }

    static ImageSet open(Specification specification, CifarFormat format) throws IOException {
        String split = specification.requireSplit();
        Path path = specification.path();
        CifarSet files = new CifarSet(format, split);
        if (Files.isRegularFile(path)) {
            try {
                files.readArchive(path);
            } catch (NoClassDefFoundError e) {
                throw MissingLibrary.of("org.apache.commons:commons-compress", path, e);
            }
        } else if (Files.isDirectory(path)) {
            files.readFolder(path, split);
        } else {
            throw new NoSuchFileException(
                    path.toString(),
                    null,
                    "no such folder or archive; expected the folder " + format.folder + " or " + format.archive);
        }
        String prefix = format.imageNames(split);
        List<byte[]> records = files.wanted.stream()
                .flatMap(file -> Objects.requireNonNull(files.found.get(file)).stream())
                .toList();
        return new ImageSet(
                specification.kind() + ":" + path + "#" + split,
                files.classNames,
                records.stream().mapToInt(format::label).toArray(),
                index -> prefix + " " + index,
                index -> format.image(records.get(index)));
    }

    private void readFolder(Path path, String split) throws IOException {
        Path folder = Files.isDirectory(path.resolve(format.folder)) && !Files.exists(path.resolve(wanted.get(0)))
                ? path.resolve(format.folder)
                : path;
        for (String file : wanted) {
            if (!Files.isRegularFile(folder.resolve(file))) {
                throw new NoSuchFileException(
                        folder.resolve(file).toString(),
                        null,
                        "the " + format.title + " " + split + " images need " + String.join(", ", wanted)
                                + " (the binary version)");
            }
            read(folder, file);
        }
        if (Files.isRegularFile(folder.resolve(format.namesFile))) {
            read(folder, format.namesFile);
        }
    }

    private void read(Path folder, String file) throws IOException {
        Path place = folder.resolve(file);
        try (InputStream stream = new BufferedInputStream(Files.newInputStream(place), BUFFER_BYTES)) {
            read(file, place.toString(), stream, Files.size(place));
        }
    }

    private void read(String file, String place, InputStream stream, long bytes) throws IOException {
        if (file.equals(format.namesFile)) {
            classNames = readClassNames(stream, place);
        } else if (wanted.contains(file) && found.put(file, format.read(stream, place, bytes)) != null) {
            throw new CorruptDataException(place + " occurs twice");
        }
    }

    private void readArchive(Path archive) throws IOException {
        try (InputStream raw = decompress(archive);
                TarArchiveInputStream tar = new TarArchiveInputStream(raw)) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                if (entry.isFile()) {
                    String file = entry.getName().substring(entry.getName().lastIndexOf('/') + 1);
                    read(file, file + " in " + archive, tar, entry.getSize());
                }
            }
            // Reads to the end, because gzip compares its checksum there.
            raw.transferTo(OutputStream.nullOutputStream());
        } catch (CorruptDataException e) {
            throw e;
        } catch (EOFException | ZipException | IllegalArgumentException e) {
            throw damaged(archive, e);
        } catch (IOException e) {
            // The tar reader reports damage as a plain IOException; its subclasses come from the system.
            throw e.getClass() == IOException.class ? damaged(archive, e) : e;
        }
        for (String file : wanted) {
            if (!found.containsKey(file)) {
                throw new CorruptDataException(archive + " has no entry " + file + ": expected the official "
                        + format.archive + " (the binary version)");
            }
        }
    }

    private CorruptDataException damaged(Path archive, Exception cause) {
        return new CorruptDataException(
                archive + " is damaged or ends early (" + cause.getMessage() + "): expected " + format.archive
                        + "; fetch it again",
                cause);
    }

    private static InputStream decompress(Path archive) throws IOException {
        InputStream file = new BufferedInputStream(Files.newInputStream(archive), BUFFER_BYTES);
        return Resources.guarded(file, () -> {
            file.mark(2);
            boolean compressed = file.read() == 0x1f && file.read() == 0x8b;
            file.reset();
            return compressed ? new BufferedInputStream(new GZIPInputStream(file, BUFFER_BYTES), BUFFER_BYTES) : file;
        });
    }

    private List<String> readClassNames(InputStream stream, String place) throws IOException {
        byte[] bytes = stream.readNBytes(MAX_NAMES_BYTES);
        List<String> names = new String(bytes, StandardCharsets.UTF_8)
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .toList();
        if (names.size() != format.classes) {
            throw new CorruptDataException(
                    place + " has " + names.size() + " class names: expected " + format.classes + ", one a line");
        }
        return names;
    }
}
