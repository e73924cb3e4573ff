package io.github.afterimage.serve.models;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import org.jspecify.annotations.Nullable;

/** A file at one moment; null values for a file that is not there. */
public record FileVersion(
        @Nullable FileTime modified, long bytes, @Nullable Object key) {
    /** Looks at a file. */
    public static FileVersion of(Path file) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return new FileVersion(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
        } catch (IOException e) {
            return new FileVersion(null, 0, null);
        }
    }
}
