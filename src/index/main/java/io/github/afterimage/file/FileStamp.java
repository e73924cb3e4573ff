package io.github.afterimage.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import org.jspecify.annotations.Nullable;

/**
 * Identity, size and times of a file, as the system tells them without reading it. A file that was replaced or written has another stamp.
 *
 * @param key identifies the file on its file system; null if the system has no such keys
 */
record FileStamp(@Nullable Object key, long bytes, FileTime written) {
    /** Returns the present stamp; null if there is no such file. */
    static @Nullable FileStamp of(Path file) throws IOException {
        try {
            BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
            return new FileStamp(now.fileKey(), now.size(), now.lastModifiedTime());
        } catch (NoSuchFileException e) {
            return null;
        }
    }
}
