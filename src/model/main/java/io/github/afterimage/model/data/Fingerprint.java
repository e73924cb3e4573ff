package io.github.afterimage.model.data;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/** Detects changes of data without reading the files. */
public final class Fingerprint {
    /** A folder of images has one folder for each class. */
    private static final int DEPTH = 2;

    private static final Pattern CIFAR = Pattern.compile("\\.(bin|tar|tar\\.gz)$");

    private Fingerprint() {}

    /**
     * Describes the files of a specification by their number, bytes, names and times of modification. For a file of
     * features, its .npy files in the same folder count too. In a folder, only images and files of CIFAR count, because an
     * index or a log may be written there.
     *
     * @param specification as {@link ImageSets#open} or {@link FeatureSet#open} reads it
     * @return one line, such as {@code 5 files, 153650000 bytes, crc32c 0a1b2c3d}; it stays equal while no file changes
     * @throws IllegalArgumentException if the specification cannot be understood
     * @throws IOException if the files cannot be listed
     */
    public static String of(String specification) throws IOException {
        Path path = Specification.parse(specification).path();
        CRC32C crc = new CRC32C();
        int count = 0;
        long bytes = 0;
        for (Path file : files(path)) {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            String line = file + "\n" + attributes.size() + "\n"
                    + attributes.lastModifiedTime().toInstant() + "\n";
            crc.update(line.getBytes(StandardCharsets.UTF_8));
            bytes += attributes.size();
            count++;
        }
        return String.format(Locale.ROOT, "%d files, %d bytes, crc32c %08x", count, bytes, crc.getValue());
    }

    private static List<Path> files(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            try (Stream<Path> all = Files.walk(path, DEPTH)) {
                return all.filter(Files::isRegularFile)
                        .filter(file -> ImageFiles.isImage(file)
                                || CIFAR.matcher(file.toString()).find())
                        .sorted()
                        .toList();
            }
        }
        String name = path.getFileName().toString();
        String stem = name.substring(0, Math.max(0, name.lastIndexOf('.')));
        try (Stream<Path> beside = Files.list(path.toAbsolutePath().getParent())) {
            return beside.filter(Files::isRegularFile)
                    .filter(file -> file.endsWith(name)
                            || file.getFileName().toString().startsWith(stem + ".")
                                    && file.toString().endsWith(".npy"))
                    .sorted()
                    .toList();
        }
    }
}
